"""Gradients through the steps of a solver: autograd follows each of them, as through the layers of a ResNet.

That is the RK-Net of Table 3.1: exact for the discretised system, with a memory that grows with the number of steps.
"""

import numpy as np
from autograd.extend import Box
from autograd.tracer import getval

from minode.base.types import Array, Field, Params
from minode.ode.field.fields import field, number
from minode.ode.field.nfe import counted
from minode.ode.solvers import dormand_prince, fixed_step
from minode.ode.solvers.black_box import all_finite
from minode.ode.solvers.guard import GuardedRHS
from minode.ode.solvers.options import SolveOptions
from minode.ode.solvers.stepping import stopped


def through_steps(f: Field, z0: Array, t: Array, params: Params, options: SolveOptions) -> Array:
    """Solve as `odeint` does, by a method written in NumPy, while autograd traces every step.

    Whatever of z0, t and params is traced is differentiated.
    """
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
    if options.n_steps is not None:
        zs = fixed_step.integrate(dynamics, z0, t, options.method, options.n_steps)
    else:
        try:
            zs = dormand_prince.integrate(dynamics, z0, t, options).states
        except dormand_prince.Stopped as reason:
            raise stopped(str(reason), guard, options) from None
    all_finite(getval(zs), getval(t))
    return zs
