"""The class of single images, read from files."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from minode import models, recipes
from minode.data.dataset import pixels
from minode.evaluate import load_best, logits
from minode.losses import softmax

MODES = {1: "L", 3: "RGB"}


class Prediction(NamedTuple):
    """The two most probable classes of an image, the first one first.

    Attributes
    ----------
    path : path
    class_names : (str, str)
    probabilities : (float, float)
    """

    path: Path
    class_names: tuple
    probabilities: tuple


def read_image(path, channels, invert=False):
    """Read an image file as a network takes it: its grey levels or colours in [0, 1], resized to 28x28.

    The file is not cropped, centred or turned. MNIST's digits are white on black, their box 20 pixels high.

    Parameters
    ----------
    path : path
        In any format that Pillow reads with 8 bits a channel.
    channels : {1, 3}
    invert : bool
        Exchange black and white, for ink on paper.

    Returns
    -------
    array of float32, shape (28, 28, channels)

    Raises
    ------
    OSError, ValueError
        If it cannot be read; it is named.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            # Pillow would clip deeper ones to white.
            if image.mode.startswith(("I", "F")):
                raise ValueError(f"it has more than 8 bits a pixel (mode {image.mode})")
            small = image.convert(MODES[channels]).resize((models.SIZE, models.SIZE), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot read the image {str(path)!r}: {getattr(error, 'strerror', None) or error}") from error
    x = pixels(np.asarray(small)).reshape(*small.size, channels)
    return 1 - x if invert else x


def predict(folder, paths, invert=False):
    """Classify image files by the best weights of a run.

    Parameters
    ----------
    folder : path
        Of the run.
    paths : sequence of path
    invert : bool
        As for `read_image`.

    Returns
    -------
    list of Prediction

    Raises
    ------
    OSError, ValueError
        If an image or the run cannot be read.
    """
    best = load_best(folder)
    x = np.stack([read_image(path, best.config.channels, invert) for path in paths])
    z = logits(recipes.network(best.config), best.params, x)
    predictions = []
    for path, row in zip(paths, softmax(z)):
        first, second = np.argsort(row)[:-3:-1]
        names = best.config.class_names[first], best.config.class_names[second]
        predictions.append(Prediction(path, names, (float(row[first]), float(row[second]))))
    return predictions
