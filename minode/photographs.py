"""Whole photographs of meters and plates, read character by character with the boxes of their annotations."""

from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from minode import recipes
from minode.batches import DATASETS
from minode.data import crops, ufpr
from minode.evaluate import load_best, logits
from minode.files import replacing

# Photographs narrower than that are enlarged by a whole number before anything is written on them.
READABLE_WIDTH = 900
FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
RIGHT, WRONG = (0, 158, 115), (213, 94, 0)


class Read(NamedTuple):
    """What a network reads in a photograph.

    Attributes
    ----------
    text, annotated : str
        What it says, and what the annotation says.
    probabilities : array, shape (characters,)
        Of each character of `text`.
    picture : PIL.Image
        The photograph with a box around each character, and the character that it was taken for.
    """

    text: str
    annotated: str
    probabilities: np.ndarray
    picture: Image.Image


def kind_of(config):
    """The kind of photographs that a run was trained on: "amr", "alpr", or None."""
    return DATASETS[config.data][1].get("kind")


def read(folder, path):
    """Read an annotated photograph by the best weights of a run on data of its kind.

    Parameters
    ----------
    folder : path
        Of the run.
    path : path
        The photograph; its annotation, beside it, says where the characters are.

    Returns
    -------
    Read

    Raises
    ------
    ValueError, OSError
        If the run was trained on something else, or anything cannot be read.
    """
    best = load_best(folder)
    kind = kind_of(best.config)
    if kind is None:
        raise ValueError(f"the run in {str(folder)!r} was trained on {best.config.data}; expected amr or alpr")
    image, annotation = ufpr.read_character_boxes(kind, path)
    x = np.stack([crops.cut(image, box, crops.MARGIN[kind]) for box in annotation.boxes])
    z = logits(recipes.network(best.config), best.params, np.divide(x, np.float32(255), dtype=np.float32))
    probabilities = np.exp(z - z.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    text = "".join(best.config.class_names[i] for i in z.argmax(axis=1))
    return Read(text, annotation.text, probabilities.max(axis=1), drawn(image, annotation, text))


def drawn(image, annotation, text):
    """Draw boxes and what was read, in green where it agrees with the annotation."""
    factor = max(1, READABLE_WIDTH // image.width)
    picture = image.resize((factor * image.width, factor * image.height), Image.Resampling.BICUBIC)
    canvas = ImageDraw.Draw(picture)
    for character, annotated, box in zip(text, annotation.text, annotation.boxes):
        x, y, width, height = (factor * side for side in box)
        colour = RIGHT if character == annotated else WRONG
        line = max(2, picture.width // 450)
        canvas.rectangle((x, y, x + width, y + height), outline=colour, width=line)
        font = ImageFont.truetype(str(FONT), max(14, round(0.8 * height)))
        canvas.text(
            (x + width / 2, y - line),
            character,
            fill=colour,
            font=font,
            anchor="mb",
            stroke_width=2,
            stroke_fill="white",
        )
    return picture


def save(picture, path):
    """Write a picture as a PNG that is whole or not there."""
    with replacing(Path(path)) as temporary:
        picture.save(temporary, format="png")
