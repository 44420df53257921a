"""Fully connected layers y = x W + b, also with the depth t as one more input."""

from functools import partial

import autograd.numpy as anp
import numpy as np

from minode.base.checks import generator
from minode.nn.layers.kernel import depth, times_depth
from minode.nn.layers.layer import Layer, kernel_layer


def Dense(units: int) -> Layer:
    """Fully connected layer over the last axis, y = x W + b.

    W and b are initialised like those of PyTorch's `Linear`: uniformly in (-1, 1) / sqrt(fan_in).

    Parameters
    ----------
    units : int
        Size of the last axis of the output.

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (inputs, units) and (units,).
    """
    init = partial(_init, units, 0)
    return kernel_layer("Dense", init, _run_dense, 2, formula=_dense_formula, pushforward=_push_dense)


def ConcatDense(units: int) -> Layer:
    """Fully connected layer on [t, x], y = t W[0] + x W[1:] + b.

    The depth comes first, as in torchdiffeq's examples. The layer is linear, so nothing needs to be concatenated.

    Parameters
    ----------
    units : int
        Size of the last axis of the output.

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (1 + inputs, units) and (units,).
    """
    init = partial(_init, units, 1)
    return kernel_layer("ConcatDense", init, _run_concat, 2, formula=_concat_formula, pushforward=_push_concat)


def _init(units, n_times, rng, input_shape):
    fan_in = n_times + input_shape[-1]
    bound = fan_in**-0.5
    params = generator(rng).uniform(-bound, bound, (fan_in, units)), rng.uniform(-bound, bound, units)
    return (*input_shape[:-1], units), params


def _run_dense(parameters, x, t):
    W, b = parameters

    def vjp(g):
        return _dense_gradients(x, g), g.dot(W.T), 0.0

    return x.dot(W) + b, vjp


def _dense_formula(parameters, x, t):
    W, b = parameters
    return anp.dot(x, W) + b


def _push_dense(parameters, s, t):
    W, b = parameters
    y, pull = _push_linear(W, s)
    y[0] += b

    def vjp(g):
        g_W, g_s = pull(g)
        return [g_W, np.add.reduce(g[0].reshape(-1, g.shape[-1]))], g_s, 0.0

    return y, vjp


def _push_linear(W, s):
    """Points and tangents in one product of matrices, without the bias that points alone have."""
    rows = s.reshape(-1, s.shape[-1])

    def pull(g):
        g_rows = g.reshape(-1, g.shape[-1])
        return rows.T.dot(g_rows), g_rows.dot(W.T).reshape(s.shape)

    return rows.dot(W).reshape(*s.shape[:-1], W.shape[1]), pull


def _run_concat(parameters, x, t):
    W, b = parameters
    t = depth(t)

    def vjp(g):
        g_W, g_b = _dense_gradients(x, g)
        return [np.concatenate([t * g_b[None], g_W]), g_b], np.dot(g, W[1:].T), np.dot(W[0], g_b)

    return np.dot(x, W[1:]) + (t * W[0] + b), vjp


def _concat_formula(parameters, x, t):
    W, b = parameters
    return anp.dot(x, W[1:]) + (times_depth(t, W[0]) + b)


def _push_concat(parameters, s, t):
    W, b = parameters
    t = depth(t)
    y, vjp_at_depth = _push_dense((W[1:], t * W[0] + b), s, t)

    def vjp(g):
        (g_W, g_b), g_s, _ = vjp_at_depth(g)
        return [np.concatenate([t * g_b[None], g_W]), g_b], g_s, np.dot(W[0], g_b)

    return y, vjp


def _dense_gradients(x, g):
    if g.ndim != 2:
        x, g = x.reshape(-1, x.shape[-1]), g.reshape(-1, g.shape[-1])
    return [x.T.dot(g), np.add.reduce(g)]
