"""The adjoint method (Pontryagin 1962; Chen et al. 2018): gradients by one more solve, backward in t.

A loss P depends on the states z(t_i) of dz/dt = f(t, z, W). Its adjoint a(t) = dP/dz(t) (Eq. 3.6) and
the gradient a_W gathered on the way back obey

    da/dt   = -a . df/dz        (3.7)
    da_W/dt = -a . df/dW        (3.9)

which, beside z itself, make one augmented system (3.10), solved from t_k down to t_0 by the same black
box (3.11). Where the loss looks at z, at each t_i, a jumps by g_i = dP/dz(t_i) and z starts afresh
from the stored state (Fig. 3.2). The thesis writes l for t.
"""

import numpy as np

from minode.nfe import counted, gauge_reconstruction
from minode.solvers import solve
from minode.trace import field, trace
from minode.trees import leaves, rebuild


def augmented_dynamics(f, z, params=()):
    """The augmented vector field f_aug of Eq. 3.10 on the flat state s = [z, a, a_W].

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``.
    z : array
        Any state; gives the shape and the dtype in which `f` is evaluated.
    params : tree of arrays
        Held constant; a_W has one entry for each of theirs, in the order of `trees.ravel`.

    Returns
    -------
    callable
        ``f_aug(t, s) -> ds/dt`` on flat arrays of 2 z.size + W.size entries.
    """
    shape, dtype, W = z.shape, z.dtype, leaves(params)

    def f_aug(t, s):
        z, a, _ = unpack(s, shape)
        dz, pullback = trace(lambda z, *W: field(f, t, z, rebuild(params, W)), (z.astype(dtype), *W))
        a_dfdz, *a_dfdW = pullback(-a.astype(dtype))
        return pack(dz, a_dfdz, *a_dfdW)

    return f_aug


def pack(*parts):
    """Concatenate z, a and the pieces of a_W into one flat vector s."""
    return np.concatenate([np.ravel(part) for part in parts])


def unpack(s, shape):
    """Cut s = [z, a, a_W] into z and a of the given shape and the flat a_W."""
    n = int(np.prod(shape))
    return s[:n].reshape(shape), s[n : 2 * n].reshape(shape), s[2 * n :]


def backward_solve(f, t, z, params, g, *, rtol, atol, seminorm=False, method="lsoda", n_steps=None, max_steps=10_000):
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
    rtol, atol : float or array, shape z.shape[1:]
        Tolerances; those of a_W are the smallest entries.
    seminorm : bool
        Leave a_W out of the error control (Kidger et al. 2021): nothing in the system depends on it.
    method, n_steps, max_steps
        As for `solvers.solve`.

    Returns
    -------
    a0 : array, shape z.shape[1:]
        a(t_0) before the jump by g_0: dP/dz(t_0) is ``a0 + g[0]``.
    a_W : array, shape (W.size,)
        dP/dW.
    """
    f_aug = counted(augmented_dynamics(f, z[0], params), "backward")
    a, a_W = np.zeros(z[0].shape), np.zeros(sum(np.size(W) for W in leaves(params)))
    rtol, atol = augmented_tolerances(rtol, atol, z[0].shape, a_W.size, seminorm, method)
    worst = 0.0
    for i in range(len(t) - 1, 0, -1):
        a = a + g[i]
        if not a.any():
            continue  # Nothing observed yet: both integrals are zero.
        s = solve(
            f_aug,
            pack(z[i], a, a_W),
            t[[i, i - 1]],
            method=method,
            rtol=rtol,
            atol=atol,
            max_steps=max_steps,
            n_steps=n_steps and n_steps[i - 1],
        )[-1]
        z_back, a, a_W = unpack(s, z[0].shape)
        worst = max(worst, relative_distance(z_back, z[i - 1]))
    gauge_reconstruction(worst, rtol, atol)
    return a, a_W


def time_gradient(f, t, z, params, g, a0):
    """dP/dt at every observation time: moving t_i moves z(t_i) by f there, moving t_0 the whole solution.

    dP/dt_i = g_i . f(t_i, z_i) for i > 0 and dP/dt_0 = -a(t_0) . f(t_0, z_0), with a(t_0) taken before
    the jump by g_0. No further component of the augmented state is needed.

    Returns
    -------
    array, shape (k,)
    """
    evaluate = counted(field, "backward")
    g = np.concatenate([-a0[None], g[1:]])
    return np.array([np.vdot(g_i, evaluate(f, float(t_i), z_i, params)) for t_i, z_i, g_i in zip(t, z, g)])


# Large enough that no a_W ever counts, small enough that its square is finite.
INERT = 1e100


def augmented_tolerances(rtol, atol, shape, n_W, seminorm, method):
    """Tolerances for [z, a, a_W] from those for z."""
    if not seminorm and np.ndim(rtol) == np.ndim(atol) == 0:
        return rtol, atol
    rtol_z, atol_z = (np.broadcast_to(tol, shape).ravel() for tol in (rtol, atol))
    tolerances = [np.concatenate([tol, tol, np.full(n_W, tol.min())]) for tol in (rtol_z, atol_z)]
    if seminorm:
        tolerances[1][2 * atol_z.size :] = INERT
        if method != "lsoda":
            # These norms are a root mean square: inert entries would dilute the others.
            share = 2 * atol_z.size / tolerances[1].size
            tolerances = [tol * np.sqrt(share) for tol in tolerances]
    return tolerances


def relative_distance(z, reference):
    """|z - reference| / |reference| in the 2-norm; absolute where the reference is zero."""
    return float(np.linalg.norm(z - reference) / (np.linalg.norm(reference) or 1.0))
