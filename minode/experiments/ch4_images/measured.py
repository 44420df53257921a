"""What Figures 4.2 and 4.5 show, as numbers: measured on photographs, or told by the generator of a stand-in."""

import json
from pathlib import Path

import numpy as np
from PIL import ImageFilter

from minode.data.photographs import folders, synthetic, ufpr
from minode.data.photographs.synthetic import meters

QUANTILES = {"lowest tenth": 0.1, "median": 0.5, "highest tenth": 0.9}
# In heights of a character above the highest one: where a vehicle has paint, and neither plate nor window.
PAINT = 3.5, 1.5
# Of the brightest channel, by which the darkest one falls short of it in what is called coloured.
COLOURED = 0.2


def subjects(kind, root, rng):
    """List a photograph of each meter or vehicle, in an order drawn at random.

    Returns
    -------
    list of Path
        Of thirty frames of a vehicle the first: they are much the same.
    """
    paths = [path for split in folders.SPLITS for path in folders.photographs(root, split).images]
    if kind == "alpr":
        paths = list({path.parent: path for path in reversed(paths)}.values())
    return [paths[i] for i in rng.permutation(len(paths))]


def photographs(kind, paths):
    """Read annotated photographs, leaving out those that cannot be used.

    Yields
    ------
    path : Path
    image : PIL.Image
    annotation : Annotation
    """
    for path in paths:
        try:
            yield path, *ufpr.read_character_boxes(kind, path)
        except (ValueError, OSError):
            # The loader says what is wrong with it.
            continue


def measure(kind, paths):
    """Measure photographs and their characters.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    paths : sequence of Path

    Returns
    -------
    dict of arrays
        Of each photograph: "height" and "width" of its characters, medians, and "text width", all in pixels;
        "brightness", the mean over pixels, from 0 to 255; of vehicles also "paint", the mean colour above the plate.
    """
    found = {"height": [], "width": [], "text width": [], "brightness": []}
    paint = []
    for _, image, annotation in photographs(kind, paths):
        boxes = np.array(annotation.boxes)
        left, top, right, _ = around(boxes)
        found["width"].append(np.median(boxes[:, 2]))
        found["height"].append(np.median(boxes[:, 3]))
        found["text width"].append(right - left)
        found["brightness"].append(np.asarray(image.convert("L"), dtype=float).mean())
        high, low = (max(int(top - heights * found["height"][-1]), i) for i, heights in enumerate(PAINT))
        paint.append(np.asarray(image.crop((left, high, right, low)), dtype=float).mean(axis=(0, 1)))
    found = {name: np.array(values, dtype=float) for name, values in found.items()}
    return found | ({"paint": np.array(paint)} if kind == "alpr" else {})


def quantiles(values):
    """The lowest tenth, the median and the highest tenth, by name."""
    return {name: float(np.quantile(values, q)) for name, q in QUANTILES.items()}


def hues(paint):
    """Tell colours from greys, and red from yellow, green, cyan, blue and magenta.

    Parameters
    ----------
    paint : array, shape (n, 3)
        Red, green and blue, from 0 to 255.

    Returns
    -------
    array of int, shape (n,)
        -1 for a grey, else 0 to 5 in the order above.
    """
    high, low = paint.max(axis=1), paint.min(axis=1)
    r, g, b = ((paint - low[:, None]) / np.maximum(high - low, 1e-9)[:, None]).T
    largest = paint.argmax(axis=1)
    angle = np.choose(largest, [g - b, 2 + b - r, 4 + r - g])
    return np.where(high - low < COLOURED * np.maximum(high, 1e-9), -1, np.rint(angle).astype(int) % 6)


def drawn_as(root, paths):
    """Ask the generator of a stand-in which of its meters have displays, and what fell on them.

    Parameters
    ----------
    root : path
    paths : sequence of Path
        Photographs of meters in there.

    Returns
    -------
    displays : array of bool
    reflections : array of int
        Spots of glare and shadows in each photograph.
    """
    seed = json.loads((Path(root) / synthetic.MARKER).read_text(encoding="utf-8"))["seed"]
    # Meters are counted from 1 in the names of files, from 0 in the seeds.
    numbers = [int(path.stem.removeprefix("meter")) - 1 for path in paths]
    drawn = [meters.meter(np.random.default_rng((seed, number))) for number in numbers]
    return np.array([one.has_display for one in drawn]), np.array([one.n_reflections for one in drawn])


def around(boxes):
    """The corners (left, top, right, bottom) around boxes (x, y, width, height)."""
    boxes = np.asarray(boxes)
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return (*map(int, low), *map(int, high))


def without_plate(image, boxes):
    """Blur the characters of a plate beyond reading, as the thesis does."""
    left, top, right, bottom = around(boxes)
    height = int(np.median(np.asarray(boxes)[:, 3]))
    corners = max(left - height, 0), max(top - height, 0), right + height, bottom + height
    blurred = image.copy()
    blurred.paste(image.crop(corners).filter(ImageFilter.GaussianBlur(height)), corners[:2])
    return blurred


def only(image, box):
    """Blur all of an image but a box (x, y, width, height), as the thesis does with the rest of real plates."""
    x, y, width, height = box
    corners = x, y, x + width, y + height
    blurred = image.filter(ImageFilter.GaussianBlur(height / 2))
    blurred.paste(image.crop(corners), (x, y))
    return blurred
