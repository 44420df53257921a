"""Gradients through the steps of a solver: autograd follows each of them, as through the layers of a ResNet.

That is the RK-Net of Table 3.1: exact for the discretised system, with a memory that grows with the number of steps.
"""

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box
from autograd.tracer import getval

from minode.base.types import Array, Field, Params
from minode.ode.field.jumps import one_sided, slope_times, stretches
from minode.ode.field.nfe import counted
from minode.ode.solvers import dormand_prince, fixed_step
from minode.ode.solvers.guard import GuardedRHS, all_finite
from minode.ode.solvers.methods import NUMPY_METHODS
from minode.ode.solvers.options import SolveOptions
from minode.ode.solvers.stepping import stopped
from minode.ode.tracing.fields import field, number


def through_steps(f: Field, z0: Array, t: Array, params: Params, options: SolveOptions) -> Array:
    """Solve as `odeint` does, by a method written in NumPy, while autograd traces every step.

    Whatever of z0, t and params is traced is differentiated. A ValueError refuses any other method.
    """
    if options.method not in NUMPY_METHODS:
        raise ValueError(
            f"gradient='backprop' with method={options.method!r}: autograd cannot run through a black box; "
            f"expected one of {', '.join(map(repr, NUMPY_METHODS))}, or gradient='adjoint'"
        )
    guard = GuardedRHS(f, getval(z0), np.inf, t=getval(t))

    def dynamics(s, z):
        if not guard.low <= getval(s) <= guard.high:
            # Rounding, or the trial slope of a first step, leads beyond the range. The end itself is traced then.
            s = t[0] if abs(getval(s - t[0])) < abs(getval(s - t[-1])) else t[-1]
        s = number(s)
        guard.last = getval(s), getval(z)
        # An f that overwrites what it gets cannot be traced, but it can be evaluated.
        dz = field(f, s, z if isinstance(z, Box) else z.copy(), params)
        guard.check_finite(getval(dz), *guard.last)
        return dz if dz.dtype == z0.dtype else dz.astype(z0.dtype)

    dynamics = counted(dynamics, "forward")
    parts, z = [], z0
    for times, seen, n_steps in stretches(t, options.jumps, options.n_steps):
        here = one_sided(dynamics, times, options.jumps)
        if n_steps is not None:
            states = fixed_step.integrate(here, z, times, options.method, n_steps)
        else:
            try:
                states = dormand_prince.integrate(here, z, times, options).states
            except dormand_prince.Stopped as reason:
                raise stopped(str(reason), guard, options) from None
        parts.append(states[seen])
        z = states[-1]
    zs = anp.concatenate(parts) if len(parts) > 1 else parts[0]
    if isinstance(t, Box):
        zs = _moving_with_t(dynamics, zs, t, options.jumps)
    all_finite(getval(zs), getval(t))
    return zs


def _moving_with_t(dynamics, zs, t, jumps):
    """Let observations at a jump move with their times, by a step of length zero; the jump itself stays."""
    plain = getval(t)
    inner, at = np.isin(plain, jumps) & (plain != plain[0]) & (plain != plain[-1]), slope_times(plain, jumps)
    if not inner.any():
        return zs
    moved = [
        fixed_step.rk4_step(dynamics, at[i], zs[i], number(t[i] - plain[i])) if inner[i] else zs[i]
        for i in range(len(plain))
    ]
    return anp.stack(moved)
