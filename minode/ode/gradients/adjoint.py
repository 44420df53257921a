"""The adjoint method (Pontryagin 1962; Chen et al. 2018): gradients by one more solve, backward in t.

A loss P depends on the states z(t_i) of dz/dt = f(t, z, W). Its adjoint a(t) = dP/dz(t) (Eq. 3.6) and
the gradient a_W gathered on the way back obey

    da/dt   = -a . df/dz        (3.7)
    da_W/dt = -a . df/dW        (3.9)

which, beside z itself, make one augmented system (3.10), solved from t_k down to t_0 by the same black
box (3.11). Where the loss looks at z, at each t_i, a jumps by g_i = dP/dz(t_i) and z starts afresh
from the stored state (Fig. 3.2). The thesis writes l for t.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from autograd.extend import Box

from minode.base import checks
from minode.base.trees import parameters, ravel, split
from minode.base.types import Array, Field, Params, Shape
from minode.ode.field.fields import field
from minode.ode.field.nfe import counted
from minode.ode.field.trace import linearise
from minode.ode.gradients.gauge import Gauge
from minode.ode.gradients.second_opinion import Doubts
from minode.ode.gradients.tolerances import augmented_options
from minode.ode.solvers.black_box import solve_with
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.implicit import IMPLICIT, augmented_jacobian, field_jacobian
from minode.ode.solvers.methods import checked_options
from minode.ode.solvers.options import SolveOptions


def augmented_dynamics(f: Field, z: Array, params: Params = ()) -> Callable[[float, Array], Array]:
    """The augmented vector field f_aug of Eq. 3.10 on the flat state s = [z, a, a_W].

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``.
    z : array
        Any state; gives the shape and the dtype in which `f` is evaluated.
    params : tree of arrays
        Held constant. a_W has one entry for each of theirs but integers and booleans, in the order of `trees.ravel`.

    Returns
    -------
    callable
        ``f_aug(t, s) -> ds/dt`` on flat arrays of 2 z.size + W.size entries.
    """
    z, params = checks.finite_array(z, "z"), parameters(params, "params")
    shape, dtype, evaluate = z.shape, z.dtype, linearise(f, params)
    W, _ = split(params)
    n = 2 * z.size + sum(leaf.size for leaf in W)

    def f_aug(t, s):
        if isinstance(s, Box):
            raise TypeError("s is being differentiated; f_aug is plain NumPy: build it with minode.vjp for that")
        if s.shape != (n,):
            raise ValueError(f"s has shape {s.shape}; expected ({n},), z and a and one entry a parameter")
        z, a, _ = unpack(s, shape)
        dz, pullback = evaluate(t, z.astype(dtype, copy=False))
        a_dfdz, *a_dfdW = pullback(-a.astype(dtype, copy=False))
        return pack(dz, a_dfdz, *a_dfdW)

    return f_aug


def pack(*parts: Array) -> Array:
    """Concatenate z, a and the pieces of a_W into one flat vector s."""
    return np.concatenate([part.ravel() for part in parts])


def unpack(s: Array, shape: Shape) -> tuple[Array, Array, Array]:
    """Cut s = [z, a, a_W] into z and a of the given shape and the flat a_W."""
    n = math.prod(shape)
    return s[:n].reshape(shape), s[n : 2 * n].reshape(shape), s[2 * n :]


def backward_solve(
    f: Field,
    t: Array,
    z: Array,
    params: Params,
    g: Array,
    options: SolveOptions,
    *,
    seminorm: bool = False,
    of_z0: bool = True,
    of_W: bool = True,
    checkpointed: bool = False,
    doubts: Doubts | None = None,
) -> tuple[Array, Array]:
    """Solve the augmented system from t[-1] down to t[0] (Eq. 3.11), interval by interval (Fig. 3.2).

    Parameters
    ----------
    f, params
        As for `augmented_dynamics`.
    t : array, shape (k,)
        Observation times.
    z : array, shape (k, ...)
        States of the forward solve at `t`.
    g : array, shape of z
        dP/dz(t_i), the gradients that arrive at the observations.
    options : SolveOptions
        Tolerances in the shape of one state; those of a_W are their smallest entries.
    seminorm : bool
        Leave a_W out of the error control (Kidger et al. 2021): nothing in the system depends on it.
    of_z0, of_W : bool
        Whether dP/dz(t_0) is asked for, and whether dP/dW is. No warning is due where only the other one is wrong.
    checkpointed : bool
        Whether there are checkpoints among `t`; see the warnings.
    doubts : Doubts, optional

    Returns
    -------
    a0 : array, shape z.shape[1:]
        a(t_0) before the jump by g_0: dP/dz(t_0) is ``a0 + g[0]``.
    a_W : array, shape (W.size,)
        dP/dW.

    Warns
    -----
    ReconstructionWarning
        If z was lost on the way back and the gradients depend on it, or they are absurdly large.
    """
    options = checked_options(options, z[0].shape, t)
    f_aug, W = augmented_dynamics(f, z[0], params), ravel(params)
    a, a_W = np.zeros(z[0].shape, z.dtype), np.zeros(W.size, z.dtype)
    augmented = augmented_options(options, z[0].shape, a_W.size, seminorm)
    if options.method in IMPLICIT:
        of_f = field_jacobian(linearise(f, params, of="z"), z[0].shape, z.dtype, "backward")
        augmented = replace(augmented, jacobian=augmented_jacobian(of_f, z[0].size, W.size))
    doubts = doubts or Doubts(options)
    doubts.observe(z, g)
    gauge = Gauge(z, g, W, options, doubts, of_z0, of_W)

    def watched(t, s):
        doubts.on_the_way(*unpack(s, z[0].shape)[:2])
        return f_aug(t, s)

    def interval(counter, i, a, a_W, z_end):
        """Solve from t_i to t_(i-1); returns z, a and a_W there."""
        here = replace(augmented, n_steps=[options.n_steps[i - 1]]) if options.n_steps else augmented
        _, s = solve_with(counted(watched, counter), pack(z_end, a, a_W), t[[i, i - 1]], here).states
        return unpack(s, z_end.shape)

    for i in range(len(t) - 1, 0, -1):
        a = a + g[i]
        if not a.any():
            continue  # Nothing observed so far: both integrals are zero.
        try:
            solved = interval("backward", i, a, a_W, z[i])
        except SolverError as error:
            problem = f"backward solve from t = {t[i]:.6g} to {t[i - 1]:.6g} of [z, a, a_W]: {error.problem}"
            raise SolverError(problem, _backward_remedy(error)) from error
        gauge.look(i - 1, solved, partial(interval, "gauge", i, a, a_W))
        _, a, a_W = solved
    gauge.report(a, a_W, checkpointed)
    return a, a_W


CLOSER = (
    "gradient='interpolated' reads z from the forward solution, gradient='checkpointed' with enough checkpoints keeps "
    "it close, and gradient='backprop' with method='dopri5-np' or 'rk4' does without a backward solve"
)


def _backward_remedy(error):
    """What helps against the `error` of a backward solve where the forward one went well."""
    if error.cause == "overshoot":
        return error.remedy
    if error.cause == "blow-up":
        return (
            f"that is the way back, not the solution itself: where the flow contracts, z runs away backward; {CLOSER}"
        )
    if error.remedy is None:
        return f"either f has no finite derivative there, or z has drifted on its way back: {CLOSER}"
    return f"{error.remedy} (backward adjoint_rtol and adjoint_atol); if z has drifted on its way back, {CLOSER}"


def time_gradient(f: Field, t: Array, z: Array, params: Params, g: Array, a0: Array) -> Array:
    """dP/dt at every observation time: moving t_i moves z(t_i) by f there, and moving t_0 moves the whole solution.

    dP/dt_i = g_i . f(t_i, z_i) for i > 0 and dP/dt_0 = -a(t_0) . f(t_0, z_0), with a(t_0) taken before
    the jump by g_0. No further component of the augmented state is needed.

    Returns
    -------
    array, shape (k,)
    """
    evaluate = counted(field, "backward")
    g = np.concatenate([-a0[None], g[1:]])
    # f gets copies, since it may overwrite what it gets.
    return np.array([np.vdot(g_i, evaluate(f, float(t_i), z_i.copy(), params)) for t_i, z_i, g_i in zip(t, z, g)])
