"""The solution between the steps of a solver: a function of t, made of a polynomial a step."""

from bisect import bisect_right
from functools import cache

import numpy as np


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

    def __init__(self, breaks, pieces, shape):
        self.breaks, self.pieces, self.shape = np.asarray(breaks, float), pieces, shape
        self._ascending = sorted(map(float, breaks))
        self._descends = breaks[-1] < breaks[0]

    @property
    def low(self):
        """The earliest time."""
        return self._ascending[0]

    @property
    def high(self):
        """The latest time."""
        return self._ascending[-1]

    def __call__(self, t):
        """Return the state at `t`, or the states at an array of times, time axes first.

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
        i = min(bisect_right(self._ascending, t), len(self.pieces)) - 1
        piece = self.pieces[-1 - i if self._descends else i]
        return piece(float(t)).reshape(self.shape)


class Polynomial:
    """The polynomial through the values at the `nodes` between two times.

    Parameters
    ----------
    start, end : float
    values : array, shape (m, n)
    """

    def __init__(self, start, end, values):
        self.start, self.end, self.values = start, end, values

    def __call__(self, t):
        places, weights = _barycentric(len(self.values))
        apart = (t - self.start) / (self.end - self.start) - places
        nearest = int(np.abs(apart).argmin())
        if apart[nearest] == 0:
            return self.values[nearest].copy()
        shares = weights / apart
        return (shares / shares.sum()).astype(self.values.dtype, copy=False) @ self.values


@cache
def nodes(m):
    """Chebyshev's points of the second kind on [0, 1], both ends among them."""
    return (1 - np.cos(np.pi * np.arange(m) / (m - 1))) / 2


@cache
def _barycentric(m):
    """The nodes and their weights (Berrut, Trefethen 2004, Eq. 5.4)."""
    weights = (-1.0) ** np.arange(m)
    weights[[0, -1]] /= 2
    return nodes(m), weights


def joined(pieces, t, shape):
    """Make one function of the pieces that a solver tells of, ``(start, end, piece)`` each, from t[0] to t[-1]."""
    breaks = np.array([t[0], *(end for _, end, _ in pieces)])
    # The last time may be a few roundings beyond the one that was stepped to.
    breaks[-1] = t[-1]
    return Interpolant(breaks, [piece for _, _, piece in pieces], shape)


def cut(breaks, shortest):
    """Leave out of monotone `breaks` those that are nearer to the one before, or to the last, than `shortest` allows.

    ``shortest(start, end)`` is the shortest length of a piece between the two.
    """
    kept = [breaks[0]]
    for t in breaks[1:-1]:
        if abs(t - kept[-1]) >= shortest(kept[-1], t) and abs(breaks[-1] - t) >= shortest(t, breaks[-1]):
            kept.append(t)
    return [*kept, breaks[-1]]


def nodes_between(start, end, m):
    """The times of the nodes of a piece."""
    times = start + nodes(m) * (end - start)
    times[-1] = end
    return times
