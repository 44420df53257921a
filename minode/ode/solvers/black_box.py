"""Initial value problems, by SciPy's solvers or any other, behind one function: a black box is a black box.

Nothing here knows of gradients. `solve` is what the rest of the package calls.
"""

import math

import numpy as np

from minode.base import checks
from minode.base.signals import interrupts_deferred
from minode.ode.solvers import fixed_step
from minode.ode.solvers.guard import GuardedRHS, SolverError
from minode.ode.solvers.implicit import IMPLICIT, check_size
from minode.ode.solvers.methods import ADAPTIVE, STEPPED

# Adams' corrector may take three evaluations a step, a rejected step repeats them, and stiff LSODA adds Jacobians.
EVALUATIONS_PER_STEP = 100
# LSODA and VODE refuse to start towards a time one or two units in the last place (ulp) away, and LSODA's squares of
# steps below 1e-150 are zero.
SHORT, TINY = 8, 1e-150
METHODS = (*ADAPTIVE, *fixed_step.STEPS)
# Written in NumPy: they keep the dtype of y0, and autograd can run through them.
NUMPY_METHODS = (*fixed_step.STEPS, "dopri5-np")


def solve(
    rhs, y0, t, *, method="lsoda", rtol=1e-6, atol=1e-8, max_steps=10_000, n_steps=None, jacobian=None, pieces=None
):
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
        "lsoda" (stiff and smooth problems), "vode" (Adams), "dopri5" or "dop853" (Runge-Kutta), "radau" or "bdf"
        (implicit, for stiff problems), all adaptive;
        "dopri5-np", a dopri5 that keeps the dtype of `y0`, for large float32 networks; "euler", "midpoint" or "rk4"
        with equal steps; or ``solver(rhs, y0, t, rtol, atol) -> array (k, n)`` on flat vectors. VODE steps past
        ``t[-1]`` and interpolates back: `rhs` is evaluated a little beyond. The other methods stay inside.
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
    pieces : list, optional
        Receives, from "dopri5", "dop853", "dopri5-np", "radau" and "bdf", the interpolant of each of their steps as
        ``(start, end, function of t)`` on flat states.

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
    checks.function(rhs, "rhs(t, y)")
    y0 = checks.finite_array(y0, "y0")
    t = checks.times(t)
    n_steps = interval_steps(n_steps, method, t)
    max_steps = checks.positive_int(max_steps, "max_steps")
    rtol, atol = (checks.tolerance(tol, name, y0.shape) for tol, name in [(rtol, "rtol"), (atol, "atol")])
    if n_steps is not None:
        guard = GuardedRHS(rhs, y0, np.inf, t=t)
        return all_finite(fixed_step.integrate(guard.evaluate, y0, t, method, n_steps), t)

    told = {"pieces": pieces} if method in STEPPED else {}
    if method in IMPLICIT:
        if jacobian is None:
            check_size(y0.size, method)
        told["jacobian"] = jacobian
    t, state = t.astype(np.float64), y0 if method in NUMPY_METHODS else y0.astype(np.float64)
    limit = EVALUATIONS_PER_STEP * max_steps * len(t)
    name = "the solver given as method" if callable(method) else method
    guard = GuardedRHS(rhs, state, limit, copies=method != "dopri5-np", t=t, solver=name)
    rtol, atol = (np.ravel(tol) if np.ndim(tol) else tol for tol in (rtol, atol))
    try:
        ys = _states(method, guard, state.ravel(), t, rtol, atol, max_steps, **told)
    except Exception:
        # What the right-hand side raised explains whatever the solver then complained of.
        guard.reraise()
        raise
    guard.reraise()
    return all_finite(ys.reshape(len(t), *y0.shape), t)


def _states(method, guard, y0, t, rtol, atol, max_steps, **told):
    reached = _reached(t.tolist())
    apart = np.unique(reached)
    if len(apart) == 1:
        ys = y0[None]
    elif callable(method):
        with interrupts_deferred(guard):
            ys = _black_box(method, guard, y0, t[apart], rtol, atol)
    else:
        ys = ADAPTIVE[method](guard, y0, t[apart], rtol, atol, max_steps, **told)
    if len(apart) == len(t):
        return ys
    ys = ys[np.searchsorted(apart, reached)]
    for i, j in enumerate(reached):
        if i != j:
            ys[i] = ys[j] + _short_step(guard, t[j], t[i], ys[j], atol + rtol * np.abs(ys[j]))
    return ys


def _short_step(guard, start, end, y, tolerated):
    """The change of y over a few ulp, by the trapezoidal rule; at a huge t that is far, and refused if it matters."""
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


def interval_steps(n_steps, method, t):
    """Steps in each interval of `t` for a fixed-step method, None for an adaptive one.

    Raises
    ------
    TypeError, ValueError
        For an unknown method; for `n_steps` below one, not one an interval, or given to an adaptive method.
    """
    if callable(method) or checks.one_of(method, "method", METHODS) in ADAPTIVE:
        if n_steps is not None:
            raise ValueError(f"n_steps is {n_steps} with method={method!r}, which chooses its own steps; expected None")
        return None
    if n_steps is None or np.ndim(n_steps) == 0:
        n_steps = [1 if n_steps is None else n_steps] * (len(t) - 1)
    if len(n_steps) != len(t) - 1:
        raise ValueError(f"n_steps has {len(n_steps)} entries; expected {len(t) - 1}, one an interval of t")
    return [checks.positive_int(n, "n_steps") for n in n_steps]


def _black_box(solver, rhs, y0, t, rtol, atol):
    given = "what the solver given as method returned"
    ys = np.asarray(checks.float_array(solver(rhs, y0, t, rtol, atol), given), dtype=np.float64)
    if ys.shape != (len(t), y0.size):
        raise ValueError(f"{given} has shape {ys.shape}; expected {(len(t), y0.size)}, (len(t), n)")
    return ys


def all_finite(ys, t):
    """Return the states `ys` at `t` if they are finite.

    Raises
    ------
    SolverError
        If they are not; the message tells where.
    """
    finite = np.isfinite(ys).reshape(len(t), -1).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        raise SolverError(f"the solution is {checks.first_nonfinite(ys[i])}, at t = {t[i]:.6g}")
    return ys
