"""SciPy's solvers, and any other, behind one signature: a black box is a black box.

Nothing here knows of gradients. Each solver is a function ``solver(guard, y0, t, rtol, atol, max_steps)``
on a flat `y0`, returning all requested states or raising `SolverError`; `solve` is what the
rest of the package calls.
"""

import numpy as np
from scipy.integrate import DOP853, RK45, ode
from scipy.integrate import odeint as scipy_lsoda

from minode import checks, dormand_prince, fixed_step
from minode.guard import GuardedRHS, SolverError, compiled
from minode.signals import interrupts_deferred

# Beyond it LSODA's dense Jacobian, n evaluations and n x n numbers, costs too much and soon crashes.
DENSE_JACOBIAN_LIMIT = 500
# Adams' corrector may take three evaluations a step, a rejected step repeats them, and stiff LSODA adds Jacobians.
EVALUATIONS_PER_STEP = 100
NOT_FOR_STIFF = "raise max_steps, loosen rtol and atol or, if the problem is stiff, use method='lsoda'"


def lsoda(guard, y0, t, rtol, atol, max_steps):
    """LSODA (Petzold 1983): Adams while the problem is smooth, BDF once it turns stiff."""
    remedy, jacobian = "raise max_steps or loosen rtol and atol", {}
    if y0.size > DENSE_JACOBIAN_LIMIT:
        remedy += f"; beyond {DENSE_JACOBIAN_LIMIT} components LSODA copes with stiffness only where they are uncoupled"
        jacobian = {"ml": 0, "mu": 0}
    # `ode("lsoda")` and `solve_ivp` leak memory at each solve; `odeint` is the same solver without the leak.
    with compiled("lsoda", guard) as rhs:
        ys, info = scipy_lsoda(
            rhs, y0, t, rtol=rtol, atol=atol, mxstep=max_steps, tfirst=True, full_output=True, **jacobian
        )
    message, *_ = info["message"].partition(" (")
    if message != "Integration successful.":
        raise guard.stopped("lsoda", message, max_steps, remedy)
    # Where the first step underflows to zero, SciPy before 1.17 reports success and returns y0 at every t.
    if (np.abs(info["tcur"] - t[0]) < np.abs(t[1:] - t[0])).any():
        raise guard.stopped("lsoda", "Steps too short to move t.", max_steps, "rescale t or y")
    return ys


# VODE returns numbers for what LSODA says in these words.
VODE_FAILURES = {
    -1: "Excess work done on this call.",
    -2: "Excess accuracy requested.",
    -3: "Illegal input detected.",
    -4: "Repeated error test failures.",
    -5: "Repeated convergence failures.",
}


def vode(guard, y0, t, rtol, atol, max_steps):
    """VODE's Adams method with functional iteration (Brown et al. 1989), the paper's choice; not for stiff problems."""
    with compiled("vode", guard) as rhs:
        solver = ode(rhs).set_integrator("vode", method="adams", rtol=rtol, atol=atol, nsteps=max_steps)
        solver.set_initial_value(y0, t[0])
        ys = [y0]
        for t_i in t[1:]:
            ys.append(solver.integrate(t_i))
            if not solver.successful():
                raise guard.stopped("vode", VODE_FAILURES[solver.get_return_code()], max_steps, NOT_FOR_STIFF)
    return np.stack(ys)


def dopri5(guard, y0, t, rtol, atol, max_steps):
    """Runge-Kutta 5(4) of Dormand and Prince (1980); between steps its 4th-order interpolant."""
    return _runge_kutta("dopri5", RK45, guard, y0, t, rtol, atol, max_steps)


def dop853(guard, y0, t, rtol, atol, max_steps):
    """Runge-Kutta 8(5,3) of Dormand and Prince (Hairer et al. 1993); between steps its 7th-order interpolant."""
    return _runge_kutta("dop853", DOP853, guard, y0, t, rtol, atol, max_steps)


