"""Convolutional layers (in the field's sense: correlations), and the same with the depth t as one more channel."""

from functools import cache, cached_property

import numpy as np

from minode.checks import positive_int
from minode.layers import patches, points
from minode.layers.layer import kernel_layer


def Conv2D(channels, kernel, stride=1, padding=0, bias=True):
    """Convolutional layer on images (batch, height, width, channel).

    Initialised as PyTorch's `Conv2d`: uniform in (-1, 1) / sqrt(fan_in), for W and b alike.

    Parameters
    ----------
    channels : int
        Of the output.
    kernel, stride, padding : int
        Pixels, the same in both directions; padding is with zeros.
    bias : bool

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (kernel, kernel, inputs, channels) and (channels,), or ``(W,)``.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer or, from `init`, the kernel does not fit the padded image.
    """
    shape_of = _output_shape(channels, kernel, stride, padding)

    def init(rng, input_shape):
        W, b = _uniform(rng, kernel, input_shape[-1], channels)
        return shape_of(input_shape), (W, b) if bias else (W,)

    def prepare(parameters):
        return _Bank(parameters[0], stride, padding), parameters[1:]

    def run(prepared, x, t):
        bank, b = prepared
        y, correlation_vjp = bank.correlate(x)
        if bias:
            y += b[0]

        def vjp(g):
            g_W, g_x = correlation_vjp(g)
            return [g_W, g.sum(axis=(0, 1, 2))] if bias else [g_W], g_x, 0.0

        return y, vjp

    return kernel_layer("Conv2D", init, run, 1 + bias, prepare=prepare, detail=f"{kernel}x{kernel}/{stride}")


def ConcatConv2D(channels, kernel, stride=1, padding=0):
    """Convolutional layer on [t, x]: the depth comes first, as one more channel of equal pixels.

    Nothing is concatenated: by linearity the time channel adds t times a map that is the same for the whole batch.

    Parameters
    ----------
    channels, kernel, stride, padding : int
        As for `Conv2D`.

    Returns
    -------
    Layer
        Parameters ``(W, b)`` of shapes (kernel, kernel, 1 + inputs, channels) and (channels,).
    """
    shape_of = _output_shape(channels, kernel, stride, padding)

    def init(rng, input_shape):
        return shape_of(input_shape), _uniform(rng, kernel, 1 + input_shape[-1], channels)

    def prepare(parameters):
        W, b = parameters

        @cache
        def time_channel(height, width):
            """The patches of an image of ones, and what they add at t = 1; a row for each pixel of the output."""
            ones = patches.pad(np.ones((1, height, width, 1), W.dtype), padding)
            rows = patches.rows(patches.windows(ones, kernel, kernel, stride))
            return rows, np.dot(rows, W[:, :, 0].reshape(kernel**2, channels))

        return _Bank(np.ascontiguousarray(W[:, :, 1:]), stride, padding), b, time_channel

    def run(prepared, x, t):
        (bank, b, time_channel), t = prepared, float(t)
        y, correlation_vjp = bank.correlate(x)
        rows, of_time = time_channel(*x.shape[1:3])
        y += (t * of_time + b).reshape(y.shape[1:])

        def vjp(g):
            g_W, g_x = correlation_vjp(g)
            g_map = np.add.reduce(g, axis=0).reshape(of_time.shape)
            g_W_time = np.dot(t * rows.T, g_map).reshape(kernel, kernel, 1, channels)
            return [np.concatenate([g_W_time, g_W], axis=2), g_map.sum(axis=0)], g_x, np.vdot(g_map, of_time)

        return y, vjp

    return kernel_layer("ConcatConv2D", init, run, 2, prepare=prepare, detail=f"{kernel}x{kernel}/{stride}")


class _Bank:
    """A bank of kernels, and the faster of two ways to correlate images with it."""

    def __init__(self, W, stride, padding):
        self.W, self.stride, self.padding = W, stride, padding

    def correlate(self, x):
        kernel, (height, width) = len(self.W), x.shape[1:3]
        keeps_size = self.stride == 1 and kernel == 2 * self.padding + 1 == 3
        if keeps_size and height == width <= points.largest_map(kernel):
            return points.correlate(x, self.at_points, kernel)
        return patches.correlate(x, self.W, self.stride, self.padding)

    @cached_property
    def at_points(self):
        return points.at_points(self.W)


def _output_shape(channels, kernel, stride, padding):
    for value, name in [(channels, "channels"), (kernel, "kernel"), (stride, "stride"), (padding + 1, "padding + 1")]:
        positive_int(value, name)

    def shape_of(input_shape):
        if len(input_shape) != 3:
            raise ValueError(f"input shape is {tuple(input_shape)}; expected (height, width, channels)")
        size = tuple((pixels + 2 * padding - kernel) // stride + 1 for pixels in input_shape[:2])
        if min(size) < 1:
            raise ValueError(
                f"a {kernel}x{kernel} kernel does not fit an image of {input_shape[0]}x{input_shape[1]} pixels with "
                f"padding {padding}"
            )
        return (*size, channels)

    return shape_of


def _uniform(rng, kernel, inputs, channels):
    bound = (kernel**2 * inputs) ** -0.5
    return rng.uniform(-bound, bound, (kernel, kernel, inputs, channels)), rng.uniform(-bound, bound, channels)
