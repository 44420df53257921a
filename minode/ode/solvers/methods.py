"""The adaptive solvers, SciPy's and dopri5 in NumPy, behind one signature, and the names of all methods.

Each solver is a function ``solver(guard, y0, t, options) -> Solution`` on a flat `y0`. It raises `SolverError` where it
does not reach the last time.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.integrate import DOP853, RK45, ode
from scipy.integrate import odeint as scipy_lsoda

from minode.base import checks
from minode.base.types import Array, Shape
from minode.ode.field.jumps import checked_jumps
from minode.ode.solvers import dormand_prince, fixed_step
from minode.ode.solvers.compiled import shielded, told_by_lsoda, told_by_vode
from minode.ode.solvers.guard import GuardedRHS
from minode.ode.solvers.implicit import IMPLICIT
from minode.ode.solvers.interpolant import Solution
from minode.ode.solvers.options import SolveOptions
from minode.ode.solvers.stepping import DENSE_JACOBIAN_LIMIT, stepped, stopped

SQRT_EPS = np.finfo(float).eps ** 0.5
# LSODA and VODE take times for equal that are some hundred roundings of t apart. Where t is so many ranges away from
# zero it is counted from its start. Nearer to zero those roundings are still 1e-12 of the range, and t stays as it is,
# since LSODA's first step depends on its size.
FAR = 100


def lsoda(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """LSODA (Petzold 1983): Adams while the problem is smooth, BDF once it turns stiff."""
    # Without a critical time LSODA steps over the last time and interpolates back. SciPy takes a critical time for
    # passed as soon as a requested time is larger, which in descending order each of them is. So there is one for each
    # requested time. LSODA itself takes it for reached when it is a hundred roundings of t away.
    origin = _origin(t)
    t = t - origin
    critical = np.full(len(t), t[-1])
    own: dict[str, Any] = {}
    # `ode("lsoda")` and `solve_ivp` leak memory at each solve; `odeint` is the same solver without the leak.
    with shielded("lsoda", guard) as rhs:
        if y0.size > DENSE_JACOBIAN_LIMIT:
            own.update(ml=0, mu=0)
        elif options.repeated is not None:
            n, increments = options.repeated, SQRT_EPS * options.atol / options.rtol
            own["Dfun"] = lambda s, y: repeated_jacobian(rhs, origin + s, y, n, increments)
        states, info = scipy_lsoda(
            _counted_from(origin, rhs),
            y0,
            t,
            tfirst=True,
            full_output=True,
            tcrit=critical,
            rtol=options.rtol,
            atol=options.atol,
            mxstep=options.max_steps,
            hmax=options.max_step or 0.0,  # Zero is SciPy's word for none, here and for VODE.
            **own,
        )
    message, *_ = info["message"].partition(" (")
    if message != "Integration successful.":
        raise stopped(message, guard, options)
    # Where the first step underflows to zero, SciPy before 1.17 reports success and returns y0 at every t.
    if (np.abs(info["tcur"] - t[0]) < (1 - 1e-10) * np.abs(t[1:] - t[0])).any():
        raise stopped("Steps too short to move t.", guard, options)
    return Solution(states, told=told_by_lsoda(info, t[0], origin))


def repeated_jacobian(rhs: Callable[[float, Array], Array], t: float, y: Array, n: int, least: float | Array) -> Array:
    """The Jacobian at y = [z, s_1, ..., s_m] of a right-hand side that is linear in tangents s_j of n components each.

    All tangents have the Jacobian of z on the diagonal, and z gives them second derivatives. So n differences are
    enough, whose increments are at `least` those given.
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


def _counted_from(origin, rhs):
    """The right-hand side as a function of the time since `origin`."""
    return (lambda s, y: rhs(origin + s, y)) if origin else rhs


# VODE returns numbers for what LSODA says in these words.
VODE_FAILURES = {
    -1: "Excess work done on this call.",
    -2: "Excess accuracy requested.",
    -3: "Illegal input detected.",
    -4: "Repeated error test failures.",
    -5: "Repeated convergence failures.",
}
ILLEGAL = -3


