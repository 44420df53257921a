"""Times at which f jumps: a solve is broken there, and on each side f is evaluated on that side alone.

Between two jumps f is smooth, as solvers expect of it. At a jump itself `t < 2` and `t <= 2` differ, and neither is
right for both sides. So a stretch that begins or ends there evaluates f one rounding inside.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box
from autograd.tracer import getval

from minode.base import checks
from minode.base.types import Array


def checked_jumps(jumps: Any, t: Array, equal_steps: bool = False) -> Array:
    """Return `jumps` as an array if they are times in the range of `t`, in its direction.

    With equal steps they must be among `t`, whose intervals these steps divide.

    Raises
    ------
    TypeError, ValueError
        If they are anything else; the message says what was found.
    """
    if (isinstance(jumps, (list, tuple)) and not jumps) or (isinstance(jumps, np.ndarray) and jumps.shape == (0,)):
        return np.zeros(0)
    jumps, t = checks.finite_array(jumps, "jumps"), getval(t)
    if isinstance(jumps, Box):
        raise TypeError(
            "jumps is being differentiated, but times of jumps are constants: solve up to the jump and on from it, "
            "each time with the f of that side, and the gradient by the jump's time is that by t"
        )
    if jumps.ndim != 1:
        raise ValueError(f"jumps has shape {jumps.shape}; expected one dimension, such as [2.0, 8.0]")
    direction = 1 if t[-1] >= t[0] else -1
    outside = (direction * jumps < direction * t[0]) | (direction * jumps > direction * t[-1])
    if outside.any():
        i = int(outside.argmax())
        raise ValueError(
            f"jumps[{i}] is {jumps[i]}; expected a time from t[0] = {t[0]} to t[-1] = {t[-1]}: leave it out"
        )
    wrong = np.flatnonzero(direction * np.diff(jumps) <= 0)
    if wrong.size:
        i, order = int(wrong[0]), "increasing" if direction > 0 else "decreasing"
        raise ValueError(
            f"jumps[{i}] = {jumps[i]} is followed by jumps[{i + 1}] = {jumps[i + 1]}; expected strictly {order} times, "
            "as t: sort them"
        )
    between = ~np.isin(jumps, t)
    if equal_steps and between.any():
        i = int(between.argmax())
        raise ValueError(
            f"jumps[{i}] is {jumps[i]}, between two times of t, and equal steps divide the intervals of t; "
            "add it to t, so that a step ends there"
        )
    return jumps.astype(float)


class Stretch(NamedTuple):
    """Part of a solve, from a jump to the next.

    Attributes
    ----------
    times : array
        Where states are asked for, the jumps at its ends among them.
    seen : slice
        Those of `times` that were asked for and do not belong to the stretch before.
    n_steps : sequence of int or None
        Equal steps in each interval of `times`.
    """

    times: Array
    seen: slice
    n_steps: Sequence[int] | None


def stretches(t: Array, jumps: Array, n_steps: Sequence[int] | None) -> list[Stretch]:
    """Cut the times `t`, which may be traced, at the `jumps` between the first and the last of them.

    With `n_steps`, one for each interval of `t`, the jumps are among the times.
    """
    plain, i = getval(t), 0
    found: list[Stretch] = []
    start: list[float] = []
    first = 0
    direction = 1 if plain[-1] > plain[0] else -1
    cuts = np.sort(direction * np.asarray(jumps, float))
    cuts = direction * cuts[(cuts > direction * plain[0]) & (cuts < direction * plain[-1])]
    for cut, j in zip(cuts, np.searchsorted(direction * plain, direction * cuts)):
        observed = bool(plain[j] == cut)
        # The jump is a constant, even where it is also one of the traced times.
        times = anp.concatenate([start, t[i:j], [cut]])
        found.append(Stretch(times, slice(len(start), len(times) - (not observed)), n_steps and n_steps[first:j]))
        start, i, first = [cut], j + observed, j
    times = anp.concatenate([start, t[i:]]) if start else t
    return [*found, Stretch(times, slice(len(start), len(times)), n_steps and n_steps[first:])]


def one_sided(fun: Callable[..., Any], t: Array, jumps: Array) -> Callable[..., Any]:
    """Let ``fun(t, ...)`` see times from t[0] to t[-1] on its own side of jumps that are at these ends.

    A time beyond such an end, to which some solvers step, counts as the end.
    """
    (low, beside_low), (high, beside_high) = sorted(
        [(float(getval(end)), float(getval(other))) for end, other in ((t[0], t[-1]), (t[-1], t[0]))]
    )
    low = np.nextafter(low, beside_low) if low in jumps else -np.inf
    high = np.nextafter(high, beside_high) if high in jumps else np.inf

    def on_this_side(t, *rest):
        plain = getval(t)
        inside = min(max(plain, low), high)
        if inside != plain:
            # What is traced moves with t.
            t = t + (inside - plain) if isinstance(t, Box) else float(inside)
        return fun(t, *rest)

    return on_this_side


def slope_times(t: Array, jumps: Array) -> Array:
    """Where to evaluate f for dz/dt at the observations `t`.

    At a jump that is before it, whence the solution comes; at t[0], behind it.
    """
    towards = t[[min(1, len(t) - 1), *range(len(t) - 1)]]
    return np.where(np.isin(t, jumps), np.nextafter(t, towards), t)
