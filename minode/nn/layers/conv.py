"""Convolutional layers (correlations, as is usual in the field), also with the depth t as one more channel."""

from functools import cache, cached_property, partial
from typing import NamedTuple

import numpy as np

from minode.base.checks import generator, positive_int
from minode.base.types import Array, Shape, Vjp
from minode.nn.layers import im2col, winograd
from minode.nn.layers.kernel import depth, times_depth
from minode.nn.layers.layer import Layer, kernel_layer


def Conv2D(channels: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = True) -> Layer:
    """Convolutional layer on images (batch, height, width, channel).

    W and b are initialised like those of PyTorch's `Conv2d`: uniformly in (-1, 1) / sqrt(fan_in).

    Parameters
    ----------
    channels : int
        Number of output channels.
    kernel, stride, padding : int
        In pixels, the same in both directions. The image is padded with zeros.
    bias : bool

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (kernel, kernel, inputs, channels) and (channels,), or ``(W,)``.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer. From `init`, if the kernel does not fit into the padded image.
    """
    geometry = _geometry(channels, kernel, stride, padding)
    return kernel_layer(
        "Conv2D",
        partial(_init, geometry, 0, bias),
        _run_conv,
        n_leaves=1 + bias,
        prepare=partial(_prepare_conv, geometry),
        detail=f"{kernel}x{kernel}/{stride}",
        formula=partial(_conv_formula, geometry),
    )


def ConcatConv2D(channels: int, kernel: int, stride: int = 1, padding: int = 0) -> Layer:
    """Convolutional layer on [t, x]: the first channel of the input is the depth t at every pixel.

    Nothing is concatenated. The layer is linear, so this channel adds t times a map that is the same for all images.

    Parameters
    ----------
    channels, kernel, stride, padding : int
        As for `Conv2D`.

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (kernel, kernel, 1 + inputs, channels) and (channels,).
    """
    geometry = _geometry(channels, kernel, stride, padding)
    return kernel_layer(
        "ConcatConv2D",
        partial(_init, geometry, 1, True),
        _run_concat,
        n_leaves=2,
        prepare=partial(_prepare_concat, geometry),
        detail=f"{kernel}x{kernel}/{stride}",
        formula=partial(_concat_formula, geometry),
    )


class _Geometry(NamedTuple):
    """The arguments that a convolutional layer is made with, in their order."""

    channels: int
    kernel: int
    stride: int
    padding: int

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ValueError(f"input shape is {tuple(input_shape)}; expected (height, width, channels)")
        size = tuple(self.output_size(pixels) for pixels in input_shape[:2])
        if min(size) < 1:
            raise ValueError(
                f"a {self.kernel}x{self.kernel} kernel does not fit an image of {input_shape[0]}x{input_shape[1]} "
                f"pixels with padding {self.padding}"
            )
        return (*size, self.channels)

    def output_size(self, pixels: int) -> int:
        return (pixels + 2 * self.padding - self.kernel) // self.stride + 1


def _geometry(channels, kernel, stride, padding):
    for value, name in [(channels, "channels"), (kernel, "kernel"), (stride, "stride"), (padding + 1, "padding + 1")]:
        positive_int(value, name)
    return _Geometry(channels, kernel, stride, padding)


def _init(geometry, n_times, bias, rng, input_shape):
    channels, kernel, *_ = geometry
    output_shape, inputs = geometry.output_shape(input_shape), n_times + input_shape[-1]
    bound = (kernel**2 * inputs) ** -0.5
    W = generator(rng).uniform(-bound, bound, (kernel, kernel, inputs, channels))
    b = rng.uniform(-bound, bound, channels)
    return output_shape, (W, b) if bias else (W,)


def _prepare_conv(geometry, parameters):
    return _Bank(parameters[0], geometry.stride, geometry.padding), parameters[1:]


def _run_conv(prepared, x, t):
    bank, bias = prepared
    y, correlation_vjp = bank.correlate(x)
    for b in bias:
        y += b

    def vjp(g):
        g_W, g_x = correlation_vjp(g)
        return [g_W, *(_sum_of_rows(g.reshape(-1, g.shape[-1])) for _ in bias)], g_x, 0.0

    return y, vjp


def _conv_formula(geometry, parameters, x, t):
    W, *bias = parameters
    return sum(bias, im2col.formula(x, W, *geometry[2:]))


def _prepare_concat(geometry, parameters):
    channels, kernel, stride, padding = geometry
    W, b = parameters

    @cache
    def time_channel(height, width):
        """The patches of an image of ones, and what they add to the output at t = 1; one row an output pixel."""
        ones = im2col.pad(np.ones((1, height, width, 1), W.dtype), padding)
        rows = im2col.rows(im2col.windows(ones, kernel, kernel, stride))
        return rows, np.dot(rows, W[:, :, 0].reshape(kernel**2, channels))

    return _Bank(np.ascontiguousarray(W[:, :, 1:]), stride, padding), b, time_channel


def _run_concat(prepared, x, t):
    (bank, b, time_channel), t = prepared, depth(t)
    y, correlation_vjp = bank.correlate(x)
    rows, of_time = time_channel(*x.shape[1:3])
    y += (t * of_time + b).reshape(y.shape[1:])

    def vjp(g):
        g_W, g_x = correlation_vjp(g)
        g_map = _sum_of_rows(g.reshape(len(g), -1)).reshape(of_time.shape)
        g_W_time = np.dot(t * rows.T, g_map).reshape(*g_W.shape[:2], 1, -1)
        return [np.concatenate([g_W_time, g_W], axis=2), g_map.sum(axis=0)], g_x, np.vdot(g_map, of_time)

    return y, vjp


def _concat_formula(geometry, parameters, x, t):
    W, b = parameters
    of_time = im2col.formula(np.ones((1, *x.shape[1:3], 1), W.dtype), W[:, :, :1], *geometry[2:])
    return im2col.formula(x, W[:, :, 1:], *geometry[2:]) + (times_depth(t, of_time) + b)


def _sum_of_rows(matrix):
    # ``matrix.sum(axis=0)`` takes three times as long as a product.
    return np.dot(np.ones(len(matrix), matrix.dtype), matrix)


class _Bank:
    """A bank of kernels, which correlates images by the fastest of three ways."""

    def __init__(self, W: Array, stride: int, padding: int) -> None:
        self.W, self.stride, self.padding = W, stride, padding

    def correlate(self, x: Array) -> tuple[Array, Vjp]:
        kernel, (height, width) = len(self.W), x.shape[1:3]
        keeps_size = self.stride == 1 and kernel == 2 * self.padding + 1 == 3
        if keeps_size and height == width <= winograd.largest_map(kernel):
            return winograd.correlate(x, *self.at_points, kernel)
        if self.stride > 1 and kernel % self.stride == 0:
            return im2col.correlate_blocks(x, self.in_blocks, self.padding)
        return im2col.correlate(x, self.W, self.stride, self.padding)

    @cached_property
    def at_points(self) -> tuple[Array, Array]:
        return winograd.at_points(self.W)

    @cached_property
    def in_blocks(self) -> Array:
        return im2col.in_blocks(self.W, self.stride)
