"""Training in its shortest form: a loss, an optimiser."""

from autograd import value_and_grad

from minode.base.progress import bar
from minode.ode.field.nfe import count_nfe


def fit(loss, params, optimizer, learning_rate, n_steps, description=None, watch=None):
    """Minimise ``loss(params)`` by full-batch steps.

    Parameters
    ----------
    loss : callable
        ``loss(params) -> number``, differentiable by autograd.
    params : tree of arrays
        Starting point; left as it is.
    optimizer : optim.Optimizer
    learning_rate : float
    n_steps : int
    description : str, optional
        Label of the progress bar, which shows only on a terminal.
    watch : callable, optional
        ``watch(step, params)``, called before each update.

    Returns
    -------
    params : tree of arrays
    history : dict of lists
        Per step, each before the update: "loss", "nfe_forward", "nfe_backward", "reconstruction_error".
    """
    value_and_gradient = value_and_grad(loss)
    state = optimizer.init(params)
    history = {"loss": [], "nfe_forward": [], "nfe_backward": [], "reconstruction_error": []}
    with bar(range(n_steps), desc=description) as steps:
        for step in steps:
            if watch is not None:
                watch(step, params)
            with count_nfe() as nfe:
                value, gradients = value_and_gradient(params)
            params, state = optimizer.update(params, gradients, state, learning_rate)
            history["loss"].append(float(value))
            history["nfe_forward"].append(nfe.forward)
            history["nfe_backward"].append(nfe.backward)
            history["reconstruction_error"].append(nfe.reconstruction_error)
            steps.set_postfix({"loss": f"{value:.4f}", "NFE-F": nfe.forward, "NFE-B": nfe.backward}, refresh=False)
    return params, history
