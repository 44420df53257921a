"""Characters cut out of photographs, as the thesis cuts them (sections 4.2 and 4.3)."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter, ImageOps

SIZE = 28
# Pixels by which a box grows on each side.
MARGIN = {"amr": 4, "alpr": 1}
# Figure 4.6: a copy without colour and one with sharper edges.
SHARPEN = ImageFilter.UnsharpMask(radius=2, percent=125)
# From a pixel to the farthest one that sharpening lets it see, with room to spare.
REACH = 16


class Crops(NamedTuple):
    """Characters of a split.

    Attributes
    ----------
    x : array of uint8, shape (n, 28, 28, 3)
    y : array of int64, shape (n,)
        Indices into the names of the classes.
    source : array of str, shape (n,)
        The photograph, relative to the root, and the place of the character in its text, such as
        "training/track0001/track0001[01].png 3"; copies end in "grey" or "sharp".
    """

    x: np.ndarray
    y: np.ndarray
    source: np.ndarray


class Reading(NamedTuple):
    """What was read from a folder.

    Attributes
    ----------
    splits : dict
        "training", "validation" and "testing" -> Crops.
    left_out : list of str
        What is wrong with photographs that could not be used.
    """

    splits: dict
    left_out: list


def read_photograph(path):
    """Read a photograph whole, in colour.

    Raises
    ------
    ValueError
        If it is no image, or a damaged one; it is named.
    OSError
        If it cannot be opened.
    """
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: it cannot be read as an image ({error})") from error


def cut(image, box, margin):
    """Cut out a box grown by a margin and clipped at the border, resized to 28x28 whatever its aspect ratio.

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


def grown(image, box, margin):
    """The corners (left, top, right, bottom) of a box grown by a margin and clipped at the border."""
    x, y, width, height = box
    return (
        max(x - margin, 0),
        max(y - margin, 0),
        min(x + width + margin, image.width),
        min(y + height + margin, image.height),
    )


def copies(image, box, margin):
    """The two copies of a character that augment the training set: one grey, one sharpened before it is cut.

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
