"""A NODE and a residual network, each fitted to one series by multiple shooting (Bock and Plitt 1984).

The series is cut into stretches. Each has a start of its own, which is learned with the weights, and a penalty pulls
the end of a stretch to the start of the next one. All stretches are solved together as one batch, for a short time: a
trajectory that goes wrong at its beginning does not spoil all that comes after it.
"""

from typing import NamedTuple

import autograd.numpy as anp
import numpy as np

from minode.nn.layers import Dense, Tanh, serial
from minode.nn.optim import Adam
from minode.ode.odeint import odeint
from minode.training.fitting import fit

WIDTH = 32
NETWORK = serial(Dense(WIDTH), Tanh(), Dense(2))
LEARNING_RATE, FALLS_FROM = 0.02, 0.5
# The weight of the penalty grows by this factor over the first part of the training.
GROWS_TO, GROWN_AT = 100.0, 0.7


class Scale(NamedTuple):
    """Units in which values have mean 0 and standard deviation 1, and a path runs at a speed of about 1.

    Attributes
    ----------
    mean, std : array, shape (2,)
    time : float
    """

    mean: np.ndarray
    std: np.ndarray
    time: float


def scale_of(t, values):
    """Find units by the observations alone."""
    mean, std = values.mean(axis=0), values.std(axis=0)
    length = np.abs(np.diff(values / std, axis=0)).sum() / np.sqrt(2)
    return Scale(mean, std, (t[-1] - t[0]) / length)


def fit_node(rng, t, values, noise, n_stretches, n_updates, description):
    """Fit dz/dt = network(z) to values at times t, both in units of `Scale`.

    Between neighbouring observations depth runs from one whole number to the next, at a rate of its own in each
    stretch. So stretches of different times make one batch.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the initial weights.
    t, values : array, shapes (k + 1,) and (k + 1, 2)
        `n_stretches` divides k.
    noise : float
        Standard deviation of an observation.
    n_stretches, n_updates : int
    description : str
        Label of the progress bar.

    Returns
    -------
    weights, starts : tree of arrays, array of shape (n_stretches, 2)
    history : dict of lists
        As from `fit`.
    """
    each = (len(t) - 1) // n_stretches
    rows = np.arange(n_stretches)[:, None] * each + np.arange(each + 1)
    gaps, depths = np.diff(t[rows], axis=1)[..., None], np.arange(each + 1.0)

    def field(depth, z, weights):
        return gaps[:, min(int(depth), each - 1)] * NETWORK.apply(weights, z)

    def solve(weights, starts):
        # The rate jumps at each observation. Two steps of RK4 are accurate over the longest gap.
        options = dict(method="rk4", n_steps=2, jumps=depths[1:-1], gradient="backprop")
        return odeint(field, starts, depths, weights, **options)

    def misfit(z):
        return anp.sum((anp.swapaxes(z, 0, 1) - values[rows]) ** 2) / noise**2

    return _fit(rng, solve, misfit, values[rows[:, 0]], noise, len(t), n_updates, description)


def fit_residual(rng, t, values, noise, n_stretches, n_updates, description):
    """Fit z <- z + h network(z) to the same series, each observation moved to the nearest of equal steps.

    Parameters and what is returned are as for `fit_node`; the steps are as many as the observations.
    """
    h, each = step(t), (len(t) - 1) // n_stretches
    k = np.round(t / h).astype(int)
    stretch = np.minimum(k // each, n_stretches - 1)
    at = k - stretch * each
    starts = np.stack([np.interp(np.arange(n_stretches) * each * h, t, column) for column in values.T], axis=1)

    def solve(weights, starts):
        return odeint(
            lambda depth, z, weights: h * NETWORK.apply(weights, z),
            starts,
            np.arange(each + 1.0),
            weights,
            method="euler",
            n_steps=1,
            gradient="backprop",
        )

    def misfit(z):
        return anp.sum((z[at, stretch] - values) ** 2) / noise**2

    return _fit(rng, solve, misfit, starts, noise, len(t), n_updates, description)


def step(t):
    """The length of the residual network's equal steps."""
    return t[-1] / (len(t) - 1)


def _fit(rng, solve, misfit, starts, noise, n, n_updates, description):
    """Minimise the misfit and the penalty for gaps between stretches, a mean over observations."""
    done = [0]

    def watch(update, params):
        done[0] = update

    def loss(params):
        z = solve(*params)
        weight = GROWS_TO ** min(1.0, done[0] / (GROWN_AT * n_updates))
        apart = anp.sum((z[-1][:-1] - params[1][1:]) ** 2) / noise**2
        return (misfit(z) + weight * apart) / (2 * n)

    def rate(update):
        return LEARNING_RATE * min(1.0, (n_updates - update) / ((1 - FALLS_FROM) * n_updates))

    _, weights = NETWORK.init(rng, (2,))
    (weights, starts), history = fit(loss, [weights, starts], Adam(), rate, n_updates, description, watch)
    return weights, starts, history
