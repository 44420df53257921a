"""Synthetic photographs of licence plates: thirty frames of a vehicle, seen from a car that follows it."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.data.photographs.synthetic.scene import (
    blend,
    blur,
    camera,
    expose,
    glyph,
    grey,
    photograph,
    soft_spot,
    stamp,
    surface,
)

LETTERS, NUMBERS, FRAMES = 3, 4, 30
SIZE = (176, 112)
# Sizes of the canvas, on which the back of a vehicle is drawn larger than in any photograph, and of plates on it.
CANVAS, PLATE, SQUARE_PLATE = (720, 480), (170, 56), (96, 86)
MOTORCYCLES, RED = 0.2, 0.15
CARS = {
    "Fiat": ("Palio", "Uno"),
    "Ford": ("Fiesta", "Ka"),
    "Renault": ("Clio", "Sandero"),
    "Volkswagen": ("Fox", "Gol"),
}
BIKES = {"Honda": ("Biz", "CG"), "Yamaha": ("Factor", "Fazer")}


class Vehicle(NamedTuple):
    """A vehicle and the photographs of it.

    Attributes
    ----------
    plate : str
        Three letters and four digits.
    kind, make, model : str
    year : int
    frames : list of Frame
    """

    plate: str
    kind: str
    make: str
    model: str
    year: int
    frames: list


class Frame(NamedTuple):
    """A photograph.

    Attributes
    ----------
    image : PIL.Image
    vehicle, plate : (x, y, width, height)
    characters : list of (x, y, width, height)
        In pixels.
    """

    image: Image.Image
    vehicle: tuple
    plate: tuple
    characters: list


def vehicle(rng: np.random.Generator, n_frames: int) -> Vehicle:
    """Make up a vehicle and photographs of it.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_frames : int

    Returns
    -------
    Vehicle
    """
    letters, numbers = rng.choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), LETTERS), rng.choice(list("0123456789"), NUMBERS)
    plate = "".join([*letters, *numbers])
    motorcycle = rng.random() < MOTORCYCLES
    makes = BIKES if motorcycle else CARS
    make = str(rng.choice(list(makes)))
    back, boxes = _back(rng, plate, motorcycle)
    poses = _drive(rng, n_frames)
    # Blur before the back is shrunk, to avoid aliasing. Once is enough, since all frames have a similar scale.
    back = back.filter(ImageFilter.GaussianBlur(0.35 / float(np.mean([pose["scale"] for pose in poses]))))
    frames = [_frame(rng, back, boxes, pose) for pose in poses]
    model, year = str(rng.choice(makes[make])), int(rng.integers(1995, 2018))
    return Vehicle(plate, "motorcycle" if motorcycle else "car", make, model, year, frames)


def _back(rng, text, motorcycle):
    """Draw the back of a vehicle; return the image and the boxes of the vehicle, the plate and the characters."""
    image = surface(rng, CANVAS, grey(rng.uniform(90, 150), rng))
    drawn = ImageDraw.Draw(image)
    paint = tuple(int(c) for c in rng.uniform(20, 235, 3)) if rng.random() < 0.4 else grey(rng.uniform(15, 235), rng)
    size = SQUARE_PLATE if motorcycle else PLATE
    x, y = (CANVAS[0] - size[0]) / 2 + rng.normal(0, 4), rng.uniform(250, 275) - (30 if motorcycle else 0)
    width = 200 if motorcycle else 400
    body = ((CANVAS[0] - width) / 2, 110, width, 250)
    drawn.rounded_rectangle((body[0], body[1], body[0] + width, body[1] + body[3]), 30, fill=paint)
    drawn.rounded_rectangle((body[0] + 30, 125, body[0] + width - 30, 200), 15, fill=grey(rng.uniform(15, 60), rng))
    for side in (body[0] + 5, body[0] + width - 45):
        drawn.rounded_rectangle((side, 205, side + 40, 245), 6, fill=(int(rng.uniform(110, 210)), 20, 20))
    drawn.rectangle((body[0], 325, body[0] + width, 352), fill=grey(rng.uniform(20, 90), rng))
    plate = (x, y, *size)
    return image, [body, plate, *_plate(rng, image, plate, text, motorcycle)]


def _plate(rng, image, plate, text, in_two_rows):
    """Paint the plate and return the boxes of its characters."""
    x, y, width, height = plate
    red = rng.random() < RED
    ground = (int(rng.uniform(130, 190)), 25, 30) if red else grey(rng.uniform(150, 215), rng)
    ink = (235, 232, 225) if red else grey(rng.uniform(15, 60), rng)
    drawn = ImageDraw.Draw(image)
    drawn.rounded_rectangle((x, y, x + width, y + height), 4, fill=ground, outline=grey(60, rng))
    for i, character in enumerate(rng.choice(list("ABCDEILMNOPRSTU"), 12)):
        stamp(image, glyph(character, "DejaVuSans"), (x + width / 2 - 42 + 7 * i, y + 4, 5, 7), ink)
    font = rng.choice(["DejaVuSans-Bold", "DejaVuSans", "DejaVuSansMono-Bold"])
    rows = [text[:LETTERS], text[LETTERS:]] if in_two_rows else [text]
    row_height = (height - 18) / len(rows)
    boxes = []
    for j, row in enumerate(rows):
        pitch = (width - 10) / (len(row) + (0 if in_two_rows else 0.6))
        for i, character in enumerate(row):
            gap = 0.6 * pitch if not in_two_rows and i >= LETTERS else 0.0
            narrow = 0.45 if character in "I1" else 0.78
            box_x = x + 5 + i * pitch + gap + (1 - narrow) / 2 * pitch
            box = (box_x, y + 15 + j * row_height, narrow * pitch, row_height - 4)
            stamp(image, glyph(character, font), box, ink)
            boxes.append(box)
    _soil(rng, image, plate)
    return boxes


def _soil(rng, image, plate):
    """Draw spots of mud on the plate."""
    x, y, width, height = plate
    drawn = ImageDraw.Draw(image)
    for _ in range(rng.poisson(6)):
        u, v, r = x + rng.uniform(0, width), y + rng.uniform(0, height), rng.exponential(1.8)
        drawn.ellipse((u - r, v - r, u + r, v + r), fill=grey(rng.uniform(50, 190), rng))


def _drive(rng, n_frames):
    """Make up the distance, position, tilt and light of each frame, which drift smoothly."""
    time = np.arange(n_frames) / FRAMES

    def drift(middle, spread, wander):
        rate, phase = rng.uniform(1.0, 6.0), rng.uniform(0, 2 * np.pi)
        return middle + spread * rng.normal() + wander * (np.sin(rate * time + phase) + 0.3 * rng.normal(size=n_frames))

    scale = np.clip(drift(0.42, 0.07, 0.02), 0.27, 0.6)
    x, y = drift(0.0, 14.0, 4.0), drift(0.0, 7.0, 2.0)
    tilt, light = drift(0.0, 2.0, 0.6), np.clip(drift(0.85, 0.22, 0.05), 0.3, 1.5)
    # Focus, contrast, noise and shadow are the same in all frames.
    focus, contrast, noise = rng.gamma(3.0, 0.2), rng.uniform(0.4, 1.0), rng.uniform(3.0, 11.0)
    shadow = rng.uniform(0, 0.6) if rng.random() < 0.4 else 0.0
    return [
        dict(scale=s, shift=(dx, dy), tilt=a, light=b, focus=focus, contrast=contrast, noise=noise, shadow=shadow)
        for s, dx, dy, a, b in zip(scale, x, y, tilt, light)
    ]


def _frame(rng, back, boxes, pose):
    # The camera looks at the plate, which is below the middle of the canvas.
    centre, at = np.array([CANVAS[0] / 2, 0.58 * CANVAS[1]]), np.array(SIZE) / 2 + pose["shift"]
    H = camera(rng, CANVAS, centre, at, pose["tilt"], pose["scale"], jitter=1.0)
    image, (body, plate, *characters) = photograph(back, boxes, H, SIZE)
    if pose["shadow"]:
        middle = plate[0] + plate[2] * rng.uniform(0.4, 0.6), plate[1] + plate[3] * 0.2
        mask = soft_spot(SIZE, middle, (plate[2] * 0.7, plate[3] * 0.6), 0.0, 0.2)
        image = blend(image, mask, (5, 5, 8), pose["shadow"])
    image = blur(rng, image, pose["focus"], motion=rng.choice([0.0, 0.0, 2.0, 3.0]))
    return Frame(expose(rng, image, pose["light"], pose["contrast"], pose["noise"]), body, plate, characters)
