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
from minode.ode.field.evaluations import linearise
from minode.ode.field.nfe import counted
from minode.ode.field.parts import METHOD, augmented_in_parts, counted_in_parts
from minode.ode.gradients.gauge import Gauge
from minode.ode.gradients.remedies import backward_remedy
from minode.ode.gradients.second_opinion import Doubts
from minode.ode.gradients.segments import ways_back
from minode.ode.gradients.tolerances import augmented_options
from minode.ode.solvers.black_box import solve_with
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.implicit import IMPLICIT, augmented_jacobian, field_jacobian
from minode.ode.solvers.methods import checked_options
from minode.ode.solvers.options import SolveOptions

# Steps after which a solve over several intervals is given up: one by one they may well be easier.
MERGED_STEPS = 500


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
        z, a, _ = unpack(s if s.dtype == dtype else s.astype(dtype), shape)
        dz, pullback = evaluate(t, z)
        return pack(dz, *pullback(-a))

    return f_aug


def pack(*parts: Array) -> Array:
    """Concatenate z, a and the pieces of a_W into one flat vector s."""
    return np.concatenate(parts, axis=None)


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
    pieces: int = 8,
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
    pieces : int
        Intervals between which no gradient arrives are solved as one. If z does not come back from that as the
        tolerances allow, they are solved as about so many pieces of the whole range, and at last one by one. With
        `checkpointed` the first of these is left out.
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
    # What is looked at on the way is the whole state.
    is_whole = doubts.possible or options.method != METHOD
    in_parts = None if is_whole else augmented_in_parts(f, z[0], params)
    gauge = Gauge(z, g, W, options, doubts, of_z0, of_W)

    def watched(t, s):
        if doubts.looks():
            doubts.on_the_way(*unpack(s, z[0].shape)[:2])
        return f_aug(t, s)

    def interval(counter, i, j, a, a_W, z_end):
        """Solve from t_i to t_j; returns z, a and a_W there."""
        here = replace(augmented, in_parts=counted_in_parts(in_parts, counter))
        if options.n_steps:
            here = replace(here, n_steps=[options.n_steps[j]])
        elif i - j > 1:
            here = replace(here, max_steps=min(here.max_steps, MERGED_STEPS))
        _, s = solve_with(counted(watched, counter), pack(z_end, a, a_W), t[[i, j]], here).states
        return unpack(s, z_end.shape)

    def merged(i, j, a, a_W):
        """The same over several intervals, or None if that does not find z again."""
        try:
            with np.errstate(all="ignore"):
                solved = interval("backward", i, j, a, a_W, z[i])
        except Exception:
            # f may fail in any way at a state far off, to which no shorter solve may lead.
            return None
        return solved if gauge.came_back(j, solved[0]) else None

    numbers = [1, pieces, None][1 if checkpointed else 0 :]
    ways = ways_back(t, g, options.jumps, [None] if options.n_steps else numbers)
    i = len(t) - 1
    while i > 0:
        j, a_i = ways[0][i], a + g[i]
        if a_i.any():  # Else nothing was observed so far, and both integrals are zero.
            try:
                solved = interval("backward", i, j, a_i, a_W, z[i]) if i - j == 1 else merged(i, j, a_i, a_W)
            except SolverError as error:
                problem = f"backward solve from t = {t[i]:.6g} to {t[j]:.6g} of [z, a, a_W]: {error.problem}"
                raise SolverError(problem, backward_remedy(error)) from error
            if solved is None:
                while ways[0][i] == j:
                    ways.pop(0)
                continue
            gauge.look(j, solved, partial(interval, "gauge", i, j, a_i, a_W))
            _, a, a_W = solved
        i = j
    gauge.report(a, a_W, checkpointed)
    return a, a_W
