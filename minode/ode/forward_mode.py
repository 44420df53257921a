"""Forward sensitivities: how z(t) moves with z0 and W, by one solve forward, beside z itself.

A direction (dz0, dW) in which the inputs move carries a tangent s(t) = dz(t) along. Differentiating dz/dt = f(t, z, W)
gives its equation,

    ds/dt = df/dz s + df/dW dW,    s(t_0) = dz0

(Dickinson, Gelinas 1976; Hindmarsh et al. 2005). One direction is what forward mode asks for, all unit vectors make the
whole Jacobian. The adjoint costs the same for any number of parameters, but one solve for each number that is
differentiated. Tangents cost the same for any number of times and states, but a column for each parameter.
"""

from dataclasses import replace

import numpy as np

from minode.base.trees import is_constant, ravel, tree_map
from minode.base.types import Array, Field, Params
from minode.ode.field.evaluations import linearise
from minode.ode.field.jumps import slope_times
from minode.ode.field.nfe import count_nfe, counted
from minode.ode.gradients.remedies import UNSETTLED_JACOBIAN
from minode.ode.gradients.second_opinion import (
    Doubts,
    disagreement,
    finest,
    is_possible,
    tightened,
    warn_of_inaccuracy,
)
from minode.ode.solvers.black_box import solve_with
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.options import SolveOptions
from minode.ode.tracing.fields import field, untraced

# Entries of the Jacobian of f, which n products give at each evaluation.
LARGEST = 1_000_000


def tangents(
    f: Field, z0: Array, t: Array, params: Params, dz0: Array, dW: Array, options: SolveOptions
) -> tuple[Array, Array]:
    """Solve for z and its tangents in m directions.

    Parameters
    ----------
    f, z0, t, params
        As for `odeint`, checked.
    dz0 : array, shape (m, *z0.shape)
    dW : array, shape (m, p)
        Directions in z0 and in the raveled `params`.
    options : SolveOptions
        Tolerances in the shape of z0.

    Returns
    -------
    z : array, shape (k, *z0.shape)
    s : array, shape (k, m, *z0.shape)
        In the dtype of `z0`; computed in float64.

    Warns
    -----
    AccuracyWarning
        If the tangents at a time differ, from those of a solve at a tenth of the tolerances, by much more than these.
    """
    n, shape = z0.size, z0.shape
    scale = _scale(z0, ravel(params), dz0, dW)
    dz0, dW = dz0 * scale.reshape(-1, *[1] * len(shape)), dW * scale[:, None]
    params = tree_map(lambda leaf: leaf if is_constant(leaf) else leaf.astype(float), params)
    evaluate, units = linearise(f, params), np.eye(n).reshape(n, *shape)

    def dynamics(t, y):
        """The slopes of z and of its tangents, stacked."""
        z, s = y[0], y[1:].reshape(-1, n)
        dz, pullback = evaluate(t, z)
        J = np.stack([np.concatenate([part.ravel() for part in pullback(unit)]) for unit in units])
        ds = s @ J[:, :n].T + dW @ J[:, n:].T
        return np.stack([untraced(dz), *ds.reshape(-1, *shape)])

    y0 = np.stack([z0.astype(float), *dz0])
    # The tangents share the tolerances of the state. LSODA's Jacobian is that of z, again and again.
    rtol, atol = (
        np.broadcast_to(tolerance, y0.shape) if np.ndim(tolerance) else tolerance
        for tolerance in (options.rtol, options.atol)
    )
    options = replace(options, rtol=rtol, atol=atol, repeated=n)

    def solved(options):
        return solve_with(counted(dynamics, "forward"), y0, t, options).states

    try:
        with count_nfe() as nfe:
            y = solved(options)
    except SolverError as error:
        remedy = error.remedy
        if error.cause == "blow-up":
            remedy = f"{remedy}; if only its tangents grow, raise max_steps or loosen rtol and atol"
        raise SolverError(f"solve of z and its tangents: {error.problem}", remedy, error.cause) from error
    doubts = Doubts(options, nfe.forward, is_possible(options, options), z0=z0)
    # Each begins with its largest entry at most 1.
    doubts.magnified(float(np.abs(y[:, 1:]).max(initial=0.0)))
    if doubts.open:
        # What the absolute tolerances hide is not asked for.
        least = np.linalg.norm(np.broadcast_to(np.asarray(atol / rtol), y0.shape)[1:])

        def again(hidden):
            return solved(tightened(options, hidden))

        if disagreement(y, [float(least)] * len(t), again, z0, finest(options), nfe.forward) > 1:
            warn_of_inaccuracy(UNSETTLED_JACOBIAN)
    s = y[:, 1:] / scale.reshape(-1, *[1] * len(shape))
    return y[:, 0].astype(z0.dtype), s.astype(z0.dtype)


def check_size(n: int, p: int) -> None:
    """Refuse a Jacobian of f that is too large, for n states and p parameters, by a ValueError."""
    if n * (n + p) > LARGEST:
        raise ValueError(
            f"forward mode with {n} states and {p} parameters: the Jacobian of f has {n} x {n + p} entries; expected "
            f"at most {LARGEST} in all. autograd.grad of odeint has no such limit, nor has gradient='backprop' in "
            "forward mode"
        )


def _scale(z0, W, dz0, dW):
    """What to multiply each direction with, so that its tangent is as large as the state whose tolerances it shares.

    A parameter is then moved by its own size, or by 1 if that is larger, so that atol does not hide its tangent.
    """
    of_z0 = np.abs(dz0).max(axis=tuple(range(1, dz0.ndim))) / max(1.0, np.abs(z0).max())
    of_W = (np.abs(dW) / np.maximum(1.0, np.abs(W))).max(axis=1, initial=0.0)
    size = np.maximum(of_z0, of_W)
    return 1 / np.where(size > 0, size, 1.0)


def observed_tangent(
    f: Field,
    times: Array,
    observed: Array,
    z0: Array,
    t: Array,
    params: Params,
    zs: Array,
    moved: tuple[Array, Array, Array],
    options: SolveOptions,
) -> Array:
    """The tangent of the states zs that `odeint` returns.

    `moved` has the directions in z0, in t and in the raveled params. `times` and `observed` are those of
    `segments.checkpoint_segments`, and the solve goes over `times`.
    """
    (dz0, dt, dW), at = moved, slope_times(t, options.jumps)
    check_size(z0.size, dW.size)

    def slope(i):
        # f gets a copy, since it may overwrite what it gets.
        return field(f, float(at[i]), zs[i].copy(), params)

    # Moving t_i moves z(t_i) by f there. Moving t_0, where z0 stays, moves the whole solution back.
    start = dz0 - dt[0] * slope(0) if dt[0] else dz0
    _, s = tangents(f, z0, times, params, start[None], dW[None], options)
    later = [s[i, 0] + dt[j] * slope(j) if dt[j] else s[i, 0] for j, i in enumerate(observed) if j]
    return np.stack([dz0, *later]).astype(zs.dtype)
