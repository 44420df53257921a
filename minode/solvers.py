"""SciPy's solvers, and any other, behind one signature: a black box is a black box.

Nothing here knows of gradients. Each solver is a function ``solver(rhs, y0, t, rtol, atol, max_steps)``
on a flat float64 `y0`, returning all requested states or raising `SolverError`; `solve` is what the
rest of the package calls.
"""

import threading
from contextlib import nullcontext

import numpy as np
import scipy
from scipy.integrate import DOP853, RK45, ode
from scipy.integrate import odeint as scipy_lsoda

from minode import checks, fixed_step
from minode.guard import GuardedRHS, SolverError, interrupts_deferred, not_reentrant

# Above this size LSODA's dense Jacobian (n x n) costs more than it gives, and larger still it crashes.
DENSE_JACOBIAN_LIMIT = 500
# Adams' corrector may take three evaluations a step, a rejected step repeats them, and stiff LSODA adds Jacobians.
EVALUATIONS_PER_STEP = 100

# Before 1.17 SciPy's Fortran keeps its state in common blocks that threads overwrite.
_OLD_SCIPY = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 17)
_one_at_a_time = threading.Lock() if _OLD_SCIPY else nullcontext()


def lsoda(rhs, y0, t, rtol, atol, max_steps):
    """LSODA (Petzold 1983): Adams while the problem is smooth, BDF once it turns stiff."""
    # `ode("lsoda")` and `solve_ivp` leak memory at each solve; `odeint` is the same solver without the leak.
    diagonal = {"ml": 0, "mu": 0} if y0.size > DENSE_JACOBIAN_LIMIT else {}
    with not_reentrant("lsoda"), _one_at_a_time:
        ys, info = scipy_lsoda(
            rhs, y0, t, rtol=rtol, atol=atol, mxstep=max_steps, tfirst=True, full_output=True, **diagonal
        )
    if info["message"] != "Integration successful.":
        raise SolverError(_advice(info["message"], max_steps, "loosen rtol and atol, or raise max_steps"))
    return ys


def vode(rhs, y0, t, rtol, atol, max_steps):
    """VODE's Adams method with functional iteration (Brown et al. 1989), the paper's choice; not for stiff problems."""
    with not_reentrant("vode"), _one_at_a_time:
        solver = ode(rhs).set_integrator("vode", method="adams", rtol=rtol, atol=atol, nsteps=max_steps)
        solver.set_initial_value(y0.copy(), t[0])
        ys = [y0]
        for t_i in t[1:]:
            ys.append(solver.integrate(t_i).copy())
            if not solver.successful():
                message = f"VODE stopped before t = {t_i:.6g} with code {solver.get_return_code()}"
                raise SolverError(_advice(message, max_steps, "if the problem is stiff use method='lsoda'"))
    return np.stack(ys)


def dopri5(rhs, y0, t, rtol, atol, max_steps):
    """Runge-Kutta 5(4) of Dormand and Prince (1980); between steps its 4th-order interpolant."""
    return _runge_kutta(RK45, rhs, y0, t, rtol, atol, max_steps)


def dop853(rhs, y0, t, rtol, atol, max_steps):
    """Runge-Kutta 8(5,3) of Dormand and Prince (Hairer et al. 1993); between steps its 7th-order interpolant."""
    return _runge_kutta(DOP853, rhs, y0, t, rtol, atol, max_steps)


def _runge_kutta(method, rhs, y0, t, rtol, atol, max_steps):
    # SciPy's compiled `ode("dopri5")` leaks eight vectors a solve; the Python objects do not.
    solver = method(rhs, t[0], y0, t[-1], rtol=rtol, atol=atol)
    ys = [y0]
    for t_i in t[1:]:
        steps = 0
        while solver.direction * (t_i - solver.t) > 0:
            message = solver.step() if steps < max_steps else "too many steps"
            if message is not None:
                where = f"{message} at t = {solver.t:.6g}, before t = {t_i:.6g}"
                raise SolverError(_advice(where, max_steps, "if the problem is stiff use method='lsoda'"))
            steps += 1
        ys.append(solver.y if solver.t == t_i else solver.dense_output()(t_i))
    return np.stack(ys)


ADAPTIVE = {"lsoda": lsoda, "vode": vode, "dopri5": dopri5, "dop853": dop853}
METHODS = (*ADAPTIVE, *fixed_step.STEPS)


