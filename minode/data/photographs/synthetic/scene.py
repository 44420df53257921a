"""What synthetic photographs are made of: glyphs, surfaces, a camera that stands askew, and what it does to images."""

import functools
import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.data.fonts import font

# Drawn once as large as any use of it; then made as wide and high as wanted.
GLYPH_SIZE = 96


@functools.cache
def glyph(character, font_name):
    """Draw a character with a font of matplotlib's, as a mask cut to its ink.

    Parameters
    ----------
    character : str
    font_name : str
        Such as "DejaVuSans-Bold".

    Returns
    -------
    PIL.Image
        Of mode "L".
    """
    canvas = Image.new("L", (2 * GLYPH_SIZE, 2 * GLYPH_SIZE))
    letters = font(font_name, GLYPH_SIZE)
    ImageDraw.Draw(canvas).text((GLYPH_SIZE, GLYPH_SIZE), character, fill=255, font=letters, anchor="mm")
    return canvas.crop(canvas.getbbox())


def stamp(image, mask, box, colour):
    """Paint a mask, stretched to the box (x, y, width, height), in a colour."""
    x, y, width, height = (round(side) for side in box)
    image.paste(colour, (x, y), mask.resize((max(width, 1), max(height, 1)), Image.Resampling.BICUBIC))


def grey(level, rng, tint=6.0):
    """A colour near a grey level, each channel a little off."""
    return tuple(int(channel) for channel in np.clip(level + rng.normal(0.0, tint, 3), 0, 255))


def surface(rng, size, colour, roughness=6.0, gradient=25.0):
    """An uneven wall of a colour under light from one side.

    Returns
    -------
    PIL.Image
    """
    width, height = size
    x, y = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height))
    angle = rng.uniform(0, 2 * np.pi)
    light = gradient * (np.cos(angle) * x + np.sin(angle) * y)
    coarse = rng.normal(128, 40, (max(height // 8, 2), max(width // 8, 2))).clip(0, 255).astype(np.uint8)
    coarse = Image.fromarray(coarse)
    stains = (np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=float) - 128) / 40 * roughness
    return as_image(np.asarray(colour, dtype=float) + (light + stains)[..., None])


def homography(source, target):
    """The projective map that takes four corners to four others.

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


def camera(rng, size, centre, at, degrees, scale, jitter):
    """Stand somewhat askew before an image.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : (int, int)
        Width and height of the image.
    centre, at : array, shape (2,)
        The point of the image that is looked at, and where it is seen.
    degrees, scale : float
        By which the image is turned and enlarged.
    jitter : float
        Standard deviation of each corner's place, in pixels of the photograph.

    Returns
    -------
    array, shape (3, 3)
        The homography from the image to the photograph.
    """
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=float)
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return homography(corners, (corners - centre) @ turn.T + at + rng.normal(0.0, jitter, corners.shape))


def project(H, points):
    """Map points, shape (n, 2), by a homography."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ H.T
    return mapped[:, :2] / mapped[:, 2:]


def photograph(image, boxes, H, size):
    """Look at an image through a homography.

    Parameters
    ----------
    image : PIL.Image
    boxes : list of (x, y, width, height)
        In the image.
    H : array, shape (3, 3)
        From its pixels to those of the photograph.
    size : (int, int)
        Width and height of the photograph.

    Returns
    -------
    photograph : PIL.Image
    boxes : list of (x, y, width, height)
        Whole numbers: the smallest upright boxes around those of the image.
    """
    inverse = np.linalg.inv(H)
    coefficients = (inverse / inverse[2, 2]).ravel()[:8]
    seen = image.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    mapped = []
    for x, y, width, height in boxes:
        corners = project(H, np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=float))
        low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
        low, high = np.clip(low, 0, np.array(size) - 1), np.clip(high, 1, size)
        mapped.append((*map(int, low), *map(int, high - low)))
    return seen, mapped


def soft_spot(size, centre, radii, angle, softness):
    """A mask of an ellipse with blurred edges, shape (height, width), from 0 to 1."""
    x, y = np.meshgrid(np.arange(size[0]) - centre[0], np.arange(size[1]) - centre[1])
    u, v = np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
    distance = np.hypot(u / radii[0], v / radii[1])
    return 1 / (1 + np.exp((distance - 1) / softness))


def blend(image, mask, colour, opacity):
    """Cover an image with a colour where a mask says so."""
    pixels, weight = np.asarray(image, dtype=float), opacity * mask[..., None]
    return as_image(pixels * (1 - weight) + np.asarray(colour, dtype=float) * weight)


def expose(rng, image, brightness, contrast, noise):
    """Scale contrast about the mean, multiply by a brightness, and add the noise of a sensor."""
    pixels = np.asarray(image, dtype=float)
    mean = pixels.mean()
    pixels = ((pixels - mean) * contrast + mean) * brightness
    return as_image(pixels + rng.normal(0.0, noise, pixels.shape))


def blur(rng, image, radius, motion=0.0):
    """Blur as a lens out of focus does and, if `motion` pixels are given, as a hand that moves."""
    image = image.filter(ImageFilter.GaussianBlur(float(radius)))
    steps = int(motion)
    if steps < 2:
        return image
    angle = rng.uniform(0, np.pi)
    offsets = np.linspace(-motion / 2, motion / 2, steps + 1)
    shifts = [(1, 0, d * np.cos(angle), 0, 1, d * np.sin(angle)) for d in offsets]
    moved = [image.transform(image.size, Image.Transform.AFFINE, s, Image.Resampling.BILINEAR) for s in shifts]
    return as_image(np.mean([np.asarray(one, dtype=float) for one in moved], axis=0))


def compress(image, quality):
    """What JPEG of a quality, in per cent, leaves of an image."""
    with io.BytesIO() as buffer:
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer).convert("RGB")


def as_image(pixels):
    """Clip, round and wrap an array of shape (height, width, 3)."""
    return Image.fromarray(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8))
