"""The solution between the steps of a solver: a function of t, made of one polynomial for each step."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from minode.base.types import Array, Shape
from minode.ode.field.statistics import Statistics


class Piece(NamedTuple):
    """One step of a solver, and the flat state within it as a function of t."""

    start: float
    end: float
    of_t: Callable[[float], Array]


class Solution(NamedTuple):
    """What a solver returns.

    Attributes
    ----------
    states : array, shape (k, ...)
        The states at the requested times.
    pieces : sequence of Piece
        One for each step; none if they were not asked for, or if the solver does not tell its steps.
    told : Statistics
        What the solver tells of its steps; in full if `pieces` were asked for.
    """

    states: Array
    pieces: Sequence[Piece] = ()
    told: Statistics = Statistics()


class Interpolant:
    """A solution as a function of t.

    Parameters
    ----------
    breaks : sequence of float, length m + 1
        Strictly increasing or decreasing times; the first and the last bound the range.
    pieces : sequence of m callables
        ``pieces[i](t) -> y``, flat, for a number t between ``breaks[i]`` and ``breaks[i + 1]``.
    shape : tuple of int
        The shape of one state.
    """

    def __init__(
        self, breaks: Sequence[float] | Array, pieces: Sequence[Callable[[float], Array]], shape: Shape
    ) -> None:
        self.breaks, self.pieces, self.shape = np.asarray(breaks, float), pieces, shape
        self._ascending = sorted(map(float, breaks))
        self._descends = breaks[-1] < breaks[0]

    @property
    def low(self) -> float:
        """The earliest time."""
        return self._ascending[0]

    @property
    def high(self) -> float:
        """The latest time."""
        return self._ascending[-1]

    def __call__(self, t: float | Array) -> Array:
        """Return the state at `t`, or the states at an array of times, with the axes of the times first.

        Raises
        ------
        ValueError
            Outside the range, and for NaN.
        """
        if np.ndim(t):
            times = np.asarray(t, float)
            states = [self(s) for s in times.ravel()]
            return np.array(states).reshape(*times.shape, *self.shape)
        if not self.low <= t <= self.high:
            raise ValueError(
                f"t is {float(t)!r}; expected a time in the range of the solution, {self.low!r} to {self.high!r}"
            )
        return self.pieces[self.place(float(t))](float(t)).reshape(self.shape)

    def place(self, t: float) -> int:
        """Which of the pieces has the time `t`, within the range."""
        i = min(bisect_right(self._ascending, t), len(self.pieces)) - 1
        return len(self.pieces) - 1 - i if self._descends else i


class Polynomial:
    """The polynomial through the values at the `nodes` between two times.

    Parameters
    ----------
    start, end : float
    values : array, shape (m, n)
    """

    def __init__(self, start: float, end: float, values: Array) -> None:
        self.start, self.end, self.values = start, end, values

    def __call__(self, t: float) -> Array:
        places, weights = _barycentric(len(self.values))
        apart = (t - self.start) / (self.end - self.start) - places
        nearest = int(np.abs(apart).argmin())
        if apart[nearest] == 0:
            return self.values[nearest].copy()
        shares = weights / apart
        return (shares / shares.sum()).astype(self.values.dtype, copy=False) @ self.values


@cache
def nodes(m: int) -> Array:
    """Chebyshev's points of the second kind on [0, 1], both ends among them."""
    return (1 - np.cos(np.pi * np.arange(m) / (m - 1))) / 2


def nodes_between(start: float, end: float, m: int) -> Array:
    """The `nodes` of the range from `start` to `end`."""
    times = start + nodes(m) * (end - start)
    times[-1] = end
    return times


@cache
def _barycentric(m):
    """The nodes and their weights (Berrut, Trefethen 2004, Eq. 5.4)."""
    weights = (-1.0) ** np.arange(m)
    weights[[0, -1]] /= 2
    return nodes(m), weights


def joined(pieces: Sequence[Piece], t: Array, shape: Shape) -> Interpolant:
    """Make one function, from t[0] to t[-1], of the pieces of a solution."""
    breaks = np.array([t[0], *(piece.end for piece in pieces)])
    # The last time may be a few roundings beyond the one that the solver stepped to.
    breaks[-1] = t[-1]
    return Interpolant(breaks, [piece.of_t for piece in pieces], shape)
