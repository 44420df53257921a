"""The parts of synthetic photographs: glyphs, surfaces, and a camera that stands askew and spoils images."""

import functools
import io
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.base.types import Array, Box
from minode.data.fonts import font

# Red, green and blue, from 0 to 255.
Colour: TypeAlias = tuple[int, ...]
# A glyph is drawn once in this size, which is larger than any use of it, and then resized.
GLYPH_SIZE = 96


@functools.cache
def glyph(character: str, font_name: str) -> Image.Image:
    """Draw a character with a font such as "DejaVuSans-Bold", as a mask of mode "L" cut to its ink."""
    canvas = Image.new("L", (2 * GLYPH_SIZE, 2 * GLYPH_SIZE))
    letters = font(font_name, GLYPH_SIZE)
    ImageDraw.Draw(canvas).text((GLYPH_SIZE, GLYPH_SIZE), character, fill=255, font=letters, anchor="mm")
    return canvas.crop(canvas.getbbox())


def stamp(image: Image.Image, mask: Image.Image, box: Box, colour: Colour) -> None:
    """Paint a mask, stretched to the box (x, y, width, height), in a colour."""
    x, y, width, height = (round(side) for side in box)
    image.paste(colour, (x, y), mask.resize((max(width, 1), max(height, 1)), Image.Resampling.BICUBIC))


def grey(level: float, rng: np.random.Generator, tint: float = 6.0) -> Colour:
    """Draw a random colour near a grey level."""
    return tuple(int(channel) for channel in np.clip(level + rng.normal(0.0, tint, 3), 0, 255))


def surface(
    rng: np.random.Generator, size: tuple[int, int], colour: Colour, roughness: float = 6.0, gradient: float = 25.0
) -> Image.Image:
    """Draw an uneven surface in a colour, under light from one side."""
    width, height = size
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height))
    angle = rng.uniform(0, 2 * np.pi)
    light = gradient * (np.cos(angle) * x + np.sin(angle) * y)
    coarse = rng.normal(128, 40, (max(height // 8, 2), max(width // 8, 2))).clip(0, 255).astype(np.uint8)
    fine = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    stains = (np.asarray(fine, dtype=float) - 128) / 40 * roughness
    return as_image(np.asarray(colour, dtype=float) + (light + stains)[..., None])


def homography(source: Array, target: Array) -> Array:
    """Compute the projective map that takes four corners to four others.

    Parameters
    ----------
    source, target : array, shape (4, 2)

    Returns
    -------
    array, shape (3, 3)
    """
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(right)), 1.0).reshape(3, 3)


def camera(
    rng: np.random.Generator,
    size: tuple[int, int],
    centre: Array,
    at: Array,
    degrees: float,
    scale: float,
    jitter: float,
) -> Array:
    """Place a camera somewhat askew before an image.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : (int, int)
        Width and height of the image.
    centre, at : array, shape (2,)
        The point of the image that the camera looks at, and its place in the photograph.
    degrees, scale : float
        Angle by which the image is turned, and factor by which it is enlarged.
    jitter : float
        Standard deviation of the place of each corner, in pixels of the photograph.

    Returns
    -------
    array, shape (3, 3)
        The homography from the image to the photograph.
    """
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=float)
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return homography(corners, (corners - centre) @ turn.T + at + rng.normal(0.0, jitter, corners.shape))


def project(H: Array, points: Array) -> Array:
    """Map points of shape (n, 2) by a homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ H.T
    return mapped[:, :2] / mapped[:, 2:]


def photograph(
    image: Image.Image, boxes: Sequence[Box], H: Array, size: tuple[int, int]
) -> tuple[Image.Image, list[Box]]:
    """Photograph an image as a homography maps it.

    Parameters
    ----------
    image : PIL.Image
    boxes : list of (x, y, width, height)
        Boxes in the image.
    H : array, shape (3, 3)
        The homography from the pixels of the image to those of the photograph.
    size : (int, int)
        Width and height of the photograph.

    Returns
    -------
    photograph : PIL.Image
    boxes : list of (x, y, width, height)
        The smallest upright boxes, in whole numbers, around the mapped boxes.
    """
    inverse = np.linalg.inv(H)
    coefficients = (inverse / inverse[2, 2]).ravel()[:8]
    seen = image.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mapped: list[Box] = []
    for x, y, width, height in boxes:
        corners = project(H, np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=float))
        low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
        low, high = np.clip(low, 0, np.array(size) - 1), np.clip(high, 1, size)
        (left, top), (right, bottom) = map(int, low), map(int, high)
        mapped.append((left, top, right - left, bottom - top))
    return seen, mapped


def soft_spot(
    size: tuple[int, int], centre: tuple[float, float], radii: tuple[float, float], angle: float, softness: float
) -> Array:
    """Make a mask of an ellipse with blurred edges, of shape (height, width), with values from 0 to 1."""
    x, y = np.meshgrid(np.arange(size[0]) - centre[0], np.arange(size[1]) - centre[1])
    u, v = np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
    distance = np.hypot(u / radii[0], v / radii[1])
    return 1 / (1 + np.exp((distance - 1) / softness))


def blend(image: Image.Image, mask: Array, colour: Colour, opacity: float) -> Image.Image:
    """Cover an image with a colour, as much as a mask says."""
    pixels, weight = np.asarray(image, dtype=float), opacity * mask[..., None]
    return as_image(pixels * (1 - weight) + np.asarray(colour, dtype=float) * weight)


def expose(
    rng: np.random.Generator, image: Image.Image, brightness: float, contrast: float, noise: float
) -> Image.Image:
    """Scale contrast about the mean, multiply by a brightness, and add the noise of a sensor."""
    pixels = np.asarray(image, dtype=float)
    mean = pixels.mean()
    pixels = ((pixels - mean) * contrast + mean) * brightness
    return as_image(pixels + rng.normal(0.0, noise, pixels.shape))


def blur(rng: np.random.Generator, image: Image.Image, radius: float, motion: float = 0.0) -> Image.Image:
    """Blur as a lens out of focus does and, if `motion` is two pixels or more, as a moving camera does."""
    image = image.filter(ImageFilter.GaussianBlur(float(radius)))
    steps = int(motion)
    if steps < 2:
        return image
    angle = rng.uniform(0, np.pi)
    offsets = np.linspace(-motion / 2, motion / 2, steps + 1)
    shifts = [(1, 0, d * np.cos(angle), 0, 1, d * np.sin(angle)) for d in offsets]
    moved = [image.transform(image.size, Image.Transform.AFFINE, s, Image.Resampling.BILINEAR) for s in shifts]
    return as_image(np.mean([np.asarray(one, dtype=float) for one in moved], axis=0))


def compress(image: Image.Image, quality: int) -> Image.Image:
    """Compress an image as JPEG with a quality in per cent, and decompress it."""
    with io.BytesIO() as buffer:
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer).convert("RGB")


def as_image(pixels: Array) -> Image.Image:
    """Clip and round an array of shape (height, width, 3), and make an image of it."""
    return Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))
