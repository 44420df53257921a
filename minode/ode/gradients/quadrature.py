"""Integrals of vectors, by Clenshaw and Curtis' rules of 3, 5 and 9 nodes; panels where they differ are halved."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import count, pairwise
from typing import NamedTuple

import numpy as np

from minode.base.types import Array
from minode.ode.solvers.interpolant import nodes_between

# Two rules differ by the error of the lower one. The error of the higher one is smaller still: for smooth integrands by
# the factor by which this difference is smaller than the one before. No smaller factor than this is believed.
BELIEVED = 1e-2
# Panels are halved so often, in all, before the integrand is taken for noise; a jump needs some thirty halvings.
HALVINGS = 2000


@cache
def weights(m: int) -> Array:
    """Weights on [0, 1] of the rule that integrates the polynomial through the m nodes."""
    x, powers = np.cos(np.pi * np.arange(m) / (m - 1)), np.arange(m)
    return np.linalg.solve(np.vander(x, increasing=True).T, (powers + 1) % 2 / (powers + 1.0))


def integral(fun: Callable[[float], Array], breaks: Sequence[float], rtol: float) -> tuple[Array, Array]:
    """Integrate a vector over ``breaks[0]`` to ``breaks[-1]``, in this direction.

    Parameters
    ----------
    fun : callable
        ``fun(t) -> array (n,)``
    breaks : sequence of float
        Monotone; the ends of the first panels.
    rtol : float
        Tolerance for the root mean square over the components, each relative to the integral of its absolute value.

    Returns
    -------
    total, unsettled : array, shape (n,)
        The integral, and how much the rules differ where halving a panel does not bring them together.
    """
    at_start, halvings = fun(breaks[0]), count()
    total = size = unsettled = np.zeros(at_start.shape)
    for start, end in pairwise(breaks):
        at_end = fun(end)
        panels = [_panel(fun, start, end, at_start, at_end, size, rtol)]
        at_start, size = at_end, size + panels[0].size
        while panels:
            panel = panels.pop()
            if panel.good:
                total = total + panel.found
            elif next(halvings) < HALVINGS:
                panels += _halves(fun, panel, size, rtol)
            else:
                total, unsettled = total + panel.found, unsettled + panel.missed
    return total, unsettled


class _Panel(NamedTuple):
    """An integral, that of the absolute value, how far two rules differ, and whether that is little enough."""

    ends: tuple
    values: tuple
    found: np.ndarray
    size: np.ndarray
    missed: np.ndarray
    good: bool


def _panel(fun, a, b, at_a, at_b, size, rtol, within=False):
    """Apply the rules of 3, 5 and, if these differ by too much, 9 nodes.

    `size` is that of the integral so far. A half of a panel is `within` that already.
    """
    values, former = [at_a, fun(_middle(a, b)), at_b], None
    for m in (5, 9):
        coarse = weights(len(values)) @ np.stack(values)
        between = [fun(s) for s in nodes_between(a, b, m)[1::2]]
        values = [value for pair in zip(values, between) for value in pair] + [at_b]
        found, own = weights(m) @ np.stack(values), abs(b - a) * (weights(m) @ np.abs(np.stack(values)))
        missed = abs(b - a) * np.abs(found - coarse)
        relative = _relative(missed, size if within else size + own)
        if good := relative * (np.clip(relative / former, BELIEVED, 1.0) if former else 1.0) <= rtol:
            break
        former = relative
    return _Panel((a, b), (at_a, values[len(values) // 2], at_b), (b - a) * found, own, missed, good)


def _halves(fun, panel, size, rtol):
    (a, b), (at_a, at_c, at_b), c = panel.ends, panel.values, _middle(*panel.ends)
    return [_panel(fun, *half, size, rtol, within=True) for half in [(a, c, at_a, at_c), (c, b, at_c, at_b)]]


def _middle(a, b):
    return nodes_between(a, b, 3)[1]


def _relative(missed, size):
    """Root mean square of the relative errors; a component below the rounding of the largest has none."""
    floor = np.finfo(float).eps * size.max(initial=0.0) or 1.0
    return float(np.sqrt(np.mean((missed / np.maximum(size, floor)) ** 2)))
