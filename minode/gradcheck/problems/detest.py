"""The 25 problems of DETEST that are not stiff (Hull, Enright, Fellen, Sedgwick 1972), with parameters, and a variant.

All run from t = 0 to 20. If a problem has no constants of its own, its parameter is the time scale, 1.
"""

import autograd.numpy as anp
import numpy as np

from minode.base.types import Array, Params
from minode.gradcheck.problems.closed_forms import Problem

SPAN = np.array([0.0, 20.0])


def a1(t: float, y: Array, p: Params) -> Array:
    """Decay."""
    return -p * y


def a2(t: float, y: Array, p: Params) -> Array:
    """A special case of Riccati's equation."""
    return -p * y**3


def a3(t: float, y: Array, p: Params) -> Array:
    """An oscillation."""
    return p * y * anp.cos(t)


def a4(t: float, y: Array, p: Params) -> Array:
    """Logistic growth."""
    rate, capacity = p
    return rate * y * (1 - y / capacity)


def a5(t: float, y: Array, p: Params) -> Array:
    """A spiral."""
    return p * (y - t) / (y + t)


def b1(t: float, y: Array, p: Params) -> list:
    """Two populations in conflict."""
    u, v = y
    return [p[0] * (u - u * v), -p[1] * (v - u * v)]


def b2(t: float, y: Array, p: Params) -> list:
    """A linear chemical reaction."""
    u, v, w = y
    return [p[0] * (v - u), p[0] * (u - v) - p[1] * (v - w), p[1] * (v - w)]


def b3(t: float, y: Array, p: Params) -> list:
    """A nonlinear chemical reaction."""
    u, v, _ = y
    return [-p[0] * u, p[0] * u - p[1] * v**2, p[1] * v**2]


def b4(t: float, y: Array, p: Params) -> list:
    """The integral surface of a torus."""
    u, v, w = y
    r = anp.sqrt(u**2 + v**2)
    return [-p[0] * v - p[1] * u * w / r, p[0] * u - p[1] * v * w / r, p[1] * u / r]


def b5(t: float, y: Array, p: Params) -> list:
    """Euler's equations of a rigid body."""
    u, v, w = y
    return [p[0] * v * w, p[1] * u * w, p[2] * u * v]


def c1(t: float, y: Array, p: Params) -> Array:
    """A radioactive chain."""
    flow = p * y[:-1]
    return anp.concatenate([-flow, [0.0]]) + anp.concatenate([[0.0], flow])


def c2(t: float, y: Array, p: Params) -> Array:
    """A radioactive chain whose rates are 1 to 9."""
    flow = p * np.arange(1, 10) * y[:-1]
    return anp.concatenate([-flow, [0.0]]) + anp.concatenate([[0.0], flow])


def diffusion(t: float, y: Array, p: Params) -> Array:
    """Heat in a rod between two cold ends (C3, C4)."""
    return p * (anp.concatenate([y[1:], [0.0]]) - 2 * y + anp.concatenate([[0.0], y[:-1]]))


def c5(t: float, y: Array, p: Params) -> Array:
    """The five outer planets around the Sun; p holds their masses and the constant of gravity."""
    masses, gravity = p["masses"], p["gravity"]
    x, v = anp.reshape(y[:15], (5, 3)), y[15:]
    to_sun = anp.sum(x**2, axis=1) ** -1.5
    apart = x[None] - x[:, None]
    # `eye` avoids a division by zero on the diagonal, where `apart` is zero.
    pull = (anp.sum(apart**2, axis=2) + np.eye(5)) ** -1.5
    among = anp.sum(masses[None, :, None] * apart * pull[:, :, None], axis=1)
    to_centre = -(SUN + masses)[:, None] * x * to_sun[:, None]
    dragged = -(anp.sum((masses * to_sun)[:, None] * x, axis=0) - (masses * to_sun)[:, None] * x)
    return anp.concatenate([v, anp.ravel(gravity * (to_centre + among + dragged))])


