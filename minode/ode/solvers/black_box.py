"""Initial value problems, by SciPy's solvers or any other, behind one function: a black box is a black box.

Nothing here knows of gradients.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from minode.base import checks
from minode.base.signals import interrupts_deferred
from minode.base.types import Array
from minode.ode.field.jumps import one_sided, stretches
from minode.ode.field.statistics import in_all
from minode.ode.solvers import fixed_step
from minode.ode.solvers.guard import GuardedRHS, all_finite
from minode.ode.solvers.implicit import IMPLICIT, check_size
from minode.ode.solvers.interpolant import Solution
from minode.ode.solvers.methods import ADAPTIVE, NUMPY_METHODS, checked_options
from minode.ode.solvers.options import Method, SolveOptions, Tolerance

# Adams' corrector may take three evaluations a step, a rejected step repeats them, and stiff LSODA adds Jacobians.
EVALUATIONS_PER_STEP = 100
# LSODA and VODE refuse to start towards a time one or two units in the last place (ulp) away, and LSODA's squares of
# steps below 1e-150 are zero.
SHORT, TINY = 8, 1e-150


def solve(
    rhs: Callable[[float, Array], Any],
    y0: Array,
    t: Array | Sequence[float],
    *,
    method: Method = "lsoda",
    rtol: Tolerance = 1e-6,
    atol: Tolerance = 1e-8,
    max_steps: int = 10_000,
    n_steps: int | Sequence[int] | None = None,
    jacobian: Callable[[float, Array], Any] | None = None,
    max_step: float | None = None,
    jumps: Array | Sequence[float] = (),
) -> Array:
    """Solve the initial value problem dy/dt = rhs(t, y), y(t[0]) = y0.

    Parameters
    ----------
    rhs : callable
        ``rhs(t, y) -> dy/dt``, both in the shape of `y0`. It may keep, change or return the y it gets.
    y0 : array
        Initial state, of any shape. Integers are converted to float64.
    t : array, shape (k,)
        Times of the wanted states, strictly increasing or decreasing; `y0` holds at ``t[0]``.
    method : str or callable
        Adaptive: "lsoda" (stiff and smooth problems), "vode" (Adams), "dopri5" or "dop853" (Runge-Kutta), "radau" or
        "bdf" (implicit, for stiff problems), "dopri5-np" (dopri5 in the dtype of `y0`, for large float32 networks).
        With equal steps: "euler", "midpoint" or "rk4". Or ``solver(rhs, y0, t, rtol, atol) -> array (k, n)`` on flat
        vectors. VODE steps past ``t[-1]`` and interpolates back, so that it evaluates `rhs` a little beyond. The other
        methods stay inside.
    rtol, atol : float or array in the shape of y0
        Tolerances of an adaptive method for the error of one step. The global error is commonly 1 to 1000 times as
        large.
    max_steps : int
        Most steps of an adaptive method between two times.
    n_steps : int or sequence of int, shape (k - 1,), optional
        Steps of "euler", "midpoint" and "rk4" in each interval of `t`; default 1.
    jacobian : callable, optional
        ``jacobian(t, y) -> array (n, n)``, or a sparse one, of `rhs` on flat states, for "radau" and "bdf"; by
        default they take differences.
    max_step : float, optional
        Largest step of an adaptive method, so that it does not step over a short pulse of `rhs`.
    jumps : sequence of float
        Times within `t`, in its direction, at which `rhs` jumps: each method steps to them exactly and starts again,
        and sees `rhs` one rounding beside them. With equal steps they must be among `t`.

    Returns
    -------
    array, shape (k, *y0.shape)
        Float64 for SciPy's methods and black boxes; "dopri5-np" and those with equal steps keep the dtype of `y0`.

    Raises
    ------
    SolverError
        If the solver does not reach ``t[-1]``, a value is not finite, or a compiled solver (LSODA, VODE) is
        started inside another one. Whatever `rhs` raises comes out as it is, or as the cause of a SolverError where the
        solver called it outside the range of `t`.
    TypeError, ValueError
        For bad arguments, named in the message.
    """
    t = checks.times(t)
    options = SolveOptions(method, rtol, atol, max_steps, n_steps, jacobian, max_step, jumps)
    y0 = checks.finite_array(y0, "y0")
    return solve_with(rhs, y0, t, checked_options(options, y0.shape, t)).states


def solve_with(
    rhs: Callable[[float, Array], Any], y0: Array, t: Array | Sequence[float], options: SolveOptions
) -> Solution:
    """Do what `solve` does, with checked options in one object, and return the steps too if they ask for them."""
    checks.function(rhs, "rhs(t, y)")
    y0 = checks.finite_array(y0, "y0")
    t = checks.times(t)
    if len(options.jumps):
        return _in_stretches(rhs, y0, t, options)
    method = options.method
    if options.n_steps is not None:
        guard = GuardedRHS(rhs, y0, np.inf, t=t)
        return Solution(all_finite(fixed_step.integrate(guard.evaluate, y0, t, method, options.n_steps), t))

    if method in IMPLICIT and options.jacobian is None:
        check_size(y0.size, method)
    t, state = t.astype(np.float64), y0 if method in NUMPY_METHODS else y0.astype(np.float64)
    limit = EVALUATIONS_PER_STEP * options.max_steps * len(t)
    name = "the solver given as method" if callable(method) else method
    guard = GuardedRHS(rhs, state, limit, copies=method != "dopri5-np", t=t, solver=name)
    try:
        solution = _solved(guard, state.ravel(), t, _on_flat_states(options))
    except Exception:
        # What the right-hand side raised explains whatever the solver then complained of.
        guard.reraise()
        raise
    guard.reraise()
    told = solution.told._replace(evaluations=guard.evaluations)
    return Solution(all_finite(solution.states.reshape(len(t), *y0.shape), t), solution.pieces, told)


def _in_stretches(rhs, y0, t, options):
    """Solve from jump to jump, and on from the state found there."""
    states, pieces, told, y = [], [], [], y0
    for times, seen, n_steps in stretches(t, options.jumps, options.n_steps):
        here = replace(options, jumps=options.jumps[:0], n_steps=n_steps, in_parts=None)
        if options.jacobian is not None:
            here = replace(here, jacobian=one_sided(options.jacobian, times, options.jumps))
        solution = solve_with(one_sided(rhs, times, options.jumps), y, times, here)
        states.append(solution.states[seen])
        pieces += solution.pieces
        told.append(solution.told)
        y = solution.states[-1]
    return Solution(np.concatenate(states), pieces, in_all(told))


def _on_flat_states(options):
    rtol, atol = (np.ravel(tol) if np.ndim(tol) else tol for tol in (options.rtol, options.atol))
    return options if rtol is options.rtol and atol is options.atol else replace(options, rtol=rtol, atol=atol)


def _solved(guard, y0, t, options):
    """Solve over times that the solver can tell apart, and take a short step to each of the others."""
    reached = _reached(t.tolist())
    apart = np.unique(reached)
    if len(apart) == 1:
        solution = Solution(y0[None])
    elif callable(options.method):
        with interrupts_deferred(guard):
            solution = Solution(_black_box(guard, y0, t[apart], options))
    else:
        solution = ADAPTIVE[options.method](guard, y0, t[apart], options)
    if len(apart) == len(t):
        return solution
    ys = solution.states[np.searchsorted(apart, reached)]
    for i, j in enumerate(reached):
        if i != j:
            tolerated = options.atol + options.rtol * np.abs(ys[j])
            ys[i] = ys[j] + _short_step(guard, t[j], t[i], ys[j], tolerated)
    return solution._replace(states=ys)


def _short_step(guard, start, end, y, tolerated):
    """The change of y over a few ulp by the trapezoidal rule; refused if it matters, as it may at a huge t."""
    h = end - start
    first = h * guard(start, y)
    last = h * guard(end, y + first)
    if (np.abs(last - first) > 2 * tolerated).any():
        raise guard.error(
            f"there are no steps between t = {float(start)!r} and {float(end)!r}, which are neighbours in float64",
            "count t from another origin, so that its numbers are smaller",
        )
    return (first + last) / 2


def _reached(t):
    """For each time the index of the last one up to it that a solver has to reach: most often its own."""
    reached = [0]
    for i in range(1, len(t)):
        last = t[reached[-1]]
        short = abs(t[i] - last) <= max(SHORT * math.ulp(max(abs(t[i]), abs(last), abs(t[i] - t[0]))), TINY)
        reached.append(reached[-1] if short else i)
    return reached


def _black_box(rhs, y0, t, options):
    given = "what the solver given as method returned"
    returned = options.method(rhs, y0, t, options.rtol, options.atol)
    ys = np.asarray(checks.float_array(returned, given), dtype=np.float64)
    if ys.shape != (len(t), y0.size):
        raise ValueError(f"{given} has shape {ys.shape}; expected {(len(t), y0.size)}, (len(t), n)")
    return ys
