"""Cutting characters out of photographs, as the thesis does (sections 4.2 and 4.3)."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from minode.base.types import Array, Box, PathLike

SIZE = 28
# Number of pixels by which a box is enlarged on each side.
MARGIN = {"amr": 4, "alpr": 1}
# The filter for the copy with sharper edges in Figure 4.6.
SHARPEN = ImageFilter.UnsharpMask(radius=2, percent=125)
# More than the distance in pixels over which sharpening lets one pixel influence another.
REACH = 16


class Crops(NamedTuple):
    """Characters of a split.

    Attributes
    ----------
    x : array of uint8, shape (n, 28, 28, 3)
    y : array of int64, shape (n,)
        Indices into the names of the classes.
    source : array of str, shape (n,)
        The photograph's path, relative to the root, and the place of the character in its text, such as
        "training/track0001/track0001[01].png 3". For copies "grey" or "sharp" follows.
    """

    x: np.ndarray
    y: np.ndarray
    source: np.ndarray


class Reading(NamedTuple):
    """The characters that were read from a folder.

    Attributes
    ----------
    splits : dict
        The Crops of "training", "validation" and "testing".
    left_out : list of str
        For each photograph that could not be used, what is wrong with it.
    """

    splits: dict
    left_out: list


def read_photograph(path: PathLike) -> Image.Image:
    """Read a whole photograph in colour.

    Raises
    ------
    ValueError
        If the file is no image or a damaged one; the message names it.
    OSError
        If the file cannot be opened.
    """
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: it cannot be read as an image ({error})") from error


def cut(image: Image.Image, box: Box, margin: int) -> Array:
    """Cut out a box, enlarged by a margin and clipped at the border, and resize it to 28x28 whatever its aspect ratio.

    Parameters
    ----------
    image : PIL.Image
    box : (x, y, width, height)
        In pixels.
    margin : int

    Returns
    -------
    array of uint8, shape (28, 28, 3)
    """
    return np.asarray(image.crop(grown(image, box, margin)).resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def grown(image: Image.Image, box: Box, margin: int) -> Box:
    """Return the edges (left, top, right, bottom) of a box, enlarged by a margin and clipped at the border."""
    x, y, width, height = box
    return (
        max(x - margin, 0),
        max(y - margin, 0),
        min(x + width + margin, image.width),
        min(y + height + margin, image.height),
    )


def copies(image: Image.Image, box: Box, margin: int) -> list[Array]:
    """Make the two copies of a character that augment the training set: a grey one, and one sharpened before cutting.

    Returns
    -------
    list of array of uint8, shape (28, 28, 3)
    """
    region = image.crop(corners := grown(image, box, margin + REACH))
    x, y, width, height = box
    inside = x - corners[0], y - corners[1], width, height
    return [
        cut(ImageOps.grayscale(region).convert("RGB"), inside, margin),
        cut(region.filter(SHARPEN), inside, margin),
    ]
