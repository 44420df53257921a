"""The first zero of a function g(t, z) along a solution, on plain numbers.

g is looked at in several places within each step. Where it turns back before zero it is followed to its turn, so that
two zeros within a step are seen unless they are much closer than these places.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from minode.base.types import Array
from minode.ode.solvers.interpolant import Interpolant

Value: TypeAlias = Callable[[float, Array], float]
"""``g(t, z) -> number``, of plain numbers."""

Seen: TypeAlias = tuple[float, float]
"""A time, and g there."""

Last: TypeAlias = tuple[Seen, Seen]
"""The last two places where g was not zero."""

# Where g is looked at in each step, in its length, and the part of it over which differences are taken.
PLACES, DIFFERENCE = np.arange(1, 9) / 8, 0.01
EPS = float(np.finfo(float).eps)


class Crossing(NamedTuple):
    """A zero of g along a solution.

    Attributes
    ----------
    t : float
    rate, curvature : float
        First and second derivative of g by t along the solution.
    slope : array
        dz/dt, of the polynomial: in stiff problems f at z would be as wrong as z times the stiffness.
    length : float
        That of the step.
    jumps : bool
        Whether g changes its sign without being zero.
    """

    t: float
    rate: float
    curvature: float
    slope: Array
    length: float
    jumps: bool


def first_crossing(
    g: Value, solution: Interpolant, seen: Last, direction: int, look: Callable[[float, float], None]
) -> tuple[Crossing | None, Last]:
    """Find the first zero of g after what was `seen` of it.

    Parameters
    ----------
    g : callable
    solution : Interpolant
    seen : pair of (float, float)
        Two times, which may be one, and g there, which is not zero.
    direction : int
        1 for zeros where g increases along the solution, -1 for those where it decreases, 0 for both.
    look : callable
        ``look(t, value)`` is told all values.

    Returns
    -------
    crossing : Crossing or None
    seen : pair of (float, float)
        The last ones.
    """

    def along(t):
        value = g(t, solution(t))
        look(t, value)
        return value

    for t in places(solution, seen[1][0]):
        now = t, along(t)
        for low, high in _brackets(along, *seen, now):
            if direction in (0, 1 if low[1] < 0 else -1):
                return crossing_at(g, solution, _root(along, low, high)), seen
        if now[1]:
            seen = seen[1], now
    return None, seen


def places(solution: Interpolant, start: float) -> Iterator[float]:
    """Where to look at g: several times within each step after the `start`, and its end."""
    breaks = solution.breaks.tolist()
    for low, high in zip(breaks, breaks[1:]):
        for part in PLACES:
            t = high if part == 1 else low + float(part) * (high - low)
            if (t > start) if high > low else (t < start):
                yield t


def _brackets(along, before, last, now):
    """Pairs of places between which g changes its sign, in their order."""
    if last[1] * now[1] <= 0:
        return [(last, now)]
    if not abs(before[1]) > abs(last[1]) < abs(now[1]):
        return []
    ends = sorted([before[0], now[0]])
    towards = np.sign(last[1])
    # It stops as soon as it is on the other side.
    found = minimize_scalar(lambda t: max(towards * along(t), -EPS), bounds=ends, method="bounded")
    turn = float(found.x), along(float(found.x))
    return [(before, turn), (turn, now)] if turn[1] * last[1] < 0 else []


def _root(along, low, high):
    if high[1] == 0:
        return high[0]
    return float(brentq(along, low[0], high[0], xtol=np.spacing(max(abs(low[0]), abs(high[0]))), rtol=4 * EPS))


def crossing_at(g: Value, solution: Interpolant, root: float) -> Crossing:
    """Describe g at a `root`, by differences within the step of the solution in which it lies."""
    i = solution.place(root)
    length = float(solution.breaks[i + 1] - solution.breaks[i])
    h = DIFFERENCE * length

    def around(steps):
        t = root + steps
        z = solution.pieces[i](t).reshape(solution.shape)
        return z, g(t, z)

    (z_far, g_far), (z_low, g_low), (_, g_0), (z_high, g_high), (z_end, g_end) = (around(k * h) for k in range(-2, 3))
    slope = (z_far - z_end + 8 * (z_high - z_low)) / (12 * h)
    rate = (g_far - g_end + 8 * (g_high - g_low)) / (12 * h)
    ulps = 64 * float(np.spacing(abs(root) + abs(h)))
    jump = abs(around(ulps)[1] - around(-ulps)[1])
    jumps = ulps < abs(h) / 100 and jump > abs(g_high - g_low) / 2
    return Crossing(root, rate, (g_low - 2 * g_0 + g_high) / h**2, slope, length, jumps)


def joined_to_last(before: Interpolant | None, solution: Interpolant) -> Interpolant:
    """Put the last step of the solution `before` in front of the one that continues it."""
    if before is None:
        return solution
    breaks = np.concatenate([before.breaks[-2:], solution.breaks[1:]])
    return Interpolant(breaks, [before.pieces[-1], *solution.pieces], solution.shape)


def departure(g: Value, solution: Interpolant, allowed: float) -> Seen | None:
    """Where g has left the zero on which the solution starts: a time and g there; None if it stays `allowed` near.

    Where it leaves with a slope, its sign is the one of that slope, from the first moment on. So a ball that has just
    bounced is above the floor, even if rounding put it below.
    """
    start = float(solution.breaks[0])
    length = float(solution.breaks[1]) - start
    leaving = g(start + DIFFERENCE * length, solution(start + DIFFERENCE * length)) - g(start, solution(start))
    if abs(leaving) > allowed:
        for k in range(40, 6, -1):
            t = start + length / 2**k
            value = g(t, solution(t))
            if t != start and value * leaving > 0:
                return t, value
    for t in places(solution, start):
        value = g(t, solution(t))
        if abs(value) > allowed:
            return t, value
    return None
