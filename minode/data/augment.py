"""Slight random changes of images, so that a network sees new ones in each epoch."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import affine_transform

from minode.base.checks import generator, positive_int
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
    _check_images(x)
    n, height, width, channels = x.shape
    padded = np.zeros((n, height + 2 * padding, width + 2 * padding, channels), dtype=x.dtype)
    padded[:, padding:-padding, padding:-padding] = x
    # A row of pixels with their channels is contiguous in memory, so a window over rows is copied in large pieces.
    rows = padded.reshape(n, height + 2 * padding, -1)
    windows = sliding_window_view(rows, (height, width * channels), axis=(1, 2))
    top, left = generator(rng).integers(0, 2 * padding + 1, size=(2, n))
    return windows[np.arange(n), top, left * channels].reshape(x.shape)


def random_affine(
    rng: np.random.Generator,
    x: Array,
    rotation: float = 15.0,
    scaling: float = 0.1,
    shear: float = 0.15,
    shift: int = 2,
) -> Array:
    """Rotate, scale, shear and shift every image by its own random amounts, each uniform within its bounds.

    New pixels are interpolated bilinearly, and are zero where they come from outside the image. The centre of the image
    stays but for the shift.

    Parameters
    ----------
    rng : numpy.random.Generator
    x : array, shape (n, height, width, channels)
    rotation : float
        Largest angle, in degrees, either way.
    scaling : float
        Each axis is stretched by a factor between 1 - scaling and 1 + scaling.
    shear : float
        Largest shift along the rows, either way, for each row away from the centre.
    shift : float
        Largest shift of an axis in pixels, either way; fractions of pixels occur, too.

    Returns
    -------
    array like x
        A new array.

    Raises
    ------
    ValueError
        If x does not have four axes, or if a bound is negative or turns images inside out.
    """
    _check_images(x)
    if not (0 <= rotation <= 180 and 0 <= scaling < 1 and shear >= 0 and shift >= 0):
        raise ValueError(
            f"rotation, scaling, shear and shift are {rotation}, {scaling}, {shear} and {shift}; expected numbers of "
            "at least zero, the rotation at most 180 and the scaling below 1"
        )
    n, *size, channels = x.shape
    bounds = np.array([np.deg2rad(rotation), scaling, scaling, shear, shift, shift])[:, None]
    angle, taller, wider, slant, *shifts = bounds * generator(rng).uniform(-1, 1, (6, n))
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = np.array([[cosine, -sine], [sine, cosine]])
    stretched = np.array([[1 + taller, np.zeros(n)], [slant, 1 + wider]])
    # Each new pixel is looked up where it was before, so the map is inverted.
    inverse = np.linalg.inv(np.einsum("ijn,jkn->nik", turned, stretched))
    centre = (np.array(size) - 1) / 2
    changed = np.empty_like(x)
    for i, (matrix, moved) in enumerate(zip(inverse, centre + np.transpose(shifts))):
        offset = centre - matrix @ moved
        for channel in range(channels):
            affine_transform(x[i, ..., channel], matrix, offset, output=changed[i, ..., channel], order=1)
    return changed


def _check_images(x):
    if np.ndim(x) != 4:
        raise ValueError(f"x has shape {np.shape(x)}; expected (n, height, width, channels)")
