"""A gated recurrent unit over whole sequences, as one kernel with its vector-Jacobian product.

The unit of Cho et al. (2014), with the reset gate behind the product U h, as in cuDNN and PyTorch:

    r, s = sigmoid(x W_r + h U_r + b_r), sigmoid(x W_s + h U_s + b_s)
    n = tanh(x W_n + b_n + r (h U_n + c))
    h <- h + m (1 - s) (n - h)

The weight m is 1 at an observation and 0 where there is none, as in the padding of a short sequence: h is carried over.
"""

from functools import partial

import autograd.numpy as anp
import numpy as np

from minode.base.checks import generator, positive_int, true_or_false
from minode.base.types import Array, Params
from minode.nn.layers import Layer, kernel_layer


def GRU(units: int, backward: bool = False) -> Layer:
    """Gated recurrent unit: maps sequences, shape (batch, k, 1 + features), to its states, shape (batch, k, units).

    Parameters
    ----------
    units : int
        Size of the state h, which begins at zero.
    backward : bool
        Whether to read a sequence from its last entry to its first. State j is the one after entry j was read, either
        way: states 0 are then the last ones.

    Returns
    -------
    Layer
        The first feature of each entry is its weight m. Parameters ``(W, U, b, c)`` of shapes (features, 3 units),
        (units, 3 units), (3 units,) and (units,), with the columns of r, s and n side by side, initialised uniformly in
        (-1, 1) / sqrt(units) like those of PyTorch.
    """
    positive_int(units, "units")
    true_or_false(backward, "backward")
    init, run, formula = partial(_init, units), partial(_run, backward), partial(_formula, backward)
    return kernel_layer("GRU", init, run, n_leaves=4, formula=formula)


def gru_step(params: Params, h: Array, entry: Array) -> Array:
    """The state after h, shape (batch, units), when one entry is read: shape (batch, 1 + features), weight first.

    A `GRU` reads a whole sequence; this goes on from where it ended, as when a network reads its own predictions.
    """
    W, U, b, c = params
    return _step(U, c, h, anp.dot(entry[:, 1:], W) + b, entry[:, :1])


def _init(units, rng, input_shape):
    if len(input_shape) != 2 or input_shape[1] < 2:
        raise ValueError(f"input_shape is {tuple(input_shape)}; expected (k, 1 + features), a weight and what it is of")
    k, features = input_shape[0], input_shape[1] - 1
    bound = units**-0.5
    shapes = (features, 3 * units), (units, 3 * units), (3 * units,), (units,)
    return (k, units), tuple(generator(rng).uniform(-bound, bound, shape) for shape in shapes)


def _order(backward, k):
    return range(k - 1, -1, -1) if backward else range(k)


def _step(U, c, h, from_x, m):
    n_units, from_h = len(c), anp.dot(h, U)
    r, s = (_sigmoid(from_x[:, at] + from_h[:, at]) for at in (slice(n_units), slice(n_units, 2 * n_units)))
    n = anp.tanh(from_x[:, 2 * n_units :] + r * (from_h[:, 2 * n_units :] + c))
    return h + m * (1 - s) * (n - h)


def _sigmoid(x):
    return (1 + anp.tanh(x / 2)) / 2


def _formula(backward, W, x, t):
    W, U, b, c = W
    m, from_x = x[..., :1], anp.dot(x[..., 1:], W) + b
    h, states = anp.zeros((len(x), len(c)), x.dtype), {}
    for j in _order(backward, x.shape[1]):
        states[j] = h = _step(U, c, h, from_x[:, j], m[:, j])
    return anp.stack([states[j] for j in range(x.shape[1])], axis=1)


def _run(backward, W, x, t):
    W, U, b, c = W
    u, k, batch = len(c), x.shape[1], len(x)
    # The sequence comes first inside, so that what a step works on lies together.
    x = np.ascontiguousarray(x.swapaxes(0, 1))
    m, features = x[..., :1], x[..., 1:].reshape(-1, x.shape[-1] - 1)
    gates = (features.dot(W) + b).reshape(k, batch, 3 * u)
    # h[j] is the state before step j, and a[j] the product that r multiplies.
    steps = _order(backward, k)
    h, a, states = (np.empty((k, batch, u), x.dtype) for _ in range(3))
    now = np.zeros((batch, u), x.dtype)
    for j in steps:
        h[j], gate = now, gates[j]
        from_h = now.dot(U)
        rs, n = gate[:, : 2 * u], gate[:, 2 * u :]
        rs += from_h[:, : 2 * u]
        rs *= 0.5
        np.tanh(rs, out=rs)
        rs += 1
        rs *= 0.5
        np.add(from_h[:, 2 * u :], c, out=a[j])
        n += rs[:, :u] * a[j]
        np.tanh(n, out=n)
        now = np.add(now, m[j] * (1 - rs[:, u:]) * (n - now), out=states[j])

    def vjp(g):
        g = g.swapaxes(0, 1)
        g_m, g_gates, g_a = np.empty_like(m), np.empty_like(gates), np.empty_like(a)
        g_h = np.zeros((batch, u), x.dtype)
        g_from_h = np.empty((batch, 3 * u), x.dtype)
        for j in reversed(steps):
            r, s, n = np.split(gates[j], 3, axis=1)
            g_h = g_h + g[j]
            keep, change = 1 - s, n - h[j]
            np.einsum("bu,bu,bu->b", g_h, keep, change, out=g_m[j, :, 0])
            g_step = g_h * m[j]
            g_r, g_s, g_n = np.split(g_gates[j], 3, axis=1)
            np.multiply(g_step * keep, 1 - n * n, out=g_n)
            np.multiply(g_step * change, -s * keep, out=g_s)
            np.multiply(g_n * a[j], r * (1 - r), out=g_r)
            np.multiply(g_n, r, out=g_a[j])
            g_from_h[:, : 2 * u], g_from_h[:, 2 * u :] = g_gates[j, :, : 2 * u], g_a[j]
            g_h = g_h - g_step * keep + g_from_h.dot(U.T)
        flat = g_gates.reshape(-1, 3 * u)
        before = h.reshape(-1, u).T
        g_U = np.concatenate([before.dot(flat[:, : 2 * u]), before.dot(g_a.reshape(-1, u))], axis=1)
        g_x = np.concatenate([g_m, flat.dot(W.T).reshape(k, batch, -1)], axis=-1).swapaxes(0, 1)
        return [features.T.dot(flat), g_U, flat.sum(axis=0), g_a.sum(axis=(0, 1))], g_x, 0.0

    return states.swapaxes(0, 1), vjp
