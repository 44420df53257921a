"""The search for an event: forward in stretches, so that little is solved beyond it.

Beyond the event f may be undefined, or the solution may blow up. So no stretch takes more than a hundred steps, and one
that fails is tried again, half as far as the solver came. If it succeeds, the next one is twice as long.
"""

from dataclasses import replace

import numpy as np

from minode.base.types import Array, Field, Params
from minode.ode.field.jumps import one_sided
from minode.ode.solution.crossing import Crossing, Last, Value, crossing_at, departure, first_crossing, joined_to_last
from minode.ode.solution.forward import solved
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.options import SolveOptions

# Most steps of a stretch, and its least length, in roundings of t.
STEPS, SHORTEST = 100, 1000
# What f may raise where it is not defined. Anything else surfaces at once.
UNDEFINED = (SolverError, ArithmeticError, ValueError)


class _Nearest:
    """The value of g that is nearest to zero so far, and where."""

    def __init__(self):
        self.t, self.value = np.nan, np.inf

    def look(self, t, value):
        if abs(value) < abs(self.value):
            self.t, self.value = t, value

    def __str__(self):
        return f"nearest to zero it was {self.value:.3g}, at t = {self.t:.6g}" if np.isfinite(self.value) else ""


def first_event(
    f: Field, g: Value, z0: Array, t: Array, params: Params, options: SolveOptions, direction: int
) -> Crossing:
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
        If g jumps over zero.
    """
    start, end, nearest = float(t[0]), float(t[-1]), _Nearest()
    now, z, length, steps = start, z0, end - start, 0
    allowed, at_start = uncertainty(g, start, z0, options), g(start, z0)
    leaves_zero = abs(at_start) <= allowed
    seen: Last | None = None if leaves_zero else ((start, at_start), (start, at_start))
    solution: Interpolant | None = None
    while now != end:
        to, called = end if abs(length) >= abs(end - now) else now + length, []
        try:
            # f may be undefined beyond the event, and NumPy need not warn of what is not part of the result.
            with np.errstate(all="ignore"):
                stretch, told = _stretch(f, z, np.array([now, to]), params, options, called)
        except UNDEFINED as failure:
            length = np.sign(length) * min(abs(called[-1] - now), abs(to - now)) / 2 if called else 0.0
            if abs(length) > SHORTEST * np.spacing(max(abs(now), abs(end))):
                continue
            if solution is not None and abs(g(now, z)) <= uncertainty(g, now, z, options):
                return _well_determined(crossing_at(g, solution, now), g, z, options)
            raise _told(failure, now, g(now, z), nearest) from failure
        solution = joined_to_last(solution, stretch)
        if seen is None and (left := departure(g, stretch, allowed)):
            seen = left, left
        if seen is not None:
            crossing, seen = first_crossing(g, solution, seen, direction, nearest.look)
            if crossing is not None:
                return _well_determined(crossing, g, solution(crossing.t), options)
        now, z, length, steps = to, solution(to), 2 * length, steps + (told.steps or 0)
        if steps > options.max_steps:
            raise SolverError(
                f"no event in {steps} steps, up to t = {now:.6g}: event is {g(now, z):.3g} there, {nearest}",
                f"raise max_steps, which is {options.max_steps}, loosen rtol and atol, or end t earlier",
            )
    beginning = f"{at_start:.3g} at t = {start:.6g}" + (" (the start lies on the event)" if leaves_zero else "")
    sought = {1: " upwards", -1: " downwards", 0: ""}[direction]
    raise SolverError(
        f"event does not cross zero{sought} up to t[-1] = {end:.6g}: it goes from {beginning} to {g(end, z):.3g}; "
        f"{nearest}",
        "end t later; if event should have been seen, as one that crosses zero twice within a step, set max_step. A "
        "function that touches zero without changing its sign, as a distance, is no event",
    )


def _stretch(f, z, t, params, options, called):
    inside = options.jumps[(options.jumps >= t.min()) & (options.jumps <= t.max())]
    options = replace(options, jumps=inside, max_steps=min(options.max_steps, STEPS))
    return solved(f, z, t, params, options, called)


def uncertainty(g: Value, t: float, z: Array, options: SolveOptions) -> float:
    """How much g changes if z moves by what the tolerances allow, in any of several directions."""
    allowed = options.atol + options.rtol * np.abs(z)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (6, *z.shape))
    here = g(t, z)
    return max(abs(g(t, (z + sign * allowed).astype(z.dtype)) - here) for sign in signs)


def _well_determined(crossing, g, z, options):
    """Refuse a zero that g jumps over, or where what the tolerances allow decides whether there is one."""
    if crossing.jumps:
        raise ValueError(
            f"event jumps over zero at t = {crossing.t:.6g}; expected a continuous function that changes its sign, as "
            "the height itself and not its sign"
        )
    if uncertainty(g, crossing.t, z, options) * abs(crossing.curvature) >= crossing.rate**2:
        raise SolverError(
            f"event touches zero at t = {crossing.t:.6g} rather than crossing it: it passes at the rate "
            f"{crossing.rate:.3g}, so flatly that the tolerances do not tell whether it does, and its time has no "
            "derivative",
            "tighten rtol and atol if it does cross; else choose another event",
        )
    return crossing


def _told(failure, now, value, nearest):
    """The failure of a solve, with how far the search came."""
    if not isinstance(failure, SolverError):
        return failure
    problem = f"no event up to t = {now:.6g}, where event is {value:.3g}, and no solution beyond: {failure.problem}"
    return SolverError(problem, failure.remedy, failure.cause)
