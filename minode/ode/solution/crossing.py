"""The first zero of a function g(t, z) along a solution, on plain numbers.

g is looked at in several places within each step. Where it turns back before zero it is followed to its turn, so that
two zeros within a step are seen unless they are much closer than these places.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

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

# Where g is looked at in each step, in its length.
PLACES = np.arange(1, 9) / 8
# How often a solution is cut in halves where g begins at zero.
HALVINGS = 30
EPS = float(np.finfo(float).eps)


def first_crossing(
    g: Value, solution: Interpolant, seen: Last, direction: int, look: Callable[[float, float], None]
) -> tuple[float | None, Last]:
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
    root : float or None
        Its time, if there is one.
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
                return _root(along, low, high), seen
        if now[1]:
            seen = seen[1], now
    return None, seen


def places(solution: Interpolant, start: float) -> Iterator[float]:
    """Where to look at g: several times within each step after the `start`, and its end."""
    breaks = solution.breaks.tolist()
    for low, high in pairwise(breaks):
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
    ulp = np.spacing(max(abs(low[0]), abs(high[0])))
    return float(brentq(along, low[0], high[0], xtol=ulp, rtol=4 * EPS, maxiter=1000))


def joined_to_last(before: Interpolant | None, solution: Interpolant) -> Interpolant:
    """Put the last step of the solution `before` in front of the one that continues it."""
    if before is None:
        return solution
    breaks = np.concatenate([before.breaks[-2:], solution.breaks[1:]])
    return Interpolant(breaks, [before.pieces[-1], *solution.pieces], solution.shape)


def cut_towards_its_start(solution: Interpolant) -> Interpolant:
    """Cut a solution in halves, again and again towards its start: there g may leave zero, and come back at once."""
    start, end = solution.breaks[0], solution.breaks[-1]
    cuts = start + (end - start) * 0.5 ** np.arange(1, HALVINGS)
    cuts = cuts[np.abs(cuts - start) > 1000 * np.spacing(max(abs(start), abs(end)))]
    breaks = np.union1d(solution.breaks, cuts)[:: 1 if end > start else -1]
    middles = (breaks[1:] + breaks[:-1]) / 2
    return Interpolant(breaks, [solution.pieces[solution.place(t)] for t in middles.tolist()], solution.shape)


def departure(g: Value, solution: Interpolant, allowed: float) -> Seen | None:
    """Where g, which begins at zero, is first more than `allowed` away: a time and g there; None if that is nowhere."""
    for t in places(solution, solution.breaks[0]):
        value = g(t, solution(t))
        if abs(value) > allowed:
            return t, value
    return None
