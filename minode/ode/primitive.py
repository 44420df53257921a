"""The solve as an autograd primitive, with the adjoint as its vector-Jacobian product."""

import numpy as np
from autograd.extend import Box, defjvp_argnums, defvjp_argnums, primitive

from minode.base import checks
from minode.base.trees import unravel
from minode.ode.field.nfe import counted
from minode.ode.field.trace import evaluator
from minode.ode.gradients.adjoint import backward_solve, time_gradient
from minode.ode.gradients.tolerances import gradient_scale
from minode.ode.solvers.black_box import solve
from minode.ode.solvers.guard import SolverError


@primitive
def odeint_by_adjoint(z0, t, *W, f, nested, segments, forward, backward, trajectory):
    times, observed, n_steps = segments
    evaluate = evaluator(f, nested(W))

    def dynamics(t, z):
        dz = evaluate(t, z.astype(z0.dtype, copy=False))
        if isinstance(dz, Box):
            raise TypeError(
                "f returned a traced value: it uses an array that is being differentiated without receiving it "
                "as an argument; pass it to odeint in params and read it there"
            )
        return dz

    z = solve(counted(dynamics, "forward"), z0, times, n_steps=n_steps, **forward).astype(z0.dtype)
    trajectory.append(z)
    return z[observed]


def _odeint_vjps(argnums, zs, arguments, options):
    z0, t, *W = arguments
    f, backward = options["f"], options["backward"]
    params = options["nested"](W)
    times, observed, n_steps = options["segments"]
    z = options["trajectory"][0]

    def vjps(g):
        if isinstance(g, Box) or isinstance(zs, Box):
            raise TypeError(
                "the adjoint solve is not itself differentiable: for second derivatives use gradient='backprop' "
                "with method='dopri5-np' or one with fixed steps, 'euler', 'midpoint' or 'rk4'"
            )
        if not np.isfinite(g).all():
            raise ValueError(f"the gradient that arrives at odeint's result is {checks.first_nonfinite(g)}")
        g_all = np.zeros(z.shape, z.dtype)
        g_all[observed] = g
        scale = gradient_scale(g_all, backward["rtol"], backward["atol"])
        # dP/dt_0 follows from dP/dz(t_0).
        asked = dict(of_z0=not {0, 1}.isdisjoint(argnums), of_W=max(argnums) > 1)
        solution = backward_solve(f, times, z, params, g_all / scale, n_steps=n_steps, **asked, **backward)
        with np.errstate(over="ignore"):  # What overflows is refused below.
            a0, a_W = (scale * part for part in solution)
            gradients = {0: (a0 + g_all[0]).astype(z0.dtype)}
            if 1 in argnums:
                gradients[1] = time_gradient(f, t, zs, params, g, a0).astype(t.dtype)
            gradients.update(enumerate(unravel(W, a_W), start=2))
        for gradient in gradients.values():
            if not np.isfinite(gradient).all():
                raise SolverError(
                    f"a gradient is {checks.first_nonfinite(gradient)}, in {gradient.dtype}: the backward solve went "
                    "astray, or the flow expands beyond what numbers can hold. Use gradient='checkpointed', tighter "
                    "rtol and atol, or end t earlier"
                )
        return [gradients[argnum] for argnum in argnums]

    return vjps


defvjp_argnums(odeint_by_adjoint, _odeint_vjps)


def _refuse_forward_mode(argnums, gs, zs, arguments, options):
    raise TypeError(
        "the adjoint solve is reverse mode: for forward mode, as make_jvp asks for, use gradient='backprop' with a "
        "fixed-step method or 'dopri5-np'"
    )


defjvp_argnums(odeint_by_adjoint, _refuse_forward_mode)
