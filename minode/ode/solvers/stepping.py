"""SciPy's solvers that are stepped from outside: Runge-Kutta, explicit and implicit, and BDF."""

from typing import Any

import numpy as np

from minode.base.types import Array
from minode.ode.field.statistics import of_steps
from minode.ode.solvers.guard import GuardedRHS, SolverError
from minode.ode.solvers.interpolant import Piece, Solution
from minode.ode.solvers.options import SolveOptions

# For a larger state LSODA's dense Jacobian, n evaluations and n x n numbers, costs too much and soon crashes.
DENSE_JACOBIAN_LIMIT = 500
TOO_MANY_STEPS = "Too many steps."


def stepped(solver_type: type, guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions, **own: Any) -> Solution:
    """Step a solver object of SciPy's, a subclass of `OdeSolver` with options of its `own`, over the times `t`."""
    low, high = min(t[0], t[-1]), max(t[0], t[-1])

    def inside(t, y):
        # SciPy before 1.12 evaluates its first trial slope beyond the last time if the range is short.
        return guard(min(max(t, low), high), y)

    # SciPy's compiled `ode("dopri5")` leaks eight vectors a solve; the Python objects do not.
    own.update(rtol=options.rtol, atol=options.atol, max_step=options.max_step or np.inf)
    solver = solver_type(inside, t[0], y0, t[-1], **own)
    states, pieces, interpolant, in_steps = [y0], [], None, 0
    try:
        for t_i in t[1:]:
            steps = 0
            while solver.direction * (t_i - solver.t) > 0:
                before = solver.nfev
                reason = solver.step() if steps < options.max_steps else TOO_MANY_STEPS
                if reason is not None:
                    raise stopped(reason, guard, options)
                interpolant = None
                steps += 1
                in_steps += solver.nfev - before
                if options.dense_output:
                    interpolant = solver.dense_output()
                    pieces.append(Piece(solver.t_old, solver.t, interpolant))
            if solver.t == t_i:
                states.append(solver.y)
            else:
                # All times within one step share it, since DOP853 evaluates f three times to make it.
                interpolant = interpolant or solver.dense_output()
                states.append(interpolant(t_i))
        # Each try of an explicit method takes one evaluation a stage; implicit ones do not tell of their tries.
        tries = in_steps // solver.n_stages if hasattr(solver, "n_stages") else None
        told = of_steps([piece.end for piece in pieces], tries, solver.njev)
    finally:
        # The solver refers to itself through its own functions. Emptied, it is freed without the garbage collector.
        vars(solver).clear()
    return Solution(np.stack(states), pieces, told)


def stopped(reason: str, guard: GuardedRHS, options: SolveOptions) -> SolverError:
    """Return the error of a solver that gave up for a `reason` in its own words, with what helps against that."""
    method = options.method
    if reason.startswith(("Excess accuracy", "Illegal input")):
        return guard.stopped(
            method,
            reason,
            "loosen rtol and atol, which may ask for more digits than float64 has; if t or y are very small or large, "
            "rescale them",
        )
    if reason.startswith(("Excess work", TOO_MANY_STEPS)):
        reason = f"{reason.rstrip('.')} (max_steps={options.max_steps})"
        remedy = "raise max_steps or loosen rtol and atol"
    elif reason.startswith("Repeated"):
        remedy = "if f jumps there, name the time in jumps; if it is noisy, loosen rtol and atol"
    else:
        remedy = "if f jumps there, name the time in jumps; if t or y are very small or large, rescale them"
    if method not in ("lsoda", "radau", "bdf"):
        remedy += "; if the problem is stiff, use method='lsoda' or 'radau'"
    elif method == "lsoda" and guard.y0.size > DENSE_JACOBIAN_LIMIT:
        remedy += f"; beyond {DENSE_JACOBIAN_LIMIT} components LSODA copes with stiffness only where they are uncoupled"
    return guard.stopped(method, reason, remedy)
