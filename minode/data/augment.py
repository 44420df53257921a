"""Slight random changes of images, so that a network sees new ones in each epoch."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minode.base.checks import positive_int
from minode.base.types import Array


def random_crop(rng: np.random.Generator, x: Array, padding: int = 4) -> Array:
    """Shift every image by its own random offset of up to `padding` pixels each way, and fill in zeros.

    This is the same as padding with zeros on each side and cropping back to the old size. torchdiffeq's MNIST example
    trains on random crops of 28x28 pixels with padding 4.

    Parameters
    ----------
    rng : numpy.random.Generator
    x : array, shape (n, height, width, channels)
    padding : int
        In pixels. All 2 padding + 1 offsets of an axis are equally likely.

    Returns
    -------
    array like x
        A new array.

    Raises
    ------
    TypeError, ValueError
        If x does not have four axes, or `padding` is not an integer of at least one.
    """
    positive_int(padding, "padding")
    if np.ndim(x) != 4:
        raise ValueError(f"x has shape {np.shape(x)}; expected (n, height, width, channels)")
    n, height, width, channels = x.shape
    padded = np.zeros((n, height + 2 * padding, width + 2 * padding, channels), dtype=x.dtype)
    padded[:, padding:-padding, padding:-padding] = x
    # A row of pixels with their channels is contiguous in memory, so a window over rows is copied in large pieces.
    rows = padded.reshape(n, height + 2 * padding, -1)
    windows = sliding_window_view(rows, (height, width * channels), axis=(1, 2))
    top, left = rng.integers(0, 2 * padding + 1, size=(2, n))
    return windows[np.arange(n), top, left * channels].reshape(x.shape)
