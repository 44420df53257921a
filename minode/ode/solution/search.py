"""The search for an event: forward in stretches, so that little is solved beyond it.

Beyond the event f may be undefined, or the solution may blow up. So no stretch takes more than a hundred steps, and one
that fails is tried again, half as far as the solver came. After one that succeeds the next is twice as long.
"""

from dataclasses import replace

import numpy as np

from minode.base.types import Array, Field, Params
from minode.ode.solution.crossing import (
    Last,
    Value,
    cut_towards_its_start,
    departure,
    first_crossing,
    joined_to_last,
)
from minode.ode.solution.forward import solved
from minode.ode.solution.passage import UNDEFINED, Passage, allowed_change, passage_at
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.options import SolveOptions

# Most steps of a stretch, and its least length, in roundings of t.
STEPS, SHORTEST = 100, 1000
# The part of these steps at which a next stretch aims, or of the way that one came before it failed; and most growth.
AIM, MOST_GROWTH = 0.6, 4.0


class _Nearest:
    """The value of g that is nearest to zero so far, and where."""

    t, value = np.nan, np.inf

    def look(self, t, value):
        if abs(value) < abs(self.value):
            self.t, self.value = t, value


def first_event(
    f: Field, g: Value, z0: Array, t: Array, params: Params, options: SolveOptions, direction: int
) -> Passage:
    """Solve forward until g(t, z) crosses zero.

    Parameters
    ----------
    f, z0, t, params
        As for `odeint`, checked and not traced.
    g : callable
        ``g(t, z) -> float``.
    options : SolveOptions
        Those of an adaptive method, checked.
    direction : {-1, 0, 1}

    Raises
    ------
    SolverError
        If g does not cross zero up to t[-1], within max_steps, or before the solve fails for good; the message says how
        far it came. If g only touches zero, within what the tolerances can tell.
    ValueError
        If g jumps over zero. What f raises comes out as it is if f is not defined up to the event.
    """
    start, end, nearest = float(t[0]), float(t[-1]), _Nearest()
    now, z, length, steps, limit = start, z0, end - start, 0, min(STEPS, options.max_steps)
    at_start, allowed = g(start, z0), allowed_change(g, start, z0, options)
    on_event = abs(at_start) <= allowed
    seen: Last | None = None if on_event else ((start, at_start), (start, at_start))
    if not on_event:
        nearest.look(start, at_start)
    solution: Interpolant | None = None
    while now != end:
        to = end if abs(length) >= abs(end - now) else now + length
        called: list[float] = []
        try:
            # NumPy need not warn of what is not part of the result.
            with np.errstate(all="ignore"):
                stretch, told = _stretch(f, z, np.array([now, to]), params, replace(options, max_steps=limit), called)
        except UNDEFINED as failure:
            reached = min(abs(called[-1] - now), abs(to - now)) if called else 0.0
            length = float(np.sign(end - now)) * AIM * reached
            if reached <= SHORTEST * np.spacing(max(abs(now), abs(end))):
                if limit == options.max_steps or not isinstance(failure, SolverError):
                    raise _with_place(failure, now, g(now, z)) from failure
                # If it fails once more, the error is that of a whole solve, with its remedy.
                length, limit = end - now, options.max_steps
            continue
        if on_event and solution is None:
            stretch = cut_towards_its_start(stretch)
        solution = joined_to_last(solution, stretch)
        if seen is None and (left := departure(g, stretch, allowed)):
            seen = left, left
        if seen is not None:
            root, seen = first_crossing(g, solution, seen, direction, nearest.look)
            if root is not None:
                return passage_at(root, f, g, solution, t, params, options)
        # The next stretch is to take somewhat fewer steps than the limit; a black box does not tell how many it takes.
        growth = 2.0 if told.steps is None else min(AIM * limit / told.steps, MOST_GROWTH)
        now, z, length, steps = to, solution(to), growth * length, steps + (told.steps or 0)
        if steps > options.max_steps:
            raise SolverError(
                f"no event in {steps} steps, up to t = {now:.6g}, where event is {g(now, z):.3g}",
                f"raise max_steps, which is {options.max_steps}, loosen rtol and atol, or end t earlier",
            )
    sought = {1: " upwards", -1: " downwards", 0: ""}[direction]
    came = f"it goes from {at_start:.3g} at t[0] = {start:.6g}{', where it counts as zero,' * on_event} to "
    closest = f"; nearest to zero it was {nearest.value:.3g}, at t = {nearest.t:.6g}" * bool(np.isfinite(nearest.t))
    raise SolverError(
        f"event does not cross zero{sought} up to t[-1] = {end:.6g}: {came}{g(end, z):.3g}{closest}",
        "end t later, or set max_step if event may cross zero twice within a step. What touches zero without a change "
        "of its sign, as a distance, is no event",
    )


def _stretch(f, z, t, params, options, called):
    inside = options.jumps[(options.jumps >= t.min()) & (options.jumps <= t.max())]
    return solved(f, z, t, params, replace(options, jumps=inside), called)


def _with_place(failure, now, value):
    """The failure of a solve, with how far the search came."""
    if not isinstance(failure, SolverError):
        return failure
    problem = f"no event up to t = {now:.6g}, where event is {value:.3g}, and no solution beyond: {failure.problem}"
    remedy = failure.remedy or "if the event is there, let f be defined a little beyond it"
    return SolverError(problem, remedy, failure.cause)
