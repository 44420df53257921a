"""Whole photographs of meters and plates, read character by character with the boxes of their annotations."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from minode.base.files import replacing
from minode.data.dataset import pixels
from minode.data.fonts import font
from minode.data.photographs import crops, ufpr
from minode.nn.losses import softmax
from minode.training.evaluation import logits
from minode.training.setup import recipes
from minode.training.setup.batches import kind_of

# Photographs narrower than that are enlarged by a whole number before anything is written on them.
READABLE_WIDTH = 900
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


def read_photograph(best, path):
    """Read an annotated photograph by the best weights of a run on data of its kind.

    Parameters
    ----------
    best : checkpoint.Checkpoint
        As `evaluation.load_best` returns it.
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
    kind = kind_of(best.config.data)
    if kind is None:
        raise ValueError(f"the run was trained on {best.config.data}; expected one on photographs of meters or plates")
    image, annotation = ufpr.read_character_boxes(kind, path)
    x = np.stack([crops.cut(image, box, crops.MARGIN[kind]) for box in annotation.boxes])
    z = logits(recipes.network(best.config), best.params, pixels(x))
    text = "".join(best.config.class_names[i] for i in z.argmax(axis=1))
    return Read(text, annotation.text, softmax(z).max(axis=1), drawn(image, annotation, text))


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
        letters = font("DejaVuSans-Bold", max(14, round(0.8 * height)))
        place = x + width / 2, y - line
        canvas.text(place, character, fill=colour, font=letters, anchor="mb", stroke_width=2, stroke_fill="white")
    return picture


def save(picture, path):
    """Write a picture as a PNG that is whole or not there."""
    with replacing(Path(path)) as temporary:
        picture.save(temporary, format="png")
