"""Correlation as one matrix product: every patch under the kernel becomes a row (im2col)."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def correlate(x, W, stride=1, padding=0):
    """Correlate images with a bank of kernels, y[n, i, j] = sum over the patch at (i, j) of x times W.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
    W : array, shape (kh, kw, channels, outputs)
    stride, padding : int
        Pixels, the same in both directions; padding is with zeros.

    Returns
    -------
    y : array, shape (batch, out_height, out_width, outputs)
        With ``out_height = (height + 2 padding - kh) // stride + 1``.
    vjp : callable
        ``vjp(g) -> (g_W, g_x)``.
    """
    kh, kw, channels, outputs = W.shape
    padded = pad(x, padding)
    windows = sliding_window_view(padded, (kh, kw), axis=(1, 2))[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    batch, height, width = windows.shape[:3]
    patches, weights = windows.reshape(-1, kh * kw * channels), W.reshape(-1, outputs)

    def vjp(g):
        rows = g.reshape(-1, outputs)
        g_patches = np.dot(rows, weights.T).reshape(windows.shape)
        g_padded = np.zeros(padded.shape, padded.dtype)
        for i in range(kh):
            for j in range(kw):
                rows_seen, columns_seen = slice(i, i + stride * height, stride), slice(j, j + stride * width, stride)
                g_padded[:, rows_seen, columns_seen] += g_patches[:, :, :, i, j]
        return np.dot(patches.T, rows).reshape(W.shape), crop(g_padded, padding)

    return np.dot(patches, weights).reshape(batch, height, width, outputs), vjp


def pad(x, padding):
    """Surround images by `padding` rows and columns of zeros."""
    if padding == 0:
        return x
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + 2 * padding, width + 2 * padding, channels), x.dtype)
    crop(padded, padding)[:] = x
    return padded


def crop(padded, padding):
    """The images inside their padding, as a view."""
    return padded[:, padding : padded.shape[1] - padding, padding : padded.shape[2] - padding]
