"""Problems that many users begin with: an enzyme, an epidemic, a falling body."""

import numpy as np

from minode.base.types import Array, Params
from minode.gradcheck.problems.closed_forms import Problem


def michaelis_menten(t: float, z: Array, rates: Array) -> list:
    """An enzyme binds its substrate, then releases it or turns it into a product; z = (S, E, ES, P)."""
    s, e, bound, _ = z
    binding, release, making = rates[0] * e * s, rates[1] * bound, rates[2] * bound
    return [release - binding, release + making - binding, binding - release - making, making]


def sir(t: float, z: Array, rates: Array) -> list:
    """An epidemic (Kermack, McKendrick 1927): susceptible, infected, recovered."""
    s, i, _ = z
    infection, recovery = rates[0] * s * i, rates[1] * i
    return [-infection, infection - recovery, recovery]


def drag(t: float, z: Array, p: Params) -> list:
    """A body that falls through the air; z = (distance, speed), p = (gravity, drag over mass)."""
    _, v = z
    return [v, p[0] - p[1] * v**2]


_START = {
    "Michaelis-Menten": (michaelis_menten, [1.0, 0.1, 0.0, 0.0], [10.0, 1.0, 5.0], 5.0),
    "Michaelis-Menten, fast": (michaelis_menten, [1.0, 0.01, 0.0, 0.0], [100.0, 1.0, 50.0], 5.0),
    "SIR": (sir, [0.99, 0.01, 0.0], [0.4, 0.1], 60.0),
    "drag, from rest": (drag, [0.0, 0.0], [9.81, 0.25], 5.0),
}
PROBLEMS = {
    name: Problem(name, f, np.array(z0), np.array(p), np.array([0.0, T]), None)
    for name, (f, z0, p, T) in _START.items()
}
