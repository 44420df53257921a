"""Digits drawn with the fonts that matplotlib brings: what notebooks fall back on where MNIST cannot be had.

They are easier than handwriting. A network that learns them works; its error says nothing of MNIST.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.base.checks import positive_int
from minode.data import mnist
from minode.data.dataset import Split, make_dataset, pixels
from minode.data.fonts import font

FONTS = tuple(
    f"DejaVu{family}"
    for family in (
        "Sans Sans-Bold Sans-Oblique Sans-BoldOblique SansMono SansMono-Bold SansMono-Oblique "
        "Serif Serif-Bold Serif-Italic Serif-BoldItalic"
    ).split()
)
SIZE, CANVAS, FONT_SIZE = 28, 56, 40
# Ranges drawn from evenly: degrees, part of the size, part of the width a line leans by, pixels of the final image.
ROTATION, SCALE, SHEAR, SHIFT, BLUR = 20.0, (0.75, 1.1), 0.3, 2.5, (0.2, 1.0)


def mnist_or_drawn(root=None):
    """Load MNIST or, where there is none and none can be downloaded, draw digits in its place.

    Parameters
    ----------
    root : path-like, optional
        As for `mnist.load`.

    Returns
    -------
    dataset : Dataset
    origin : str
        A sentence that says which of both this is.

    Raises
    ------
    ValueError
        If a file of MNIST is there and damaged.
    """
    try:
        return mnist.load(root), "MNIST: handwritten digits"
    except OSError:
        return draw(), (
            "Not MNIST, which was not found and could not be downloaded: digits drawn with the fonts of matplotlib. "
            "They are easier, and errors on them cannot be compared with those of the text."
        )


def draw(seed=0, n_train=5000, n_validation=1000, n_test=1000):
    """Draw digits in random fonts, turned, sheared, scaled, shifted and blurred, light on dark as in MNIST.

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
    return make_dataset(*(_split(rng, fonts, n) for n in numbers.values()), mnist.CLASS_NAMES)


def _split(rng, fonts, n):
    y = rng.integers(0, len(mnist.CLASS_NAMES), n)
    x = [_image(rng, fonts[rng.integers(len(fonts))], mnist.CLASS_NAMES[label]) for label in y]
    return Split(pixels(np.stack(x)[..., None]), y)


def _image(rng, font, character):
    canvas = Image.new("L", (CANVAS, CANVAS))
    ImageDraw.Draw(canvas).text((CANVAS / 2, CANVAS / 2), character, fill=255, font=font, anchor="mm")
    angle, shear = np.radians(rng.uniform(-ROTATION, ROTATION)), rng.uniform(-SHEAR, SHEAR)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # Pillow asks where each pixel of the result comes from.
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
