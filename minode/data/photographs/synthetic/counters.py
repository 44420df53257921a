"""Drawing the five-digit counters of electricity meters, on drums and on liquid crystal displays."""

import numpy as np
from PIL import Image, ImageDraw

from minode.base.types import Box
from minode.data.photographs.synthetic.scene import glyph, grey, stamp

DIGITS = 5
# The counter's window in the face of a meter, in pixels. Digits in it have about 22 x 34.
WINDOW_TOP, WINDOW_HEIGHT = 62, 46
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "STIXGeneralBol")
# The ends of a display's segments on a digit of size 1 x 2: a is at the top, then clockwise, and g in the middle.
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


def drums(rng: np.random.Generator, face: Image.Image, reading: str) -> tuple[Box, list[Box]]:
    """Paint a counter of drums; the last drums may stand between two numbers.

    Parameters
    ----------
    rng : numpy.random.Generator
    face : PIL.Image
        The face of the meter, which is painted on.
    reading : str

    Returns
    -------
    counter : (x, y, width, height)
    digits : list of (x, y, width, height)
    """
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
    """Draw how far each drum has turned to its next number: the last at random, others while the one after passes 9."""
    turned = np.clip(rng.normal(0, 0.03, DIGITS), -0.05, 0.05)
    if rng.random() < 0.45:
        turned[-1] = rng.uniform(0.05, 0.55)
        for i in range(DIGITS - 2, -1, -1):
            if reading[i + 1] != "9" or turned[i + 1] < 0.2:
                break
            turned[i] = turned[i + 1] * rng.uniform(0.7, 1.0)
    return turned


def display(rng: np.random.Generator, face: Image.Image, reading: str) -> tuple[Box, list[Box]]:
    """Paint a liquid crystal display with seven segments a digit; unlit segments are faintly visible.

    The arguments and the result are those of `drums`.
    """
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
        # Lit segments are drawn last, over the ends that they share with unlit ones.
        for name, ends in sorted(SEGMENTS.items(), key=lambda item: item[0] in LIT[digit]):
            points = [(x + u * width + slant * (1 - v / 2), top + v * height / 2) for u, v in ends]
            drawn.line(points, fill=tuple(map(int, ink if name in LIT[digit] else ghost)), width=thickness)
        boxes.append((x - thickness / 2, top - thickness / 2, width + slant + thickness, height + thickness))
    return counter, boxes


def _corners(box):
    x, y, width, height = box
    return x, y, x + width, y + height