def dopri5_np(guard, y0, t, rtol, atol, max_steps):
    """Runge-Kutta 5(4) of Dormand and Prince (1980) in the dtype of `y0`; between steps its 4th-order interpolant."""
    try:
        return dormand_prince.integrate(guard, y0, t, rtol, atol, max_steps)
    except dormand_prince.Stopped as reason:
        raise guard.stopped("dopri5-np", str(reason), max_steps, NOT_FOR_STIFF) from None


def _runge_kutta(name, method, guard, y0, t, rtol, atol, max_steps):
    # SciPy's compiled `ode("dopri5")` leaks eight vectors a solve; the Python objects do not.
    solver = method(guard, t[0], y0, t[-1], rtol=rtol, atol=atol)
    ys, interpolant = [y0], None
    try:
        for t_i in t[1:]:
            steps = 0
            while solver.direction * (t_i - solver.t) > 0:
                reason = solver.step() if steps < max_steps else "Too many steps."
                if reason is not None:
                    raise guard.stopped(name, reason, max_steps, NOT_FOR_STIFF)
                interpolant = None
                steps += 1
            if solver.t == t_i:
                ys.append(solver.y)
            else:
                # Kept for all the times within one step: DOP853 evaluates three times for it.
                interpolant = interpolant or solver.dense_output()
                ys.append(interpolant(t_i))
    finally:
        # It refers to itself through its own functions: emptied, it is freed now, not at some garbage collection.
        vars(solver).clear()
    return np.stack(ys)


ADAPTIVE = {"lsoda": lsoda, "vode": vode, "dopri5": dopri5, "dop853": dop853, "dopri5-np": dopri5_np}
METHODS = (*ADAPTIVE, *fixed_step.STEPS)
# Written in NumPy: they keep the dtype of y0, and autograd can run through them.
NUMPY_METHODS = (*fixed_step.STEPS, "dopri5-np")


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
        "dopri5-np", a dopri5 that keeps the dtype of `y0`, for large float32 networks; "euler", "midpoint" or "rk4"
        with equal steps; or ``solver(rhs, y0, t, rtol, atol) -> array (k, n)`` on flat vectors. LSODA and VODE step
        past ``t[-1]`` and interpolate back: `rhs` is evaluated a little beyond.
    rtol, atol : float or array in the shape of y0
        Tolerances of an adaptive method for the error of one step. The global error is commonly 1 to 1000 times as
        large.
    max_steps : int
        Most steps of an adaptive method between two times.
    n_steps : int or sequence of int, shape (k - 1,), optional
        Steps of "euler", "midpoint" and "rk4" in each interval of `t`; default 1.

    Returns
    -------
    array, shape (k, *y0.shape)
        Float64 for SciPy's methods and black boxes; "dopri5-np" and those with equal steps keep the dtype of `y0`.

    Raises
    ------
    SolverError
        If the solver does not reach ``t[-1]``, a value is not finite, or a compiled solver (LSODA, VODE) is
        started inside another one. Whatever `rhs` raises comes out as it is.
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
        guard = GuardedRHS(rhs, y0, np.inf)
        return _all_finite(fixed_step.integrate(guard.evaluate, y0, t, method, n_steps), t)

    state = y0 if method in NUMPY_METHODS else y0.astype(np.float64)
    guard = GuardedRHS(rhs, state, EVALUATIONS_PER_STEP * max_steps * len(t), copies=method != "dopri5-np")
    rtol, atol = (np.ravel(tol) if np.ndim(tol) else tol for tol in (rtol, atol))
    arguments = state.ravel(), t.astype(np.float64), rtol, atol
    try:
        if callable(method):
            with interrupts_deferred(guard):
                ys = _black_box(method, guard, *arguments)
        else:
            ys = ADAPTIVE[method](guard, *arguments, max_steps)
    except Exception:
        # What the right-hand side raised explains whatever the solver then complained of.
        guard.reraise()
        raise
    guard.reraise()
    return _all_finite(ys.reshape(len(t), *y0.shape), t)


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


def _all_finite(ys, t):
    finite = np.isfinite(ys).reshape(len(t), -1).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        raise SolverError(f"the solution is {checks.first_nonfinite(ys[i])}, at t = {t[i]:.6g}")
    return ys
