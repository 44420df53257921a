"""Training in its shortest form: a loss and an optimiser."""

from collections.abc import Callable

from autograd import value_and_grad

from minode.base.blas import blas_in_one_thread
from minode.base.progress import bar
from minode.base.types import Params
from minode.nn.optim import Optimizer
from minode.ode.field.nfe import count_nfe


def fit(
    loss: Callable[[Params], float],
    params: Params,
    optimizer: Optimizer,
    learning_rate: float | Callable[[int], float],
    n_steps: int,
    description: str | None = None,
    watch: Callable[[int, Params], object] | None = None,
) -> tuple[Params, dict[str, list]]:
    """Minimise ``loss(params)``, which is evaluated on all data in every step. BLAS has one thread meanwhile.

    Parameters
    ----------
    loss : callable
        ``loss(params) -> number``, differentiable by autograd.
    params : tree of arrays
        Starting point; it is not changed.
    optimizer : optim.Optimizer
    learning_rate : float or callable
        One number, or ``learning_rate(step)`` for each update.
    n_steps : int
    description : str, optional
        Label of the progress bar, which is shown only on a terminal.
    watch : callable, optional
        ``watch(step, params)`` is called before each update.

    Returns
    -------
    params : tree of arrays
    history : dict of lists
        Values for each step, before its update: "loss", "nfe_forward", "nfe_backward", "reconstruction_error".
    """
    value_and_gradient = value_and_grad(loss)
    state = optimizer.init(params)
    history: dict[str, list] = {"loss": [], "nfe_forward": [], "nfe_backward": [], "reconstruction_error": []}
    with blas_in_one_thread(), bar(range(n_steps), desc=description) as steps:
        for step in steps:
            if watch is not None:
                watch(step, params)
            with count_nfe() as nfe:
                value, gradients = value_and_gradient(params)
            rate = learning_rate(step) if callable(learning_rate) else learning_rate
            params, state = optimizer.update(params, gradients, state, rate)
            history["loss"].append(float(value))
            history["nfe_forward"].append(nfe.forward)
            history["nfe_backward"].append(nfe.backward)
            history["reconstruction_error"].append(nfe.reconstruction_error)
            steps.set_postfix({"loss": f"{value:.4f}", "NFE-F": nfe.forward, "NFE-B": nfe.backward}, refresh=False)
    return params, history
