"""Classifying single images that are read from files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minode.base.types import Array, PathLike
from minode.data.dataset import pixels
from minode.nn import models
from minode.nn.losses import softmax
from minode.training.evaluation import logits
from minode.training.saved.state import Checkpoint
from minode.training.setup import recipes

MODES = {1: "L", 3: "RGB"}
# Shrinking a picture more than tenfold leaves few pixels of a character that does not fill it. Stretching a picture by
# more than half makes a character look like another one.
FAR, STRETCHED = 10, 1.5


class Prediction(NamedTuple):
    """The two most probable classes of an image, the more probable one first.

    Attributes
    ----------
    path : path
    class_names : (str, str)
    probabilities : (float, float)
    size : (int, int)
        Width and height of the file's image, in pixels.
    """

    path: PathLike
    class_names: tuple
    probabilities: tuple
    size: tuple

    @property
    def caution(self) -> str:
        """A warning of what the resizing may have done to the image; empty if the image was small and nearly square."""
        width, height = self.size
        far = max(self.size) > FAR * models.SIZE
        stretched = max(self.size) > STRETCHED * min(self.size)
        if not (far or stretched):
            return ""
        doubts = ["shrunk from far"] * far + ["not square"] * stretched
        return (
            f"{width}x{height} pixels made {models.SIZE}x{models.SIZE}: {', '.join(doubts)}; crop it to one character"
        )


def image_files(paths: Sequence[PathLike]) -> tuple[list[Path], dict[Path, int]]:
    """List image files; folders are searched for them, with their subfolders.

    Parameters
    ----------
    paths : sequence of path
        Files and folders.

    Returns
    -------
    images : list of Path
        The files that were given, and for each folder its visible files with the suffix of an image, sorted.
    others : dict of Path and int
        For each folder, the number of its visible files that are no images.

    Raises
    ------
    ValueError
        If a folder has no image.
    """
    from PIL import Image

    suffixes = {suffix for suffix, form in Image.registered_extensions().items() if form in Image.OPEN}
    images, others = [], {}
    for path in map(Path, paths):
        if not path.is_dir():
            images.append(path)
            continue
        files = [file for file in sorted(path.rglob("*")) if file.is_file()]
        visible = [file for file in files if not any(part.startswith(".") for part in file.relative_to(path).parts)]
        found = [file for file in visible if file.suffix.lower() in suffixes]
        if not found:
            raise ValueError(f"the folder {str(path)!r} holds no image; expected files such as NAME.png or NAME.jpg")
        images += found
        others[path] = len(visible) - len(found)
    return images, others


def read_image(path: PathLike, channels: int, invert: bool = False) -> tuple[Array, tuple[int, int]]:
    """Read an image file in the form that a network takes: grey levels or colours in [0, 1], resized to 28x28.

    The image is not cropped, centred or turned. MNIST's digits are white on black, in a box 20 pixels high.

    Parameters
    ----------
    path : path
        A file in any format that Pillow reads with 8 bits a channel.
    channels : {1, 3}
    invert : bool
        Exchange black and white, as needed for ink on paper.

    Returns
    -------
    x : array of float32, shape (28, 28, channels)
    size : (int, int)
        Width and height of the file's image, in pixels.

    Raises
    ------
    ValueError
        If the file cannot be read; the message names it.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            # Pillow would clip the values of an image with more than 8 bits, most of them to white.
            if image.mode.startswith(("I", "F")):
                raise ValueError(f"it has more than 8 bits a pixel (mode {image.mode})")
            size = image.size
            small = image.convert(MODES[channels]).resize((models.SIZE, models.SIZE), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"cannot read the image {str(path)!r}: {getattr(error, 'strerror', None) or error}") from error
    x = pixels(np.asarray(small)).reshape(*small.size, channels)
    return (1 - x if invert else x), size


def predict(
    best: Checkpoint,
    paths: Sequence[PathLike],
    invert: bool = False,
    unreadable: Callable[[PathLike, Exception], object] | None = None,
) -> list[Prediction]:
    """Classify image files by the best weights of a run.

    Parameters
    ----------
    best : checkpoint.Checkpoint
        As `evaluation.load_best` returns it.
    paths : sequence of path
    invert : bool
        As for `read_image`.
    unreadable : callable, optional
        ``unreadable(path, error)`` is called for each image that cannot be read, and the image is left out. Without it
        the error is raised.

    Returns
    -------
    list of Prediction

    Raises
    ------
    ValueError
        If an image cannot be read; the message names it.
    """
    images = []
    for path in paths:
        try:
            images.append((path, *read_image(path, best.config.channels, invert)))
        except ValueError as error:
            if unreadable is None:
                raise
            unreadable(path, error)
    if not images:
        return []
    z = logits(recipes.network(best.config), best.params, np.stack([x for _, x, _ in images]))
    predictions = []
    for (path, _, size), row in zip(images, softmax(z)):
        first, second = np.argsort(row)[:-3:-1]
        names = best.config.class_names[first], best.config.class_names[second]
        predictions.append(Prediction(path, names, (float(row[first]), float(row[second])), size))
    return predictions
