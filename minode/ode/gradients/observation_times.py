"""The gradient in the observation times, which needs no solve."""

import numpy as np

from minode.base.types import Array, Field, Params
from minode.ode.field.nfe import counted
from minode.ode.tracing.fields import field


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