def vode(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """VODE's Adams method with functional iteration (Brown et al. 1989), the paper's choice; not for stiff problems."""
    code, solution = _vode(guard, y0, t, options, _origin(t))
    if code == ILLEGAL:
        # It takes a time for illegal that it has stepped to exactly, unless t counts away from zero.
        code, solution = _vode(guard, y0, t, options, float(t[0]))
    if solution is None:
        raise stopped(VODE_FAILURES[code], guard, options)
    return solution


def _vode(guard, y0, t, options, origin):
    """VODE's return code, and the solution if it is a good one, for times counted from `origin`."""
    t = t - origin
    with shielded("vode", guard) as rhs:
        solver = ode(_counted_from(origin, rhs))
        own = dict(rtol=options.rtol, atol=options.atol, nsteps=options.max_steps, max_step=options.max_step or 0.0)
        solver.set_integrator("vode", method="adams", **own)
        solver.set_initial_value(y0, t[0])
        states = [y0]
        for t_i in t[1:]:
            states.append(solver.integrate(t_i))
            if not solver.successful():
                return solver.get_return_code(), None
        return solver.get_return_code(), Solution(np.stack(states), told=told_by_vode(solver, guard))


def dopri5(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Runge-Kutta 5(4) of Dormand and Prince (1980); between steps its 4th-order interpolant."""
    return stepped(RK45, guard, y0, t, options)


def dop853(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Runge-Kutta 8(5,3) of Dormand and Prince (Hairer et al. 1993); between steps its 7th-order interpolant."""
    return stepped(DOP853, guard, y0, t, options)


def dopri5_np(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Runge-Kutta 5(4) of Dormand and Prince (1980) in the dtype of `y0`; between steps its 4th-order interpolant."""
    try:
        return dormand_prince.integrate(guard, y0, t, options)
    except dormand_prince.Stopped as reason:
        raise stopped(str(reason), guard, options) from None


ADAPTIVE = {"lsoda": lsoda, "vode": vode, "dopri5": dopri5, "dop853": dop853, "dopri5-np": dopri5_np, **IMPLICIT}
METHODS = (*ADAPTIVE, *fixed_step.STEPS)
# These keep the dtype of y0, and autograd can run through them.
NUMPY_METHODS = (*fixed_step.STEPS, "dopri5-np")


def checked_options(options: SolveOptions, shape: Shape, t: Array, prefix: str = "") -> SolveOptions:
    """Check options for a state of this shape at the times t; `n_steps` becomes one number for each interval.

    A TypeError or a ValueError names the bad option, a tolerance with the `prefix`.
    """
    n_steps = _interval_steps(options.n_steps, options.method, t)
    max_steps = checks.positive_int(options.max_steps, "max_steps")
    max_step = _largest_step(options.max_step, options.method)
    checks.true_or_false(options.check, "check")
    jumps = checked_jumps(options.jumps, t, equal_steps=n_steps is not None)
    rtol = checks.tolerance(options.rtol, f"{prefix}rtol", shape)
    atol = checks.tolerance(options.atol, f"{prefix}atol", shape)
    return replace(options, n_steps=n_steps, max_steps=max_steps, max_step=max_step, jumps=jumps, rtol=rtol, atol=atol)


def _largest_step(max_step, method):
    if max_step is None:
        return None
    if callable(method):
        raise ValueError(
            f"max_step is {max_step!r} with a solver of your own; expected None: bound its steps in that solver"
        )
    if method not in ADAPTIVE:
        raise ValueError(f"max_step is {max_step!r} with method={method!r}, whose steps n_steps sets; expected None")
    return checks.positive_float(max_step, "max_step", "a largest step, or None")


def _interval_steps(n_steps, method, t):
    """Steps in each interval of `t` for a fixed-step method, None for an adaptive one."""
    if callable(method) or checks.one_of(method, "method", METHODS) in ADAPTIVE:
        if n_steps is not None:
            raise ValueError(f"n_steps is {n_steps} with method={method!r}, which chooses its own steps; expected None")
        return None
    if n_steps is None or np.ndim(n_steps) == 0:
        n_steps = [1 if n_steps is None else n_steps] * (len(t) - 1)
    if len(n_steps) != len(t) - 1:
        raise ValueError(f"n_steps has {len(n_steps)} entries; expected {len(t) - 1}, one an interval of t")
    return [checks.positive_int(n, "n_steps") for n in n_steps]
