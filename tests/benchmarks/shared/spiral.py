"""The problem that every library solves: a small network beside the linear term of a spiral.

dz/dt = tanh(z**3 W1 + b1) W2 + b2 + z A, a batch of points, ten observations on [0, 1], mean-square loss. A is that of
torchdiffeq's ode_demo. The targets are the linear spiral alone, whose flow exp(tA) shrinks and
turns the plane, so they are known in closed form. NumPy alone: whoever is timed imports the rest.
"""

from typing import NamedTuple

import numpy as np

A = np.array([[-0.1, 2.0], [-2.0, -0.1]])


class Problem(NamedTuple):
    """Data, weights and tolerances; all arrays float64."""

    z0: np.ndarray
    t: np.ndarray
    target: np.ndarray
    weights: tuple
    rtol: float
    atol: float


def spiral(batch=20, hidden=50, rtol=1e-6, atol=1e-8, seed=0):
    """Draw a batch of points in [-2, 2]**2 and the weights of a 2-hidden-2 network, uniform as PyTorch's `Linear`."""
    rng = np.random.default_rng(seed)
    z0 = rng.uniform(-2, 2, (batch, 2))
    t = np.linspace(0, 1, 10)
    turn = np.array([[[np.cos(2 * s), np.sin(2 * s)], [-np.sin(2 * s), np.cos(2 * s)]] for s in t])
    target = np.exp(-0.1 * t)[:, None, None] * (z0 @ turn)
    weights = tuple(
        rng.uniform(-1, 1, shape) / fan_in**0.5
        for shape, fan_in in [((2, hidden), 2), (hidden, 2), ((hidden, 2), hidden), (2, hidden)]
    )
    return Problem(z0, t, target, weights, rtol, atol)


def flat(gradients):
    """One vector of the gradients of W1, b1, W2 and b2."""
    return np.concatenate([np.ravel(gradient) for gradient in gradients])
