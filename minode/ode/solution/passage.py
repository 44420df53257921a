"""How a function g(t, z) passes zero along a solution: its rate there, and whether that is a crossing at all."""

from typing import NamedTuple

import numpy as np

from minode.base.types import Array, Field, Params
from minode.ode.field.jumps import slope_times
from minode.ode.field.nfe import counted
from minode.ode.solution.crossing import EPS, Value
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.options import SolveOptions
from minode.ode.tracing.fields import field

# The part of a step over which differences are taken, and their places and weights: an error of fourth order.
DIFFERENCE, AROUND, WEIGHTS = 0.01, (-2, -1, 1, 2), np.array([1, -8, 8, -1]) / 12
# f tells a component of dz/dt if what the tolerances allow for z moves it by no more than so many relative tolerances.
# Where the problem is stiff it moves by as much more as it is stiff, and the slope of the polynomial is the better one.
TELLS, ALIKE = 30, 0.1
# What f may raise where it is not defined. Anything else surfaces at once.
UNDEFINED = (SolverError, ArithmeticError, ValueError)


class Passage(NamedTuple):
    """A zero of g along a solution.

    Attributes
    ----------
    t : float
    rate : float
        dg/dt along the solution.
    slope : array
        dz/dt.
    step : float
        The length of the solver's step.
    """

    t: float
    rate: float
    slope: Array
    step: float


def passage_at(
    root: float, f: Field, g: Value, solution: Interpolant, t: Array, params: Params, options: SolveOptions
) -> Passage:
    """Find the rate at which g passes its `root` along the solution of f, which goes from t[0] to t[-1].

    Raises
    ------
    SolverError
        If g touches zero, rather than crossing it, within what the tolerances can tell.
    ValueError
        If g jumps over zero.
    """
    place = solution.place(root)
    step = float(solution.breaks[place + 1] - solution.breaks[place])
    h, z = DIFFERENCE * step, solution(root)

    def beside(steps):
        return solution.pieces[place](root + steps).reshape(solution.shape)

    values = [g(root + k * h, beside(k * h)) for k in AROUND]
    ulps = 64 * float(np.spacing(abs(root) + abs(h)))
    at_once = abs(g(root + ulps, beside(ulps)) - g(root - ulps, beside(-ulps)))
    if ulps < abs(h) / 100 and at_once > abs(values[2] - values[1]) / 2:
        raise ValueError(
            f"event jumps over zero at t = {root:.6g}; expected a continuous function that changes its sign, as a "
            "height itself and not its sign"
        )
    slope = np.tensordot(WEIGHTS, np.stack([beside(k * h) for k in AROUND]), 1) / h
    slope = _told_by_f(f, root, z, slope, t, params, options)
    rate = float(np.dot(WEIGHTS, [g(root + k * h, z + k * h * slope) for k in AROUND])) / h
    doubt = allowed_change(g, root, z, options)
    # Differences of g are not finer than rounding.
    bend = abs(values[1] - 2 * g(root, z) + values[2]) - 16 * EPS / float(np.min(options.rtol)) * doubt
    if rate == 0 or doubt * max(bend, 0.0) >= (rate * h) ** 2:
        raise SolverError(
            f"event touches zero at t = {root:.6g} rather than crossing it: at the rate {rate:.3g} it passes so flatly "
            "that the tolerances do not tell whether it does, and its time has no derivative",
            "tighten rtol and atol if it does cross; else choose another event",
        )
    return Passage(root, rate, slope, step)


def allowed_change(g: Value, t: float, z: Array, options: SolveOptions) -> float:
    """How much g changes at most if z moves by what the tolerances allow, in any of several directions."""
    here = g(t, z)
    return max(abs(g(t, moved) - here) for moved in _within_tolerances(z, options))


def _within_tolerances(z, options):
    allowed = options.atol + options.rtol * np.abs(z)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (6, *z.shape))
    return [(z + sign * allowed).astype(z.dtype) for sign in signs]


def _told_by_f(f, root, z, slope, t, params, options):
    """dz/dt by f where f tells it, and the `slope` of the polynomial for the other components."""
    at = float(slope_times(np.array([t[0], root]), options.jumps)[1])
    # f may overwrite what it gets, and return the same array again.
    of_f = counted(lambda z: np.array(field(f, at, z.copy(), params)), "forward")
    try:
        with np.errstate(all="ignore"):
            by_f = of_f(z)
            moved = [np.abs(of_f(other) - by_f) for other in _within_tolerances(z, options)]
    except UNDEFINED:
        return slope
    told = np.max(moved, axis=0) <= TELLS * options.rtol * np.abs(by_f)
    # Where the two are far apart z is off by more than its tolerance.
    return np.where(told & (np.abs(by_f - slope) <= ALIKE * np.abs(slope)), by_f, slope)
