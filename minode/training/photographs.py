"""Reading whole photographs of meters and plates, character by character, in the boxes that their annotations give."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from minode.base.files import replacing
from minode.base.types import PathLike
from minode.data.dataset import pixels
from minode.data.fonts import font
from minode.data.photographs import crops, ufpr
from minode.data.photographs.annotations import Annotation
from minode.nn.losses import softmax
from minode.training.evaluation import logits
from minode.training.saved.state import Checkpoint
from minode.training.setup import recipes
from minode.training.setup.batches import kind_of

# Photographs narrower than this are enlarged by a whole number, so that what is written on them can be read.
READABLE_WIDTH = 900
RIGHT, WRONG = (0, 158, 115), (213, 94, 0)


class Read(NamedTuple):
    """What a network reads in a photograph.

    Attributes
    ----------
    text, annotated : str
        The text that the network reads, and the text of the annotation.
    probabilities : array, shape (characters,)
        The probability of each character of `text`.
    picture : PIL.Image
        The photograph with a box around each character, and above it what the network reads.
    """

    text: str
    annotated: str
    probabilities: np.ndarray
    picture: Image.Image


def read_photograph(best: Checkpoint, path: PathLike) -> Read:
    """Read an annotated photograph with the best weights of a run on photographs of the same kind.

    Parameters
    ----------
    best : checkpoint.Checkpoint
        As `evaluation.load_best` returns it.
    path : path
        The photograph. Its annotation lies beside it and says where the characters are.

    Returns
    -------
    Read

    Raises
    ------
    ValueError, OSError
        If the run was trained on data of another kind, or a file cannot be read.
    """
    kind = kind_of(best.config.data)
    if kind is None:
        raise ValueError(f"the run was trained on {best.config.data}; expected one on photographs of meters or plates")
    image, annotation = ufpr.read_character_boxes(kind, path)
    x = np.stack([crops.cut(image, box, crops.MARGIN[kind]) for box in annotation.boxes])
    z = logits(recipes.network(best.config), best.params, pixels(x))
    text = "".join(best.config.class_names[i] for i in z.argmax(axis=1))
    return Read(text, annotation.text, softmax(z).max(axis=1), drawn(image, annotation, text))


def drawn(image: Image.Image, annotation: Annotation, text: str) -> Image.Image:
    """Draw boxes and the characters that were read, in green if they agree with the annotation, else in red."""
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


def save(picture: Image.Image, path: PathLike) -> None:
    """Write a picture as a PNG file, which is complete or absent if the process ends meanwhile."""
    with replacing(Path(path)) as temporary:
        picture.save(temporary, format="png")
