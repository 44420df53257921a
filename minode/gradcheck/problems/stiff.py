"""Stiff problems of the literature, with the parameters of their sources to differentiate by.

Robertson (1966); van der Pol (1926) at three stiffnesses; HIRES (Schäfer 1975), OREGO (Field, Noyes 1974) and E5
(Enright, Hull, Lindberg 1975) as in Hairer, Wanner: *Solving Ordinary Differential Equations II*, section IV.10; the
Brusselator with diffusion (Lefever, Nicolis 1971), on ten inner points of a rod.
"""

import autograd.numpy as anp
import numpy as np

from minode.base.types import Array, Params
from minode.gradcheck.problems.closed_forms import Problem
from minode.gradcheck.problems.detest import van_der_pol


def robertson(t: float, y: Array, p: Params) -> list:
    """An autocatalytic reaction: the second species is five orders of magnitude rarer than the others."""
    u, v, w = y
    a, b, c = p[0] * u, p[1] * v * v, p[2] * v * w
    return [c - a, a - c - b, b]


def hires(t: float, y: Array, p: Params) -> list:
    """How plants respond to red light: eight species, twelve rates."""
    k1, k2, k3, k4, k5, k6, k_plus, k_minus, k_star, o_ks, k_diffuse, source = p
    bound = k_plus * y[5] * y[7]
    return [
        -k1 * y[0] + k2 * y[1] + k3 * y[2] + source,
        k1 * y[0] - k4 * y[1],
        -k5 * y[2] + k2 * y[3] + k6 * y[4],
        k3 * y[1] + k1 * y[2] - k_star * y[3],
        -k_minus * y[4] + k2 * y[5] + k2 * y[6],
        -bound + o_ks * y[3] + k1 * y[4] - k2 * y[5] + o_ks * y[6],
        bound - k_diffuse * y[6],
        -bound + k_diffuse * y[6],
    ]


HIRES_RATES = [1.71, 0.43, 8.32, 8.75, 10.03, 0.035, 280.0, 1.745, 1.12, 0.69, 1.81, 0.0007]


def oregonator(t: float, y: Array, p: Params) -> list:
    """The Belousov-Zhabotinsky reaction."""
    u, v, w = y
    s, q, k = p
    return [s * (v + u * (1 - q * u - v)), (w - (1 + u) * v) / s, k * (u - w)]


def e5(t: float, y: Array, p: Params) -> list:
    """A chemical pyrolysis, in which species differ from 1e-3 to 1e-10."""
    a, b, c, m = p
    first, second, third = a * y[0], b * y[0] * y[2], m * c * y[1] * y[2]
    return [-first - second, first - third, first - second - third + c * y[3], second - c * y[3]]


def brusselator(t: float, y: Array, p: Params) -> Array:
    """A reaction in a rod whose ends are held at u = 1, v = 3; p = (a, b, diffusion)."""
    n = len(y) // 2
    u, v = y[:n], y[n:]
    a, b, diffusion = p

    def spread(c, end):
        return diffusion * (n + 1) ** 2 * (anp.concatenate([c[1:], [end]]) - 2 * c + anp.concatenate([[end], c[:-1]]))

    made = u**2 * v
    return anp.concatenate([a + made - (b + 1) * u + spread(u, 1.0), b * u - made + spread(v, 3.0)])


ROD = np.arange(1, 11) / 11
_START = {
    "Robertson to 0.3": (robertson, [1.0, 0.0, 0.0], [0.04, 3e7, 1e4], 0.3),
    "Robertson to 40": (robertson, [1.0, 0.0, 0.0], [0.04, 3e7, 1e4], 40.0),
    "Robertson to 4e4": (robertson, [1.0, 0.0, 0.0], [0.04, 3e7, 1e4], 4e4),
    # These end in the slow part after the first jump.
    **{f"van der Pol {mu:g}": (van_der_pol, [2.0, 0.0], mu, 2 * mu) for mu in (10.0, 100.0, 1000.0)},
    "HIRES": (hires, [1.0, 0, 0, 0, 0, 0, 0, 0.0057], HIRES_RATES, 321.8122),
    "Oregonator": (oregonator, [1.0, 2.0, 3.0], [77.27, 8.375e-6, 0.161], 30.0),
    "E5": (e5, [1.76e-3, 0.0, 0.0, 0.0], [7.89e-10, 1.1e7, 1.13e3, 1e6], 1000.0),
    "Brusselator": (brusselator, [*(1 + np.sin(2 * np.pi * ROD)), *(3 + 0 * ROD)], [1.0, 3.0, 0.02], 10.0),
}
PROBLEMS = {
    name: Problem(name, f, np.array(y0), np.array(p), np.array([0.0, T]), None)
    for name, (f, y0, p, T) in _START.items()
}
