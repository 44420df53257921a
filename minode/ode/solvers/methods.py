"""The adaptive solvers, SciPy's and dopri5 in NumPy, behind one signature.

Each is a function ``solver(guard, y0, t, rtol, atol, max_steps)`` on a flat `y0`, returning all requested states or
raising `SolverError`. Those of `STEPPED` append the interpolant of each step to a list `pieces`, if they are given one,
as ``(start, end, function of t)``.
"""

import numpy as np
from scipy.integrate import DOP853, RK45, ode
from scipy.integrate import odeint as scipy_lsoda

from minode.ode.solvers import dormand_prince
from minode.ode.solvers.compiled import shielded
from minode.ode.solvers.implicit import IMPLICIT
from minode.ode.solvers.stepping import DENSE_JACOBIAN_LIMIT, stepped, stopped

SQRT_EPS = np.finfo(float).eps ** 0.5
# In ranges: LSODA and VODE take for nothing what is some hundred roundings of t, here still 1e-12 of the range. Nearer
# to zero t stays as it is, since LSODA's first step depends on its size.
FAR = 100


def lsoda(guard, y0, t, rtol, atol, max_steps, repeated=None):
    """LSODA (Petzold 1983): Adams while the problem is smooth, BDF once it turns stiff.

    `repeated` is the number of components after which the Jacobian repeats itself, see `repeated_jacobian`.
    """
    # Without a critical time it steps over the last time and interpolates back. SciPy takes one for passed as soon as a
    # requested time is larger, as each is in descending order: one for each of them is enough. LSODA itself takes it
    # for reached when it is a hundred roundings of t away.
    origin = _origin(t)
    t = t - origin
    critical = np.full(len(t), t[-1])
    options = dict(rtol=rtol, atol=atol, mxstep=max_steps, tcrit=critical)
    # `ode("lsoda")` and `solve_ivp` leak memory at each solve; `odeint` is the same solver without the leak.
    with shielded("lsoda", guard) as rhs:
        if y0.size > DENSE_JACOBIAN_LIMIT:
            options.update(ml=0, mu=0)
        elif repeated is not None:
            increments = SQRT_EPS * atol / rtol
            options["Dfun"] = lambda s, y: repeated_jacobian(rhs, origin + s, y, repeated, increments)
        ys, info = scipy_lsoda(lambda s, y: rhs(origin + s, y), y0, t, tfirst=True, full_output=True, **options)
    message, *_ = info["message"].partition(" (")
    if message != "Integration successful.":
        raise stopped("lsoda", message, guard, max_steps)
    # Where the first step underflows to zero, SciPy before 1.17 reports success and returns y0 at every t.
    if (np.abs(info["tcur"] - t[0]) < (1 - 1e-10) * np.abs(t[1:] - t[0])).any():
        raise stopped("lsoda", "Steps too short to move t.", guard, max_steps)
    return ys


def repeated_jacobian(rhs, t, y, n, least):
    """The Jacobian at y = [z, s_1, ..., s_m] of a right-hand side that is linear in tangents s_j of n components each.

    All of them have the Jacobian of z on the diagonal, and take second derivatives from z: n differences are enough.
    """
    increments = np.maximum(SQRT_EPS * np.abs(y[:n]), np.broadcast_to(least, y.shape)[:n])
    dy = rhs(t, y)
    of_z = np.stack([rhs(t, y + h * e) - dy for h, e in zip(increments, np.eye(n, y.size))], axis=1) / increments
    jacobian = np.kron(np.eye(y.size // n), of_z[:n])
    jacobian[:, :n] = of_z
    return jacobian


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


def dopri5(guard, y0, t, rtol, atol, max_steps, pieces=None):
    """Runge-Kutta 5(4) of Dormand and Prince (1980); between steps its 4th-order interpolant."""
    return stepped("dopri5", RK45, guard, y0, t, rtol, atol, max_steps, pieces)


def dop853(guard, y0, t, rtol, atol, max_steps, pieces=None):
    """Runge-Kutta 8(5,3) of Dormand and Prince (Hairer et al. 1993); between steps its 7th-order interpolant."""
    return stepped("dop853", DOP853, guard, y0, t, rtol, atol, max_steps, pieces)


def dopri5_np(guard, y0, t, rtol, atol, max_steps, pieces=None):
    """Runge-Kutta 5(4) of Dormand and Prince (1980) in the dtype of `y0`; between steps its 4th-order interpolant."""
    try:
        return dormand_prince.integrate(guard, y0, t, rtol, atol, max_steps, pieces)
    except dormand_prince.Stopped as reason:
        raise stopped("dopri5-np", str(reason), guard, max_steps) from None


STEPPED = {"dopri5": dopri5, "dop853": dop853, "dopri5-np": dopri5_np, **IMPLICIT}
ADAPTIVE = {"lsoda": lsoda, "vode": vode, **STEPPED}
