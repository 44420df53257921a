"""Synthetic photographs of electricity meters, with five digits on drums or on a liquid crystal display."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from minode.data.photographs.synthetic import counters
from minode.data.photographs.synthetic.scene import (
    blend,
    blur,
    camera,
    compress,
    expose,
    glyph,
    grey,
    photograph,
    soft_spot,
    stamp,
    surface,
)

SIZE = (256, 160)
LCD_SHARE = 0.25


class Meter(NamedTuple):
    """A photograph of a meter.

    Attributes
    ----------
    image : PIL.Image
    reading : str
        Five digits. A drum between two numbers counts as the lower number.
    counter : (x, y, width, height)
    digits : list of (x, y, width, height)
        In pixels.
    has_display : bool
        Whether the counter is a display rather than drums.
    n_reflections : int
        Number of spots of glare and of shadows.
    """

    image: Image.Image
    reading: str
    counter: tuple
    digits: list
    has_display: bool
    n_reflections: int


def meter(rng: np.random.Generator) -> Meter:
    """Make up a meter and a photograph of it.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Meter
    """
    reading = "".join(rng.choice(list("0123456789"), counters.DIGITS))
    face = surface(rng, SIZE, grey(rng.uniform(60, 215), rng))
    _furnish(rng, face)
    has_display = bool(rng.random() < LCD_SHARE)
    draw = counters.display if has_display else counters.drums
    counter, digits = draw(rng, face, reading)
    face = _dirt(rng, face)
    degrees, scale, middle = rng.normal(0.0, 2.5), rng.uniform(1.08, 1.25), np.array(SIZE) / 2
    H = camera(rng, SIZE, middle, middle, degrees, scale, jitter=4.0)
    seen, (counter, *digits) = photograph(face, [counter, *digits], H, SIZE)
    seen, n_reflections = _reflections(rng, seen, counter)
    seen = blur(rng, seen, rng.gamma(2.0, 0.4), motion=rng.choice([0.0, 0.0, 0.0, 2.0, 4.0]))
    seen = expose(rng, seen, rng.uniform(0.45, 1.25), rng.uniform(0.5, 1.1), rng.uniform(2.0, 12.0))
    return Meter(compress(seen, int(rng.integers(25, 85))), reading, counter, digits, has_display, n_reflections)


def _furnish(rng, face):
    """Draw screws and labels around the counter."""
    drawn = ImageDraw.Draw(face)
    for _ in range(rng.integers(1, 5)):
        x, y, r = (
            rng.uniform(5, SIZE[0] - 5),
            rng.choice([rng.uniform(8, 45), rng.uniform(125, 152)]),
            rng.uniform(3, 7),
        )
        drawn.ellipse((x - r, y - r, x + r, y + r), fill=grey(rng.uniform(90, 200), rng), outline=grey(40, rng))
        turn = rng.uniform(0, np.pi)
        dx, dy = 0.8 * r * np.cos(turn), 0.8 * r * np.sin(turn)
        drawn.line((x - dx, y - dy, x + dx, y + dy), fill=grey(40, rng), width=1)
    for y in rng.choice(np.arange(8, 48, 10), rng.integers(0, 3), replace=False):
        x = float(rng.uniform(20, 120))
        for character in rng.choice(list("ABCDEHkKlMNRSTVWh0123456789"), rng.integers(4, 9)):
            stamp(face, glyph(character, "DejaVuSans"), (x, float(y), 5, 8), grey(rng.uniform(20, 120), rng))
            x += 7


def _dirt(rng, face):
    """Draw dust, and scratches on the glass."""
    drawn = ImageDraw.Draw(face)
    for _ in range(rng.poisson(25)):
        x, y, r = rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1]), rng.exponential(0.7)
        drawn.ellipse((x - r, y - r, x + r, y + r), fill=grey(rng.uniform(60, 230), rng))
    for _ in range(rng.poisson(0.8)):
        x, y = rng.uniform(0, SIZE[0]), rng.uniform(40, 120)
        drawn.line((x, y, x + rng.normal(0, 50), y + rng.normal(0, 30)), fill=grey(rng.uniform(90, 235), rng), width=1)
    return face


def _reflections(rng, image, counter):
    """Add glare and shadows, sometimes on the counter itself; return the image and the number of them."""
    n = int(rng.poisson(0.9))
    for _ in range(n):
        on_counter = rng.random() < 0.45
        centre = (
            (rng.uniform(counter[0], counter[0] + counter[2]), counter[1] + rng.uniform(-0.3, 1.3) * counter[3])
            if on_counter
            else (rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1]))
        )
        radii = rng.uniform(8, 45), rng.uniform(4, 22)
        mask = soft_spot(image.size, centre, radii, rng.uniform(0, np.pi), rng.uniform(0.1, 0.6))
        light = rng.random() < 0.7
        image = blend(image, mask, (250, 250, 245) if light else (15, 15, 18), rng.uniform(0.3, 0.92))
    return image, n
