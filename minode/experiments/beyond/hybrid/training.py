"""A field trained on one series: first on short windows, then on the whole of it.

Over a long horizon a bad field leads far away, and the gradient is that of a path of no interest. Windows of a few
observations, each from where the series really was (multiple shooting; Bock 1983), have a gradient that tells. They
all are solved at once, as a batch. But each starts from an observation with its error. So the whole series comes last,
with a start of its own.
"""

import numpy as np

from minode.nn.losses import mse
from minode.nn.optim import Adam
from minode.ode.odeint import odeint
from minode.training.fitting import fit

WINDOW = 5
# Rates of Adam on windows and on the whole.
FIRST_RATE, SECOND_RATE = 2e-2, 5e-3
SOLVER = dict(method="dopri5", rtol=1e-5, atol=1e-5)


def train(description, network, field, t, y, seed, n_updates):
    """Train a field of a network on observations at equal distances.

    Parameters
    ----------
    description : str
        Label of the progress bars.
    network : Layer
    field : callable
        ``field(t, z, params)`` with the parameters of the network.
    t : array, shape (k,)
    y : array, shape (k, n)
    seed : int
        Of the initial weights.
    n_updates : int
        On windows, and half as many on the whole.

    Returns
    -------
    params : tree of arrays
    start : array, shape (n,)
        The state at t[0].
    """
    _, params = network.init(np.random.default_rng(seed), (y.shape[1],))
    windows = np.stack([y[i : len(y) - WINDOW + 1 + i] for i in range(WINDOW)])

    def on_windows(params):
        return mse(odeint(field, windows[0], t[:WINDOW], params, **SOLVER), windows)

    def on_the_whole(both):
        return mse(odeint(field, both[1], t, both[0], **SOLVER), y)

    params, _ = fit(on_windows, params, Adam(), FIRST_RATE, n_updates, f"{description}, windows")
    (params, start), _ = fit(on_the_whole, (params, y[0]), Adam(), SECOND_RATE, n_updates // 2, f"{description}, whole")
    return params, start