SUN = 1.00000597682
PLANETS = {
    "masses": np.array(
        [0.000954786104043, 0.000285583733151, 0.0000437273164546, 0.0000517759138449, 2.77777777778e-6]
    ),
    "gravity": 2.95912208286,
}
POSITIONS = [
    *(3.42947415189, 3.35386959711, 1.35494901715),
    *(6.64145542550, 5.97156957878, 2.18231499728),
    *(11.2630437207, 14.6952576794, 6.27960525067),
    *(-30.1552268759, 1.65699966404, 1.43785752721),
    *(-21.1238353380, 28.4465098142, 15.3882659679),
]
VELOCITIES = [
    *(-0.557160570446, 0.505696783289, 0.230578543901),
    *(-0.415570776342, 0.365682722812, 0.169143213293),
    *(-0.325325669158, 0.189706021964, 0.0877265322780),
    *(-0.0240476254170, -0.287659532608, -0.117219543175),
    *(-0.176860753121, -0.216393453025, -0.0148647893090),
]


def kepler(t: float, y: Array, p: Params) -> Array:
    """Two bodies (D1 to D5)."""
    x, v = y[:2], y[2:]
    return anp.concatenate([v, -p * x * anp.sum(x**2) ** -1.5])


def e1(t: float, y: Array, p: Params) -> list:
    """Bessel's equation of order p."""
    u, v = y
    return [v, -(v / (t + 1) + (1 - p**2 / (t + 1) ** 2) * u)]


def van_der_pol(t: float, y: Array, mu: float) -> list:
    """A relaxation oscillator (E2)."""
    u, v = y
    return [v, mu * (1 - u**2) * v - u]


def e3(t: float, y: Array, p: Params) -> list:
    """Duffing's equation, forced from rest."""
    u, v = y
    return [v, p[0] * u**3 - u + p[1] * anp.sin(2.78535 * t)]


def e4(t: float, y: Array, p: Params) -> list:
    """A body falling through the air."""
    _, v = y
    return [v, p[0] - p[1] * v**2]


def e5(t: float, y: Array, p: Params) -> list:
    """A linear pursuit."""
    _, v = y
    return [v, p * anp.sqrt(1 + v**2) / (25 - t)]


def _unit(n):
    return np.eye(n)[0]


_START = {
    "A1": (a1, [1.0], 1.0),
    "A2": (a2, [1.0], 0.5),
    "A3": (a3, [1.0], 1.0),
    "A4": (a4, [1.0], [0.25, 20.0]),
    "A5": (a5, [4.0], 1.0),
    "B1": (b1, [1.0, 3.0], [2.0, 1.0]),
    "B2": (b2, [2.0, 0.0, 1.0], [1.0, 1.0]),
    "B3": (b3, [1.0, 0.0, 0.0], [1.0, 1.0]),
    "B4": (b4, [3.0, 0.0, 0.0], [1.0, 1.0]),
    "B5": (b5, [0.0, 1.0, 1.0], [1.0, -1.0, -0.51]),
    "C1": (c1, _unit(10), 1.0),
    "C2": (c2, _unit(10), 1.0),
    "C3": (diffusion, _unit(10), 1.0),
    "C4": (diffusion, _unit(51), 1.0),
    "C5": (c5, POSITIONS + VELOCITIES, PLANETS),
    **{
        f"D{i}": (kepler, [1 - e, 0.0, 0.0, ((1 + e) / (1 - e)) ** 0.5], 1.0)
        for i, e in enumerate((0.1, 0.3, 0.5, 0.7, 0.9), 1)
    },
    "E1": (e1, [0.6713967071418030, 0.09540051444747446], 0.5),
    "E2": (van_der_pol, [2.0, 0.0], 1.0),
    "E3": (e3, [0.0, 0.0], [1 / 6, 2.0]),
    "E4": (e4, [30.0, 0.0], [0.032, 0.4]),
    # Many programs have 0.32 in place of Hull's 0.032. With that, the backward solve loses z.
    "E4, 0.32": (e4, [30.0, 0.0], [0.32, 0.4]),
    "E5": (e5, [0.0, 0.0], 1.0),
}
PROBLEMS = {
    name: Problem(name, f, np.array(y0), p if isinstance(p, dict) else np.array(p), SPAN, None)
    for name, (f, y0, p) in _START.items()
}
