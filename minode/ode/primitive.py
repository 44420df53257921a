"""The solve as an autograd primitive, with the adjoint as its vector-Jacobian product."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from autograd.extend import Box, defjvp_argnums, defvjp_argnums, primitive

from minode.base import checks
from minode.base.residuals import Residuals
from minode.base.trees import ravel, unravel
from minode.base.types import Array, Field, Params
from minode.ode.field.evaluations import evaluator
from minode.ode.field.jumps import slope_times
from minode.ode.field.nfe import count_nfe, counted
from minode.ode.field.parts import METHOD, counted_in_parts, field_in_parts
from minode.ode.forward_mode import observed_tangent
from minode.ode.gradients.adjoint import backward_solve
from minode.ode.gradients.gauge import warn_of_loss
from minode.ode.gradients.interpolated import interpolated_solve
from minode.ode.gradients.observation_times import time_gradient
from minode.ode.gradients.remedies import UNSETTLED
from minode.ode.gradients.second_opinion import (
    Doubts,
    disagreement,
    finest,
    is_possible,
    noise,
    tightened,
    warn_of_inaccuracy,
)
from minode.ode.gradients.tolerances import gradient_scale
from minode.ode.solution.trajectory import solve_and_keep
from minode.ode.solvers.black_box import solve_with
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.implicit import forward_jacobian
from minode.ode.solvers.options import SolveOptions
from minode.ode.tracing.fields import untraced


@primitive
def odeint_by_adjoint(
    z0: Array,
    t: Array,
    *W: Array,
    f: Field,
    nested: Callable[[Sequence[Array]], Params],
    times: Array,
    observed: Array,
    forward: SolveOptions,
    backward: SolveOptions,
    unit_gradient: bool,
    gradient: str,
    seminorm: bool,
    pieces: int,
    residuals: Residuals,
) -> Array:
    # The counts of this solve alone; what its interpolant takes later is counted here, too.
    with count_nfe() as spent:
        z, z_of = _forward_solve(f, z0, times, nested(W), forward, gradient)
    residuals.kept = z, z_of, spent
    return z[observed]


def _forward_solve(f, z0, times, params, options, gradient):
    """The states at the times and, where the gradient needs it, what makes an interpolant of them."""
    evaluate = evaluator(f, params)

    def dynamics(t, z):
        return untraced(evaluate(t, z.astype(z0.dtype, copy=False)))

    dynamics = counted(dynamics, "forward")
    in_parts = field_in_parts(f, z0, params) if options.method == METHOD else None
    in_parts = counted_in_parts(in_parts, "forward")
    options = replace(options, in_parts=in_parts, jacobian=forward_jacobian(f, params, z0, times[0], options.method))
    if gradient == "interpolated":
        z, z_of = solve_and_keep(dynamics, z0, times, options)
    else:
        z, z_of = solve_with(dynamics, z0, times, options).states, None
    return z.astype(z0.dtype), z_of


def _odeint_vjps(argnums, zs, arguments, options):
    z0, t, *W = arguments
    f, times, observed, backward = (options[name] for name in ("f", "times", "observed", "backward"))
    params = options["nested"](W)
    z, z_of, spent = options["residuals"].kept

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
        if options["unit_gradient"]:
            scale = np.abs(g_all).max() or 1.0
        else:
            scale = gradient_scale(g_all, backward.rtol, backward.atol)
        # dP/dt_0 follows from dP/dz(t_0).
        of_z0, of_W = not {0, 1}.isdisjoint(argnums), max(argnums) > 1
        g_scaled, forward, checkpointed = g_all / scale, options["forward"], options["gradient"] == "checkpointed"

        def solved(z, z_of, backward, doubts):
            if options["gradient"] == "interpolated":
                return interpolated_solve(f, times, z, z_of(), params, g_scaled, backward, of_W=of_W, doubts=doubts)
            how = dict(seminorm=options["seminorm"], checkpointed=checkpointed, pieces=options["pieces"], doubts=doubts)
            return backward_solve(f, times, z, params, g_scaled, backward, of_z0=of_z0, of_W=of_W, **how)

        def asked_for(a0, a_W):
            return [a0 + g_scaled[0]] * of_z0 + [a_W] * of_W

        def again(hidden):
            finer = tightened(forward, hidden), tightened(backward, hidden)
            solution = _forward_solve(f, z0, times, params, finer[0], options["gradient"])
            return asked_for(*solved(*solution, finer[1], Doubts(finer[0], silent=True)))

        returns = options["gradient"] != "interpolated"
        doubts = Doubts(forward, spent.forward, is_possible(forward, backward), z0=z0, returns=returns)
        with count_nfe() as nfe:
            solution = solved(z, z_of, backward, doubts)
        doubts.took(spent.forward)
        if doubts.open:
            of_noise = noise(z, g_scaled, ravel(params))
            least, most = [of_noise[0]] * of_z0 + [of_noise[1]] * of_W, spent.forward + nfe.backward
            if disagreement(asked_for(*solution), least, again, z0, finest(forward, backward), most) > 1:
                if doubts.lost:
                    warn_of_loss(checkpointed)
                else:
                    warn_of_inaccuracy(UNSETTLED)
        with np.errstate(over="ignore"):  # What overflows is refused below.
            a0, a_W = (scale * part for part in solution)
            gradients = {0: (a0 + g_all[0]).astype(z0.dtype)}
            if 1 in argnums:
                gradients[1] = time_gradient(f, slope_times(t, backward.jumps), zs, params, g, a0).astype(t.dtype)
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


def _odeint_jvp(argnums, moved, zs, arguments, options):
    if any(isinstance(value, Box) for value in (zs, *moved)):
        raise TypeError(
            "forward mode through odeint is not itself differentiable: for second derivatives use gradient='backprop' "
            "with method='dopri5-np' or one with fixed steps, 'euler', 'midpoint' or 'rk4'"
        )
    moved = dict(zip(argnums, moved))
    dz0, dt, *dW = (moved.get(i, np.zeros_like(argument)) for i, argument in enumerate(arguments))
    z0, t, *W = arguments
    given = options["f"], options["times"], options["observed"], z0, t, options["nested"](W)
    return observed_tangent(*given, zs, (dz0, dt, ravel(dW)), options["forward"])


defjvp_argnums(odeint_by_adjoint, _odeint_jvp)
