"""Euler, midpoint and RK4 as plain loops: a ResNet, in disguise.

With one step of size one Euler's method is a residual block, z + f(z) (Eqs. 2.8-2.10, 3.2). The loops
are ordinary Python, so autograd differentiates through them: that is ``gradient="backprop"``, the
RK-Net of Table 3.1, whose memory grows with the number of steps.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import autograd.numpy as anp

from minode.base.types import Array
from minode.ode.solvers.options import Method
from minode.ode.tracing.fields import number

Dynamics: TypeAlias = Callable[[float, Array], Array]
"""``f(t, z) -> dz/dt``."""

Step: TypeAlias = Callable[[Dynamics, float, Array, float], Array]
"""``step(f, t, z, h)`` returns the state at t + h."""

NO_INTERPOLANT = (
    "method={!r} takes equal steps, between which there is no interpolant of their accuracy; use an adaptive method, "
    "such as 'lsoda' or 'dopri5'"
)


def euler_step(f: Dynamics, t: float, z: Array, h: float) -> Array:
    """One step of Euler's method, order 1 (Eq. 2.10)."""
    return z + h * f(t, z)


def midpoint_step(f: Dynamics, t: float, z: Array, h: float) -> Array:
    """One step of the explicit midpoint rule, order 2."""
    return z + h * f(t + h / 2, z + h / 2 * f(t, z))


def rk4_step(f: Dynamics, t: float, z: Array, h: float) -> Array:
    """One step of the classical Runge-Kutta method, order 4 (Kutta 1901)."""
    k1 = f(t, z)
    k2 = f(t + h / 2, z + h / 2 * k1)
    k3 = f(t + h / 2, z + h / 2 * k2)
    k4 = f(t + h, z + h * k3)
    return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


STEPS: dict[Method, Step] = {
    "euler": euler_step,
    "midpoint": midpoint_step,
    "rk4": rk4_step,
}


def integrate(f: Dynamics, z0: Array, t: Array, method: Method, n_steps: Sequence[int]) -> Array:
    """Solve dz/dt = f(t, z) with equal steps between consecutive times.

    Parameters
    ----------
    f : callable
        ``f(t, z) -> dz/dt``.
    z0 : array
        State at ``t[0]``; its dtype is kept.
    t : array, shape (k,)
        Dimensionless depths.
    method : {"euler", "midpoint", "rk4"}
    n_steps : sequence of int, shape (k - 1,)
        Number of steps in each interval of `t`.

    Returns
    -------
    array, shape (k, *z0.shape)
    """
    step = STEPS[method]
    zs = [z0]
    for start, end, n in zip(t[:-1], t[1:], n_steps):
        h = (end - start) / n
        z = zs[-1]
        for k in range(n):
            z = step(f, number(start + k * h), z, number(h))
        zs.append(z)
    return anp.stack(zs)
