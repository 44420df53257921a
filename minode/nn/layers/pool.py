"""Layers that mix no channels: a convolution of each by itself, and those that turn maps into vectors."""

import math
from functools import partial

import autograd.numpy as anp
import numpy as np

from minode.base.checks import generator, positive_int
from minode.nn.layers import im2col
from minode.nn.layers.layer import Layer, kernel_layer


def DepthwiseConv2D(kernel: int) -> Layer:
    """Convolve each channel with a kernel of its own; the size of the maps is kept (Howard et al. 2017).

    Parameters
    ----------
    kernel : int
        In pixels, odd. The image is padded with zeros.

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (kernel, kernel, 1, channels) and (channels,), uniform in (-1, 1) / kernel.

    Raises
    ------
    TypeError, ValueError
        If the kernel is no odd positive integer. From `init`, if the input is no image.
    """
    if positive_int(kernel, "kernel") % 2 == 0:
        raise ValueError(f"kernel is {kernel}; expected an odd number, since the size of the maps is kept")
    return kernel_layer(
        "DepthwiseConv2D",
        partial(_init_depthwise, kernel),
        _run_depthwise,
        n_leaves=2,
        detail=f"{kernel}x{kernel}/1",
        formula=_depthwise_formula,
    )


def GlobalAvgPool() -> Layer:
    """Take the mean over all pixels: shape (height, width, channels) becomes (1, 1, channels)."""
    return kernel_layer("GlobalAvgPool", _init_pool, _run_pool, detail="global", formula=_pool_formula)


def Flatten() -> Layer:
    """Arrange all entries of an image in one vector."""
    return kernel_layer("Flatten", _init_flatten, _run_flatten, formula=_flatten_formula)


def _init_depthwise(kernel, rng, input_shape):
    if len(input_shape) != 3:
        raise ValueError(f"input shape is {tuple(input_shape)}; expected (height, width, channels)")
    bound, channels = 1 / kernel, input_shape[-1]
    W = generator(rng).uniform(-bound, bound, (kernel, kernel, 1, channels))
    return tuple(input_shape), (W, rng.uniform(-bound, bound, channels))


def _run_depthwise(parameters, x, t):
    W, b = parameters
    padding = len(W) // 2
    padded, (height, width) = im2col.pad(x, padding), x.shape[1:3]
    y = np.broadcast_to(b, x.shape).copy()
    for i, j in np.ndindex(W.shape[:2]):
        y += padded[:, i : i + height, j : j + width] * W[i, j, 0]

    def vjp(g):
        g_W, g_padded = np.empty_like(W), np.zeros_like(padded)
        for i, j in np.ndindex(W.shape[:2]):
            g_W[i, j, 0] = np.einsum("nhwc,nhwc->c", padded[:, i : i + height, j : j + width], g)
            g_padded[:, i : i + height, j : j + width] += g * W[i, j, 0]
        return [g_W, g.sum(axis=(0, 1, 2))], im2col.crop(g_padded, padding), 0.0

    return y, vjp


def _depthwise_formula(parameters, x, t):
    W, b = parameters
    margin, (height, width) = (len(W) // 2,) * 2, x.shape[1:3]
    padded = anp.pad(x, ((0, 0), margin, margin, (0, 0)), "constant")
    shifted = (padded[:, i : i + height, j : j + width] * W[i, j, 0] for i, j in np.ndindex(W.shape[:2]))
    return sum(shifted, b)


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
