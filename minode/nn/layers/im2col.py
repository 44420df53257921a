"""Correlation as one matrix product: every patch under the kernel becomes a row of a matrix (im2col).

Patches overlap, so that the rows take several times the memory of the images. Where the stride divides the kernel, as
in a 4x4 kernel at stride 2, they need not be copied: an image cut into blocks of stride x stride pixels is one of fewer
pixels and more channels, over which a smaller kernel (here 2x2) moves by one (space to depth). Each block is multiplied
with all places of that kernel at once, and the outputs are sums of the products of neighbouring blocks.
"""

import math
from collections.abc import Iterator

import autograd.numpy as anp
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minode.base.types import Array, Shape, Vjp


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


def formula(x: Array, W: Array, stride: int, padding: int) -> Array:
    """Correlate in autograd.numpy: shift the images to each place of the kernels, multiply, and add up."""
    margin = (padding, padding)
    padded = anp.pad(x, ((0, 0), margin, margin, (0, 0)), "constant")
    height, width = (pixels + 1 - kernel for pixels, kernel in zip(padded.shape[1:3], W.shape))
    return sum(
        anp.dot(padded[:, i : i + height : stride, j : j + width : stride], W[i, j]) for i, j in np.ndindex(W.shape[:2])
    )


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


def in_blocks(W: Array, stride: int) -> Array:
    """Arrange a bank of kernels for `correlate_blocks`.

    Parameters
    ----------
    W : array, shape (kernel, kernel, channels, outputs)
        ``kernel`` is a multiple of `stride`.
    stride : int

    Returns
    -------
    array, shape (stride, stride, channels, places, places, outputs)
        The pixels of a block, and the ``places = kernel // stride`` of the block under the kernel in each direction.
    """
    kernel, _, channels, outputs = W.shape
    places = kernel // stride
    cut = W.reshape(places, stride, places, stride, channels, outputs)
    return np.ascontiguousarray(cut.transpose(1, 3, 4, 0, 2, 5))


def correlate_blocks(x: Array, W: Array, padding: int) -> tuple[Array, Vjp]:
    """Correlate as `correlate` does, by blocks.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
    W : array
        The kernels as `in_blocks` returns them.
    padding : int

    Returns
    -------
    y : array, shape (batch, out_height, out_width, outputs)
    vjp : callable
        ``vjp(g) -> (g_W, g_x)``, g_W in the shape that `in_blocks` was given.
    """
    stride, _, channels, places, _, outputs = W.shape
    kernel, weights = stride * places, W.reshape(-1, places**2 * outputs)
    height, width = ((pixels + 2 * padding - kernel) // stride + 1 for pixels in x.shape[1:3])
    shape = (len(x), height + places - 1, width + places - 1)
    pixels_of_blocks = list(_pixels_of_blocks(x.shape, shape, stride, padding))
    blocks = np.zeros((*shape, stride, stride, channels), x.dtype)
    for pixels, of_blocks in pixels_of_blocks:
        blocks[of_blocks] = x[pixels]
    rows = blocks.reshape(-1, len(weights))
    # A block is at each place of the kernel for another output.
    shifts = [np.s_[:, i : i + height, j : j + width, i, j] for i, j in np.ndindex(places, places)]

    def vjp(g):
        g_products = np.zeros((*shape, places, places, outputs), g.dtype)
        for shift in shifts:
            g_products[shift] = g
        g_rows = g_products.reshape(len(rows), -1)
        g_W = np.dot(rows.T, g_rows).reshape(W.shape).transpose(3, 0, 4, 1, 2, 5)
        g_blocks, g_x = np.dot(g_rows, weights.T).reshape(blocks.shape), np.zeros(x.shape, x.dtype)
        for pixels, of_blocks in pixels_of_blocks:
            g_x[pixels] = g_blocks[of_blocks]
        return g_W.reshape(kernel, kernel, channels, outputs), g_x

    products = np.dot(rows, weights).reshape(*shape, places, places, outputs)
    y = products[shifts[0]].copy()
    for shift in shifts[1:]:
        y += products[shift]
    return y, vjp


def _pixels_of_blocks(images: Shape, blocks: Shape, stride: int, padding: int) -> Iterator[tuple[tuple, tuple]]:
    """Yield, for each place in a block, the pixels of the images that have it, and where in the blocks they are."""

    def along(axis, place):
        first = (place - padding) % stride
        block = (first + padding) // stride
        # Pixels behind the last patch are in no block.
        n = min(len(range(first, images[axis], stride)), blocks[axis] - block)
        return slice(first, first + n * stride, stride), slice(block, block + n)

    for i, j in np.ndindex(stride, stride):
        (down, block_down), (right, block_right) = along(1, i), along(2, j)
        yield np.s_[:, down, right], np.s_[:, block_down, block_right, i, j]
