"""Digits drawn with the fonts that matplotlib brings, for notebooks that cannot get MNIST.

They are easier than handwriting. They show that a network learns, but its error says nothing about MNIST.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.base.checks import positive_int
from minode.base.types import PathLike
from minode.data import mnist
from minode.data.dataset import Dataset, Split, make_dataset, pixels
from minode.data.fonts import font

FONTS = tuple(
    f"DejaVu{family}"
    for family in (
        "Sans Sans-Bold Sans-Oblique Sans-BoldOblique SansMono SansMono-Bold SansMono-Oblique "
        "Serif Serif-Bold Serif-Italic Serif-BoldItalic"
    ).split()
)
SIZE, CANVAS, FONT_SIZE = 28, 56, 40
# Ranges of uniform distributions. ROTATION is in degrees, SCALE a factor, SHEAR the sideways lean per unit of height;
# SHIFT and BLUR are in pixels of the final image.
ROTATION, SCALE, SHEAR, SHIFT, BLUR = 20.0, (0.75, 1.1), 0.3, 2.5, (0.2, 1.0)


def mnist_or_drawn(root: PathLike | None = None) -> tuple[Dataset, str]:
    """Load MNIST or, if it is not found and cannot be downloaded, draw digits instead.

    Parameters
    ----------
    root : path-like, optional
        As for `mnist.load`.

    Returns
    -------
    dataset : Dataset
    origin : str
        A sentence that says which of the two this is.

    Raises
    ------
    ValueError
        If a file of MNIST is found but damaged.
    """
    try:
        return mnist.load(root), "MNIST: handwritten digits"
    except OSError:
        return draw(), (
            "Not MNIST, which was not found and could not be downloaded: digits drawn with the fonts of matplotlib. "
            "They are easier, and errors on them cannot be compared with those of the text."
        )


def draw(seed: int = 0, n_train: int = 5000, n_validation: int = 1000, n_test: int = 1000) -> Dataset:
    """Draw digits in random fonts, randomly turned, sheared, scaled, shifted and blurred; light on dark as in MNIST.

    Parameters
    ----------
    seed, n_train, n_validation, n_test : int

    Returns
    -------
    Dataset
        Images of shape (28, 28, 1).

    Raises
    ------
    TypeError, ValueError
        If a number of images is not an integer of at least one.
    """
    numbers = {"n_train": n_train, "n_validation": n_validation, "n_test": n_test}
    for name, n in numbers.items():
        positive_int(n, name)
    rng = np.random.default_rng(seed)
    fonts = [font(name, FONT_SIZE) for name in FONTS]
    train, validation, test = (_split(rng, fonts, n) for n in numbers.values())
    return make_dataset(train, validation, test, mnist.CLASS_NAMES)


def _split(rng, fonts, n):
    y = rng.integers(0, len(mnist.CLASS_NAMES), n)
    x = [_image(rng, fonts[rng.integers(len(fonts))], mnist.CLASS_NAMES[label]) for label in y]
    return Split(pixels(np.stack(x)[..., None]), y)


def _image(rng, font, character):
    canvas = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(canvas).text((CANVAS / 2, CANVAS / 2), character, fill=255, font=font, anchor="mm")
    angle, shear = np.radians(rng.uniform(-ROTATION, ROTATION)), rng.uniform(-SHEAR, SHEAR)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # Pillow needs the inverse map: from each pixel of the result to the place where it comes from.
    backward = rotation @ np.array([[1.0, shear], [0.0, 1.0]]) / rng.uniform(*SCALE)
    centre = np.full(2, CANVAS / 2)
    offset = centre - backward @ (centre + rng.uniform(-SHIFT, SHIFT, 2) * CANVAS / SIZE)
    moved = canvas.transform(
        canvas.size,
        Image.Transform.AFFINE,
        (*backward[0], offset[0], *backward[1], offset[1]),
        Image.Resampling.BICUBIC,
    )
    blurred = moved.filter(ImageFilter.GaussianBlur(rng.uniform(*BLUR) * CANVAS / SIZE))
    return np.asarray(blurred.resize((SIZE, SIZE), Image.Resampling.BOX))
