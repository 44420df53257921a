"""Synthetic photographs of electricity meters: five digits on drums or on a liquid crystal display."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from minode.data.synthetic.scene import (
    blend,
    blur,
    compress,
    expose,
    glyph,
    grey,
    homography,
    photograph,
    soft_spot,
    stamp,
    surface,
)

DIGITS = 5
SIZE = (256, 160)
# The counter on a face drawn as large as the photograph; digits are some 22 x 34 pixels.
WINDOW_TOP, WINDOW_HEIGHT = 62, 46
LCD_SHARE = 0.25
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "STIXGeneralBol")
# Segments of a display as polylines on a digit of size 1 x 2: a at the top, then clockwise, g in the middle.
SEGMENTS = {
    "a": ((0, 0), (1, 0)),
    "b": ((1, 0), (1, 1)),
    "c": ((1, 1), (1, 2)),
    "d": ((0, 2), (1, 2)),
    "e": ((0, 1), (0, 2)),
    "f": ((0, 0), (0, 1)),
    "g": ((0, 1), (1, 1)),
}
LIT = dict(zip("0123456789", "abcdef bc abged abgcd fgbc afgcd afgedc abc abcdefg abcdfg".split()))


class Meter(NamedTuple):
    """A photograph of a meter.

    Attributes
    ----------
    image : PIL.Image
    reading : str
        Five digits; a drum between two numbers counts as the lower one.
    counter : (x, y, width, height)
    digits : list of (x, y, width, height)
        In pixels.
    """

    image: Image.Image
    reading: str
    counter: tuple
    digits: list


def meter(rng):
    """Take a photograph of a meter that the generator makes up.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    Meter
    """
    reading = "".join(rng.choice(list("0123456789"), DIGITS))
    face = surface(rng, SIZE, grey(rng.uniform(60, 215), rng))
    _furnish(rng, face)
    draw = _display if rng.random() < LCD_SHARE else _drums
    counter, digits = draw(rng, face, reading)
    face = _dirt(rng, face)
    corners = np.array([[0, 0], [SIZE[0], 0], [SIZE[0], SIZE[1]], [0, SIZE[1]]], dtype=float)
    H = homography(corners, _camera(rng, corners))
    seen, (counter, *digits) = photograph(face, [counter, *digits], H, SIZE)
    seen = _reflections(rng, seen, counter)
    seen = blur(rng, seen, rng.gamma(2.0, 0.4), motion=rng.choice([0.0, 0.0, 0.0, 2.0, 4.0]))
    seen = expose(rng, seen, rng.uniform(0.45, 1.25), rng.uniform(0.5, 1.1), rng.uniform(2.0, 12.0))
    return Meter(compress(seen, int(rng.integers(25, 85))), reading, counter, digits)


def _camera(rng, corners):
    """Where the corners of the face are seen: turned, nearer or farther, a little from the side."""
    angle, scale = np.radians(rng.normal(0.0, 2.5)), rng.uniform(1.08, 1.25)
    centre = corners.mean(axis=0)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (corners - centre) @ turn.T + centre + rng.normal(0.0, 4.0, corners.shape)


def _furnish(rng, face):
    """Screws, labels and rings around the counter."""
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


def _drums(rng, face, reading):
    """A counter of drums, the last ones perhaps caught between two numbers."""
    pitch, left = rng.uniform(26, 34), rng.uniform(35, 70)
    dark = rng.random() < 0.7
    frame = grey(rng.uniform(15, 60) if dark else rng.uniform(120, 230), rng)
    counter = (left - 4, WINDOW_TOP, DIGITS * pitch + 8, WINDOW_HEIGHT)
    ImageDraw.Draw(face).rectangle(_corners(counter), fill=frame, outline=grey(rng.uniform(10, 120), rng))
    font, height, width = rng.choice(FONTS), rng.uniform(26, 34), rng.uniform(14, 21)
    rolling = _rolling(rng, reading)
    last_is_red = rng.random() < 0.3
    boxes = []
    for i, (digit, turned) in enumerate(zip(reading, rolling)):
        red = last_is_red and i == DIGITS - 1
        ground, ink = rng.uniform(10, 50), rng.uniform(150, 245)
        if not dark:
            ground, ink = ink, ground
        cell = (round(left + i * pitch), WINDOW_TOP + 3, round(pitch - rng.uniform(2, 6)), WINDOW_HEIGHT - 6)
        drum = Image.new("RGB", cell[2:], (170, 30, 25) if red else grey(ground, rng))
        middle = cell[3] / 2 + rng.normal(0, 1.2)
        travel = cell[3] * rng.uniform(0.95, 1.1)
        for offset, character in enumerate((digit, str((int(digit) + 1) % 10))):
            x, y = (cell[2] - width) / 2 + rng.normal(0, 0.8), middle - height / 2 + (offset - turned) * travel
            stamp(drum, glyph(character, font), (x, y, width, height), (235, 235, 230) if red else grey(ink, rng))
        shade = 1 - 0.55 * np.abs(np.linspace(-1, 1, cell[3])) ** rng.uniform(1.5, 4)
        drum = Image.fromarray((np.asarray(drum) * shade[:, None, None]).astype(np.uint8))
        face.paste(drum, cell[:2])
        seen_top = np.clip(middle - height / 2 - turned * travel, 0, cell[3] - 8)
        seen_bottom = np.clip(middle + height / 2 - turned * travel, seen_top + 8, cell[3])
        box_x = cell[0] + (cell[2] - width) / 2
        boxes.append((box_x, cell[1] + seen_top, width, seen_bottom - seen_top))
    return counter, boxes


def _rolling(rng, reading):
    """How far each drum has turned towards the next number: the last one at will, others only while it passes 9."""
    turned = np.clip(rng.normal(0, 0.03, DIGITS), -0.05, 0.05)
    if rng.random() < 0.45:
        turned[-1] = rng.uniform(0.05, 0.55)
        for i in range(DIGITS - 2, -1, -1):
            if reading[i + 1] != "9" or turned[i + 1] < 0.2:
                break
            turned[i] = turned[i + 1] * rng.uniform(0.7, 1.0)
    return turned


def _display(rng, face, reading):
    """A counter of seven segments on a liquid crystal, unlit ones faintly visible."""
    pitch, left = rng.uniform(24, 31), rng.uniform(40, 75)
    ground = np.array([rng.uniform(110, 180), rng.uniform(130, 195), rng.uniform(100, 160)])
    counter = (left - 8, WINDOW_TOP, DIGITS * pitch + 12, WINDOW_HEIGHT)
    drawn = ImageDraw.Draw(face)
    drawn.rectangle(_corners(counter), fill=tuple(map(int, ground)), outline=grey(40, rng))
    width, height, slant = rng.uniform(12, 16), rng.uniform(25, 31), rng.uniform(0, 4)
    top, thickness = WINDOW_TOP + (WINDOW_HEIGHT - height) / 2, int(rng.integers(3, 5))
    ink, ghost = ground * rng.uniform(0.15, 0.6), ground * rng.uniform(0.85, 1.0)
    boxes = []
    for i, digit in enumerate(reading):
        x = left + i * pitch
        # Lit segments last: neighbours share their ends.
        for name, ends in sorted(SEGMENTS.items(), key=lambda item: item[0] in LIT[digit]):
            points = [(x + u * width + slant * (1 - v / 2), top + v * height / 2) for u, v in ends]
            drawn.line(points, fill=tuple(map(int, ink if name in LIT[digit] else ghost)), width=thickness)
        boxes.append((x - thickness / 2, top - thickness / 2, width + slant + thickness, height + thickness))
    return counter, boxes


def _dirt(rng, face):
    """Dust, and scratches on the glass."""
    drawn = ImageDraw.Draw(face)
    for _ in range(rng.poisson(25)):
        x, y, r = rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1]), rng.exponential(0.7)
        drawn.ellipse((x - r, y - r, x + r, y + r), fill=grey(rng.uniform(60, 230), rng))
    for _ in range(rng.poisson(0.8)):
        x, y = rng.uniform(0, SIZE[0]), rng.uniform(40, 120)
        drawn.line((x, y, x + rng.normal(0, 50), y + rng.normal(0, 30)), fill=grey(rng.uniform(90, 235), rng), width=1)
    return face


def _reflections(rng, image, counter):
    """Glare of the flash and shadows, now and then upon the counter itself."""
    for _ in range(rng.poisson(0.9)):
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
    return image


def _corners(box):
    x, y, width, height = box
    return x, y, x + width, y + height
