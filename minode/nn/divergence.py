"""The divergence of a field f of points, tr(df/dz), beside its value, by products of df/dz with vectors v.

There are d vectors, the unit vectors, or a single one of random signs: see `flows`. A field of layers pushes them
forward, df/dz v, beside the points, as one kernel; of any other field autograd pulls them back, v df/dz. The divergence
is the sum of v . df/dz v in either case.
"""

from collections.abc import Sequence
from functools import partial

import autograd.numpy as anp
import numpy as np
from autograd import make_jvp
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import parameters, tree_map
from minode.base.types import Array, Field, Params
from minode.nn.layers.kernel import Kernel
from minode.ode.field.evaluations import KernelField
from minode.ode.tracing.fields import field
from minode.ode.tracing.trace import traced


def density_slopes(f: Field, noise: Array | None, costs: bool) -> Field:
    """Make the function ``slopes(t, z, params)`` of a flow's field: columns dz/dt, d log p/dt and, if asked for, costs.

    Parameters
    ----------
    f : callable
        As for `flows.density_field`.
    noise : array, shape of z, or None
        Signs; None for the exact trace.
    costs : bool
        Whether there are columns for |f|**2 and for the squared Frobenius norm of df/dz.

    Returns
    -------
    callable
        A `KernelField` if f is one whose kernel can push vectors forward.
    """
    if type(f) is not KernelField or f.kernel.pushforward is None:
        return partial(_traced_slopes, f, noise, costs)
    kernel = f.kernel
    run = partial(_run_slopes, kernel.pushforward, noise, costs)
    formula = partial(_slopes_formula, kernel.formula, noise, costs)
    return KernelField(Kernel(kernel.name, run, kernel.n_leaves, kernel.prepare, formula))


def check_field(f: Field, t: float, z: Array, params: Params) -> None:
    """Refuse an f of which the Jacobian of a single point makes no sense, by a look at the first of the points z.

    Raises
    ------
    ValueError
        If its dz/dt depends on the other points, or on chance.
    """
    checks.function(f, "f(t, z, params)")
    z, params = getval(z), tree_map(getval, parameters(params, "params"))
    # A batch of copies of the first point lies where f is defined, and has another mean and spread.
    dz, alone = (field(f, t, points, params)[0] for points in (z.copy(), np.repeat(z[:1], len(z), axis=0)))
    if not np.allclose(dz, alone, rtol=1e-4, atol=1e-4 * np.abs(dz).max(), equal_nan=True):
        raise ValueError(
            f"f gives {dz} at the point z[0], and {alone} where all other points are moved; expected a field of single "
            "points without chance in it: draw noise, and compute statistics of a batch, before the solve"
        )


def _vectors(noise: Array | None, z: Array) -> Array:
    """What the Jacobian is multiplied by, shape (k, batch, d): each unit vector for all points, or the noise."""
    n, d = z.shape
    if noise is None:
        return np.broadcast_to(np.eye(d, dtype=z.dtype)[:, None], (d, n, d))
    if noise.shape != (n, d):
        raise ValueError(f"noise has shape {noise.shape}; expected {(n, d)}, the shape of z")
    return noise[None].astype(z.dtype, copy=False)


def _run_slopes(pushforward, noise, costs, W, z, t):
    vectors = _vectors(noise, z)
    y, vjp = pushforward(W, np.concatenate([z[None], vectors]), t)
    if y[0].shape != z.shape:
        raise ValueError(f"f returned shape {y[0].shape}; expected {z.shape}, the shape of z")
    dz, products = y[0], y[1:]
    columns = [dz, -np.einsum("kbd,kbd->b", vectors, products)[:, None]]
    if costs:
        columns += [np.einsum("bd,bd->b", dz, dz)[:, None], np.einsum("kbd,kbd->b", products, products)[:, None]]

    def pull(g):
        d = z.shape[1]
        g_y = np.empty_like(y)
        g_y[0] = g[:, :d]
        np.multiply(-g[:, d, None], vectors, out=g_y[1:])
        if costs:
            g_y[0] += 2 * g[:, d + 1, None] * dz
            g_y[1:] += 2 * g[:, d + 2, None] * products
        g_W, g_s, g_t = vjp(g_y)
        return g_W, g_s[0], g_t

    return np.concatenate(columns, axis=1), pull


def _slopes_formula(formula, noise, costs, W, z, t):
    vectors = _vectors(noise, z)
    values, products = zip(*map(make_jvp(lambda z: formula(W, z, t))(z), vectors))
    return _in_columns(values[0], vectors, products, costs)


def _traced_slopes(f, noise, costs, t, z, params):
    vectors = _vectors(noise, z)
    dz, pull = traced(lambda z: field(f, t, z, params), (z,))
    return _in_columns(dz, vectors, [pull(v)[0] for v in vectors], costs)


def _in_columns(dz: Array, vectors: Array, products: Sequence[Array], costs: bool) -> Array:
    """Slopes of all parts. It does not matter by which side the vectors are multiplied, but for one Jacobian's norm."""
    columns = [dz, -sum(anp.sum(v * product, axis=1, keepdims=True) for v, product in zip(vectors, products))]
    if costs:
        columns.append(anp.sum(dz**2, axis=1, keepdims=True))
        columns.append(sum(anp.sum(product**2, axis=1, keepdims=True) for product in products))
    return anp.concatenate(columns, axis=1)
