"""The forward solve of a field, kept as a function of t, with what the solver tells of it."""

from dataclasses import replace

import numpy as np

from minode.base.types import Array, Field, Params
from minode.ode.field.evaluations import evaluator
from minode.ode.field.nfe import counted
from minode.ode.field.statistics import Statistics, seen_from_calls
from minode.ode.solution.trajectory import kept
from minode.ode.solvers.black_box import solve_with
from minode.ode.solvers.fixed_step import NO_INTERPOLANT
from minode.ode.solvers.implicit import forward_jacobian
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.methods import checked_options
from minode.ode.solvers.options import SolveOptions
from minode.ode.tracing.fields import untraced


def adaptive_options(options: SolveOptions, z0: Array, t: Array) -> SolveOptions:
    """Check options for an adaptive method, and refuse one with equal steps by a ValueError."""
    options = checked_options(options, z0.shape, t)
    if options.n_steps is not None:
        no_interpolant = NO_INTERPOLANT.format(options.method)
        raise ValueError(f"{no_interpolant}, or ask odeint for the states at the times themselves")
    return options


def solved(
    f: Field, z0: Array, t: Array, params: Params, options: SolveOptions, called: list[float]
) -> tuple[Interpolant, Statistics]:
    """Solve from t[0] to t[-1], with checked arguments, and return the solution as a function of t.

    The times at which the solver evaluates f are appended to the empty list `called`.
    """
    rhs, options = _prepared(f, z0, t, params, options)
    t = np.union1d(t, options.jumps)[:: 1 if t[-1] > t[0] else -1]
    solution = solve_with(_watched(rhs, called), z0, t, replace(options, dense_output=True))
    told = seen_from_calls(solution.told, called, t, options.jumps)
    return kept(rhs, solution, called, t, options)(), told


def asked_in_each_step(
    f: Field, z0: Array, t: Array, params: Params, options: SolveOptions, told: Statistics
) -> Statistics:
    """The statistics of a solve by LSODA that is asked for the state in each step `told` of, as for all its switches.

    It tells of its last change of method before each time alone. Its first steps depend on what is asked for.
    """
    if not told.switches or told.step_times is None:
        return told
    rhs, options = _prepared(f, z0, t, params, options)
    within = told.step_times - np.diff(told.step_times, prepend=t[0]) / 2
    times = np.unique([*t, *options.jumps, *within])[:: 1 if t[-1] > t[0] else -1]
    called: list[float] = []
    solution = solve_with(_watched(rhs, called), z0, times, options)
    return seen_from_calls(solution.told, called, times, options.jumps)


def _prepared(f, z0, t, params, options):
    """The right-hand side of a forward solve, and its options with the Jacobian."""
    evaluate = evaluator(f, params)

    def dynamics(t, z):
        return untraced(evaluate(t, z.astype(z0.dtype, copy=False)))

    jacobian = forward_jacobian(f, params, z0, t[0], options.method)
    return counted(dynamics, "forward"), replace(options, jacobian=jacobian)


def _watched(rhs, called):
    def watched(t, z):
        called.append(t)
        return rhs(t, z)

    return watched
