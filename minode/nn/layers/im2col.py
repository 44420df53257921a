"""Correlation as one matrix product: every patch under the kernel becomes a row of a matrix (im2col)."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minode.base.types import Array, Vjp


def correlate(x: Array, W: Array, stride: int = 1, padding: int = 0) -> tuple[Array, Vjp]:
    """Correlate images with a bank of kernels, y[n, i, j] = sum over the patch at (i, j) of x times W.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
    W : array, shape (kh, kw, channels, outputs)
    stride, padding : int
        In pixels, the same in both directions. The image is padded with zeros.

    Returns
    -------
    y : array, shape (batch, out_height, out_width, outputs)
        With ``out_height = (height + 2 padding - kh) // stride + 1``.
    vjp : callable
        ``vjp(g) -> (g_W, g_x)``.
    """
    kh, kw, _, outputs = W.shape
    padded = pad(x, padding)
    seen, weights = windows(padded, kh, kw, stride), W.reshape(-1, outputs)

    def vjp(g):
        g_rows = g.reshape(-1, outputs)
        # The rows take kh kw / stride**2 times the memory of x, so they are copied again here rather than kept.
        g_W = np.dot(rows(seen).T, g_rows).reshape(W.shape)
        g_seen = np.dot(g_rows, weights.T).reshape(seen.shape)
        g_padded = np.zeros(padded.shape, padded.dtype)
        g_windows, (down, right) = windows(g_padded, kh, kw, stride), (-(-kh // stride), -(-kw // stride))
        # Windows that are `down` and `right` strides apart do not overlap, so they can be added at once.
        for i in range(down):
            for j in range(right):
                g_windows[:, i::down, j::right] += g_seen[:, i::down, j::right]
        return g_W, crop(g_padded, padding)

    return np.dot(rows(seen), weights).reshape(*seen.shape[:3], outputs), vjp


def windows(padded: Array, kh: int, kw: int, stride: int) -> Array:
    """View the patch under the kernel at each place, in shape (batch, out_height, out_width, kh, kw, channels)."""
    seen = sliding_window_view(padded, (kh, kw), axis=(1, 2), writeable=True)
    return seen[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)


def rows(windows: Array) -> Array:
    """Copy the windows into a matrix with one row for each."""
    return windows.reshape(-1, math.prod(windows.shape[3:]))


def pad(x: Array, padding: int) -> Array:
    """Surround images by `padding` rows and columns of zeros."""
    if padding == 0:
        return x
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + 2 * padding, width + 2 * padding, channels), x.dtype)
    crop(padded, padding)[:] = x
    return padded


def crop(padded: Array, padding: int) -> Array:
    """View the images without their padding."""
    return padded[:, padding : padded.shape[1] - padding, padding : padded.shape[2] - padding]
