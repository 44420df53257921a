"""The adaptive solvers, SciPy's and dopri5 in NumPy, behind one signature.

Each is a function ``solver(guard, y0, t, rtol, atol, max_steps)`` on a flat `y0`, returning all requested states or
raising `SolverError`.
"""

import numpy as np
from scipy.integrate import DOP853, RK45, ode
from scipy.integrate import odeint as scipy_lsoda

from minode.ode.solvers import dormand_prince
from minode.ode.solvers.compiled import shielded

# Beyond it LSODA's dense Jacobian, n evaluations and n x n numbers, costs too much and soon crashes.
DENSE_JACOBIAN_LIMIT = 500
TOO_MANY_STEPS = "Too many steps."
# In ranges: LSODA and VODE take for nothing what is some hundred roundings of t, here still 1e-12 of the range. Nearer
# to zero t stays as it is, since LSODA's first step depends on its size.
FAR = 100


def lsoda(guard, y0, t, rtol, atol, max_steps):
    """LSODA (Petzold 1983): Adams while the problem is smooth, BDF once it turns stiff."""
    jacobian = {"ml": 0, "mu": 0} if y0.size > DENSE_JACOBIAN_LIMIT else {}
    # Without a critical time it steps over the last time and interpolates back. SciPy takes one for passed as soon as a
    # requested time is larger, as each is in descending order: one for each of them is enough. LSODA itself takes it
    # for reached when it is a hundred roundings of t away.
    origin = _origin(t)
    t = t - origin
    critical = np.full(len(t), t[-1])
    options = dict(rtol=rtol, atol=atol, mxstep=max_steps, tcrit=critical, **jacobian)
    # `ode("lsoda")` and `solve_ivp` leak memory at each solve; `odeint` is the same solver without the leak.
    with shielded("lsoda", guard) as rhs:
        ys, info = scipy_lsoda(lambda s, y: rhs(origin + s, y), y0, t, tfirst=True, full_output=True, **options)
    message, *_ = info["message"].partition(" (")
    if message != "Integration successful.":
        raise stopped("lsoda", message, guard, max_steps)
    # Where the first step underflows to zero, SciPy before 1.17 reports success and returns y0 at every t.
    if (np.abs(info["tcur"] - t[0]) < (1 - 1e-10) * np.abs(t[1:] - t[0])).any():
        raise stopped("lsoda", "Steps too short to move t.", guard, max_steps)
    return ys


def _origin(t):
    """The time to count t from: zero, or its start if that is so far from zero that the rounding of t would count."""
    return float(t[0]) if abs(t[0]) > FAR * abs(t[-1] - t[0]) else 0.0


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
    origin = _origin(t)
    t = t - origin
    with shielded("vode", guard) as rhs:
        solver = ode(lambda s, y: rhs(origin + s, y))
        solver.set_integrator("vode", method="adams", rtol=rtol, atol=atol, nsteps=max_steps)
        solver.set_initial_value(y0, t[0])
        ys = [y0]
        for t_i in t[1:]:
            ys.append(solver.integrate(t_i))
            if not solver.successful():
                raise stopped("vode", VODE_FAILURES[solver.get_return_code()], guard, max_steps)
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
        raise stopped("dopri5-np", str(reason), guard, max_steps) from None


def _runge_kutta(name, method, guard, y0, t, rtol, atol, max_steps):
    low, high = min(t[0], t[-1]), max(t[0], t[-1])

    def inside(t, y):
        # SciPy before 1.12 tries out its first slope one trial step away, be the range that long or not.
        return guard(min(max(t, low), high), y)

    # SciPy's compiled `ode("dopri5")` leaks eight vectors a solve; the Python objects do not.
    solver = method(inside, t[0], y0, t[-1], rtol=rtol, atol=atol)
    ys, interpolant = [y0], None
    try:
        for t_i in t[1:]:
            steps = 0
            while solver.direction * (t_i - solver.t) > 0:
                reason = solver.step() if steps < max_steps else TOO_MANY_STEPS
                if reason is not None:
                    raise stopped(name, reason, guard, max_steps)
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


def stopped(method, reason, guard, max_steps):
    """Return the error of a solver that gave up for a reason in its own words, with what helps against that."""
    if reason.startswith(("Excess accuracy", "Illegal input")):
        return guard.stopped(
            method,
            reason,
            "loosen rtol and atol, which may ask for more digits than float64 has; if t or y are very small or large, "
            "rescale them",
        )
    if reason.startswith(("Excess work", TOO_MANY_STEPS)):
        reason, remedy = f"{reason.rstrip('.')} (max_steps={max_steps})", "raise max_steps or loosen rtol and atol"
    elif reason.startswith("Repeated"):
        remedy = "if f jumps there, solve up to it and on from it; if it is noisy, loosen rtol and atol"
    else:
        remedy = "if f jumps there, solve up to it and on from it; if t or y are very small or large, rescale them"
    if method != "lsoda":
        remedy += "; if the problem is stiff, use method='lsoda'"
    elif guard.y0.size > DENSE_JACOBIAN_LIMIT:
        remedy += f"; beyond {DENSE_JACOBIAN_LIMIT} components LSODA copes with stiffness only where they are uncoupled"
    return guard.stopped(method, reason, remedy)
