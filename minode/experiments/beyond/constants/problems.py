"""The equations whose constants are looked for, with what is observed of them, when, and with which errors."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import autograd.numpy as anp
import numpy as np

from minode.experiments.beyond.equations import log_states, lotka_volterra
from minode.gradcheck.problems.stiff import robertson


class Problem(NamedTuple):
    """An equation with known constants, all positive, to be found again.

    Attributes
    ----------
    f, z0, t
        As for `odeint`.
    constants : dict of float
        Name -> value.
    observe : callable
        ``observe(z, constants)``: the logarithm of what is seen.
    error : float
        Standard deviation of that logarithm: a relative error.
    options : dict
        Of the solver.
    """

    f: Callable
    z0: np.ndarray
    t: np.ndarray
    constants: dict
    observe: Callable
    error: float
    options: Mapping = MappingProxyType({})


def _sir(t, z, p):
    susceptible, infected = z
    infections = p["contact"] * susceptible * infected
    return [-infections, infections - p["recovery"] * infected]


def _drug(t, z, p):
    """Tablets of 100 mg at 0 and 12 h dissolve within an hour; gut and blood in mg."""
    gut, blood = z
    release = 100.0 if 0 <= t < 1 or 12 <= t < 13 else 0.0
    absorbed = p["absorption"] * gut
    return [release - absorbed, absorbed - p["elimination"] * blood]


def _robertson(t, z, p):
    return robertson(t, z, [p["slow"], p["fast"], p["middle"]])


PROBLEMS = {
    "Lotka, Volterra": Problem(
        lotka_volterra,
        np.array([34.0, 6.0]),
        np.arange(21.0),
        {"birth": 0.55, "eaten": 0.028, "growth": 0.024, "death": 0.8},
        log_states,
        0.25,
    ),
    "SIR": Problem(
        _sir,
        np.array([0.99, 0.01]),
        np.linspace(0.0, 60.0, 25),
        {"contact": 0.4, "recovery": 0.1},
        lambda z, p: anp.log(z[1:, 1]),
        0.1,
    ),
    "drug": Problem(
        _drug,
        np.zeros(2),
        np.array([0, 0.5, 1, 2, 4, 8, 12.5, 13, 14, 16, 20, 24, 30, 36]),
        {"absorption": 1.2, "elimination": 0.15, "volume": 30.0},
        lambda z, p: anp.log(z[1:, 1] / p["volume"]),
        0.1,
        {"jumps": [0.0, 1.0, 12.0, 13.0]},
    ),
    "Robertson": Problem(
        _robertson,
        np.array([1.0, 0.0, 0.0]),
        np.array([0.0, *np.geomspace(1e-4, 1e5, 28)]),
        {"slow": 0.04, "fast": 3e7, "middle": 1e4},
        lambda z, p: anp.log(z[1:]),
        0.05,
        # The second species is five orders of magnitude rarer than the others.
        {"method": "bdf", "atol": np.array([1e-10, 1e-14, 1e-10])},
    ),
}
