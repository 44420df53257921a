"""What a solver tells of a solve: its steps, those it took back, its Jacobians and its changes of method."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minode.base.types import Array

# LSODA takes a time for reached from a hundred roundings of t and its step before it.
REACHED = 300


class Statistics(NamedTuple):
    """What a solve took, for pictures and for teaching. What a solver does not tell is None.

    Attributes
    ----------
    evaluations : int
        Evaluations of f: those of steps, of their starts and of Jacobians by differences.
    steps : int
        Steps that were accepted.
    rejected : int
        Steps that were taken back and tried again, shorter.
    jacobians : int
        Times that the Jacobian was taken.
    step_times : array, shape (steps,)
        Where the steps end, in their order. The last step of VODE ends beyond the last time.
    switches : tuple of (float, str)
        LSODA's changes of method, each as the time from which the other one is used and its name: "bdf" for stiff
        stretches, "adams" for smooth ones, with which it begins, and begins again at each of the `jumps`.
    """

    evaluations: int | None = None
    steps: int | None = None
    rejected: int | None = None
    jacobians: int | None = None
    step_times: Array | None = None
    switches: tuple[tuple[float, str], ...] | None = None


def of_steps(ends: Sequence[float], tries: int | None, jacobians: int) -> Statistics:
    """The statistics of a method that tells where its steps end; none without them."""
    if not ends:
        return Statistics()
    rejected = None if tries is None else tries - len(ends)
    return Statistics(None, len(ends), rejected, jacobians, np.array(ends), switches=())


def in_all(parts: Sequence[Statistics]) -> Statistics:
    """The statistics of a solve in several parts; what one of them does not tell is not known of the whole."""

    def total(values: tuple) -> Any:
        if any(value is None for value in values):
            return None
        if isinstance(values[0], np.ndarray):
            return np.concatenate(values)
        return sum(values[1:], start=values[0])

    return Statistics(*map(total, zip(*parts)))


def seen_from_calls(told: Statistics, called: Sequence[float], t: Array, jumps: Array) -> Statistics:
    """Add to what LSODA or VODE tells what can be seen from the times at which they evaluated f, in order.

    A multistep method evaluates f where its step is to end. A step that it takes back, it tries again with an earlier
    end. So the accepted steps end where no later evaluation is earlier. What is seen must agree in number with what the
    solver counted, else it is left out.
    """
    steps = told.steps
    if steps is None or told.step_times is not None:
        return told
    direction = 1 if t[-1] > t[0] else -1
    times = direction * np.array(called)
    for jump in direction * jumps:
        # On either side of a jump f is evaluated one rounding beside it, and LSODA stops some hundred before it.
        times[np.abs(times - jump) <= REACHED * np.spacing(np.abs(times).max())] = jump
    earliest_from_here = np.minimum.accumulate(times[::-1])[::-1]
    ends = np.unique(earliest_from_here[earliest_from_here > times[0]])
    if told.rejected is None:
        told = told._replace(rejected=int(np.sum(np.diff(times) < 0)))
    # Before its first step VODE tries where to look for its length, in at most four evaluations.
    before = len(ends) - steps
    if before == 0 or (not len(jumps) and 0 < before <= 4):
        told = told._replace(step_times=direction * ends[before:])
    return told
