"""Initial value problems whose solution is a formula that autograd can differentiate, too."""

from collections.abc import Callable
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np

from minode.base.types import Array, Params


class Problem(NamedTuple):
    """An initial value problem dz/dt = f(t, z, params), z(t[0]) = z0.

    Attributes
    ----------
    name : str
    f : callable
        ``f(t, z, params) -> dz/dt``.
    z0 : array
    params : tree of arrays
    t : array, shape (k,)
        Observation times.
    solution : callable or None
        ``solution(t, z0, params) -> array (k, *z0.shape)``: the states at `t` in closed form.
    """

    name: str
    f: Callable
    z0: np.ndarray
    params: Any
    t: np.ndarray
    solution: Callable | None


def linear(t: float, z: Array, params: Params) -> Array:
    """dz/dt = A z, where one eigenvalue of A makes z grow and the other makes it decay."""
    return anp.dot(params["A"], z)


def linear_solution(t: Array, z0: Array, params: Params) -> Array:
    """exp(s A) z0 for a 2 x 2 matrix A with real eigenvalues m + q and m - q."""
    A, s = params["A"], (t - t[0])[:, None]
    m = anp.trace(A) / 2
    q = anp.sqrt(m**2 - A[0, 0] * A[1, 1] + A[0, 1] * A[1, 0])
    return anp.exp(m * s) * (anp.cosh(q * s) * z0 + anp.sinh(q * s) / q * (anp.dot(A, z0) - m * z0))


def oscillator(t: float, z: Array, params: Params) -> list:
    """A damped harmonic oscillator, z = (position, velocity)."""
    x, v = z
    return [v, -(params["omega"] ** 2) * x - 2 * params["damping"] * v]


def oscillator_solution(t: Array, z0: Array, params: Params) -> Array:
    """The oscillation that dies out, for damping < omega."""
    (x, v), omega, damping, s = z0, params["omega"], params["damping"], t - t[0]
    w = anp.sqrt(omega**2 - damping**2)
    cos, sin = anp.exp(-damping * s) * anp.cos(w * s), anp.exp(-damping * s) * anp.sin(w * s) / w
    return anp.stack([x * cos + (v + damping * x) * sin, v * cos - (damping * v + omega**2 * x) * sin], axis=1)


def logistic(t: float, z: Array, params: Params) -> Array:
    """Populations that grow at the rates r until they reach the capacity K."""
    r, K = params
    return r * z * (1 - z / K)


def logistic_solution(t: Array, z0: Array, params: Params) -> Array:
    r, K = params
    return K / (1 + (K / z0 - 1) * anp.exp(-r * (t - t[0])[:, None]))


def forced(t: float, z: Array, params: Params) -> Array:
    """Decay under a periodic force, so that f depends on t."""
    decay, force, w = params["decay"], params["force"], params["frequency"]
    return -decay * z + force * anp.cos(w * t)


def forced_solution(t: Array, z0: Array, params: Params) -> Array:
    decay, force, w = params["decay"], params["force"], params["frequency"]
    t = t[:, None]
    followed = force * (decay * anp.cos(w * t) + w * anp.sin(w * t)) / (decay**2 + w**2)
    return followed + (z0 - followed[0]) * anp.exp(-decay * (t - t[0]))


# The intervals are unequal, so that no error is hidden by symmetry.
TIMES = np.array([0.2, 0.5, 1.1, 1.6, 2.2])
_A = np.array([[-0.8, 1.1], [0.6, 0.3]])
_FORCED = {"decay": np.array([0.9, 0.4]), "force": np.array([1.2, -0.8]), "frequency": 2.5}

PROBLEMS = {
    problem.name: problem
    for problem in [
        Problem("linear", linear, np.array([1.0, -0.5]), {"A": _A}, TIMES, linear_solution),
        Problem(
            "oscillator", oscillator, np.array([1.0, 0.3]), {"omega": 2.0, "damping": 0.3}, TIMES, oscillator_solution
        ),
        Problem(
            "logistic", logistic, np.array([0.2, 0.6, 2.5]), (np.array([1.3, 0.7, 0.6]), 1.8), TIMES, logistic_solution
        ),
        Problem("forced", forced, np.array([0.7, -0.4]), _FORCED, TIMES, forced_solution),
    ]
}