def solve(rhs, y0, t, *, method="lsoda", rtol=1e-6, atol=1e-8, max_steps=10_000, n_steps=None):
    """Solve the initial value problem dy/dt = rhs(t, y), y(t[0]) = y0.

    Parameters
    ----------
    rhs : callable
        ``rhs(t, y) -> dy/dt``, both in the shape of `y0`. It may keep, change or return the y it gets.
    y0 : array
        Initial state, of any shape. Integers are converted to float64.
    t : array, shape (k,)
        Times of the wanted states, strictly increasing or decreasing, at least two; `y0` holds at ``t[0]``.
    method : str or callable
        "lsoda" (stiff and smooth problems), "vode" (Adams), "dopri5" or "dop853" (Runge-Kutta), all adaptive;
        "euler", "midpoint" or "rk4" with equal steps; or ``solver(rhs, y0, t, rtol, atol) -> array (k, n)``
        on flat vectors.
    rtol, atol : float or array in the shape of y0
        Tolerances of an adaptive method for the error of one step. The global error is commonly 1 to 1000 times as large.
    max_steps : int
        Most steps of an adaptive method between two times.
    n_steps : int or sequence of int, shape (k - 1,), optional
        Steps of "euler", "midpoint" and "rk4" in each interval of `t`; default 1.

    Returns
    -------
    array, shape (k, *y0.shape)
        Float64 for the adaptive methods; "euler", "midpoint" and "rk4" keep the dtype of `y0`.

    Raises
    ------
    SolverError
        If the solver does not reach ``t[-1]``, a value is not finite, or a compiled solver (LSODA, VODE) is
        started inside another one. Whatever `rhs` raises comes out as it is.
    TypeError, ValueError
        For bad arguments, named in the message.
    """
    y0 = checks.finite_array(y0, "y0")
    t = checks.times(t)
    n_steps = interval_steps(n_steps, method, t)
    max_steps = checks.positive_int(max_steps, "max_steps")
    rtol, atol = (checks.tolerance(tol, name, y0.shape) for tol, name in [(rtol, "rtol"), (atol, "atol")])
    if n_steps is not None:
        guard = GuardedRHS(rhs, y0, np.inf)
        return _all_finite(fixed_step.integrate(guard.evaluate, y0, t, method, n_steps), t)

    state = y0.astype(np.float64)
    guard = GuardedRHS(rhs, state, EVALUATIONS_PER_STEP * max_steps * len(t))
    arguments = state.ravel(), t.astype(np.float64), _flat(rtol), _flat(atol)
    try:
        with interrupts_deferred(guard):
            if callable(method):
                ys = _black_box(method, guard, *arguments)
            else:
                ys = ADAPTIVE[method](guard, *arguments, max_steps)
    except Exception as error:
        # What the right-hand side raised explains whatever the solver then complained of.
        guard.reraise()
        if isinstance(error, SolverError):
            raise SolverError(f"{error}{guard.growth()}") from None
        raise
    guard.reraise()
    return _all_finite(ys.reshape(len(t), *y0.shape), t)


def interval_steps(n_steps, method, t):
    """Steps in each interval of `t` for a fixed-step method, None for an adaptive one.

    Raises
    ------
    TypeError, ValueError
        For an unknown method, `n_steps` below one, one of another length than the intervals, or given to an adaptive method.
    """
    if not callable(method):
        checks.one_of(method, "method", METHODS)
    if method not in fixed_step.STEPS:
        if n_steps is not None:
            raise ValueError(f"n_steps is {n_steps} with method={method!r}, which chooses its own steps; expected None")
        return None
    if n_steps is None or np.ndim(n_steps) == 0:
        n_steps = [1 if n_steps is None else n_steps] * (len(t) - 1)
    if len(n_steps) != len(t) - 1:
        raise ValueError(f"n_steps has {len(n_steps)} entries; expected one for each of the {len(t) - 1} intervals of t")
    return [checks.positive_int(n, "n_steps") for n in n_steps]


def _black_box(solver, rhs, y0, t, rtol, atol):
    ys = np.asarray(solver(rhs, y0.copy(), t, rtol, atol), dtype=np.float64)
    if ys.shape != (len(t), y0.size):
        raise ValueError(f"the solver given as method returned shape {ys.shape}; expected {(len(t), y0.size)}, (len(t), n)")
    return ys


def _all_finite(ys, t):
    if not np.isfinite(ys).all():
        index = checks.first_nonfinite(ys)
        raise SolverError(f"the solution is {ys[index]} at t = {t[index[0]]:.6g}, first at index {list(index[1:])}")
    return ys


def _flat(tolerance):
    return tolerance if np.ndim(tolerance) == 0 else np.ravel(tolerance)


def _advice(message, max_steps, remedy):
    return f"{message.rstrip('.')} (max_steps={max_steps}); {remedy}"
