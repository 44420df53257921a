"""Layers that turn maps into vectors."""

import math

import autograd.numpy as anp
import numpy as np

from minode.nn.layers.layer import Layer, kernel_layer


def GlobalAvgPool() -> Layer:
    """Take the mean over all pixels: shape (height, width, channels) becomes (1, 1, channels)."""
    return kernel_layer("GlobalAvgPool", _init_pool, _run_pool, detail="global", formula=_pool_formula)


def Flatten() -> Layer:
    """Arrange all entries of an image in one vector."""
    return kernel_layer("Flatten", _init_flatten, _run_flatten, formula=_flatten_formula)


def _init_pool(rng, input_shape):
    return (1, 1, input_shape[-1]), ()


def _run_pool(W, x, t):
    pixels = math.prod(x.shape[1:3])

    def vjp(g):
        return [], np.broadcast_to(g / pixels, x.shape), 0.0

    return x.mean(axis=(1, 2), keepdims=True), vjp


def _pool_formula(W, x, t):
    return anp.mean(x, axis=(1, 2), keepdims=True)


def _init_flatten(rng, input_shape):
    return (math.prod(input_shape),), ()


def _run_flatten(W, x, t):
    return x.reshape(len(x), -1), lambda g: ([], g.reshape(x.shape), 0.0)


def _flatten_formula(W, x, t):
    return anp.reshape(x, (len(x), -1))
