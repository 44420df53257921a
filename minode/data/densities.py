"""Densities in the plane for flows to learn: points are drawn from them, and the truth is known."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from minode.base import checks
from minode.base.types import Array
from minode.data.fonts import font

# The arcs of the moons, from which points are scattered, as nodes of the trapezoidal rule: half of their distance is a
# twentieth of the spread.
NODES = 157
CANVAS, FONT_SIZE, BLUR = 64, 72, 1.5


class Density(NamedTuple):
    """A density in the plane.

    Attributes
    ----------
    sampler : callable
        ``sampler(rng, n) -> array, shape (n, 2)``.
    formula : callable
        ``formula(x) -> array, shape (n,)``, the log-density at points x (n, 2).
    reach : float
        The square |x| <= reach holds all but a millionth of the mass.
    """

    sampler: Callable[[np.random.Generator, int], Array]
    formula: Callable[[Array], Array]
    reach: float

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draw points, shape (n, 2).

        A TypeError tells of anything but a generator, a ValueError of an n below one.
        """
        return self.sampler(checks.generator(rng), checks.positive_int(n, "n"))

    def log_density(self, x: Array) -> Array:
        """Compute the log-density at points x (n, 2), in nats, shape (n,); -inf where there are no points.

        A ValueError tells of points that are not finite or not in the plane.
        """
        x = checks.finite_array(x, "x")
        if x.ndim != 2 or x.shape[1] != 2:
            raise ValueError(f"x has shape {x.shape}; expected (n, 2), a point of the plane a row")
        return self.formula(x)


def two_moons() -> Density:
    """Two half circles of radius 2, each around an end of the other, with noise of 0.2 on them.

    They are those of scikit-learn's `make_moons` with noise 0.1, centred and scaled by two.
    """
    angles, weights = np.linspace(0.0, np.pi, NODES), np.ones(NODES)
    weights[[0, -1]] = 0.5
    centres = np.concatenate([_moon(angles, 0), _moon(angles, 1)])
    shares = np.tile(weights, 2) / (2 * weights.sum())
    return Density(partial(_draw_moons, 0.2), partial(_mixture, centres, shares, 0.2), 4.5)


def eight_gaussians() -> Density:
    """Eight Gaussians on a circle, as Grathwohl et al. (2019) have them: radius 2 sqrt(2), spread sqrt(2) / 4."""
    angles = np.arange(8) * np.pi / 4
    centres = 2 * np.sqrt(2) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    spread = np.sqrt(2) / 4
    return Density(partial(_draw_mixture, centres, spread), partial(_mixture, centres, np.full(8, 1 / 8), spread), 4.9)


def picture(image: Array) -> Density:
    """The density that is an image's brightness, constant on each pixel; the image fills the square |x| <= 2.

    Parameters
    ----------
    image : array, shape (n, n)
        Brightness, zero or more, with the first row on top.

    Raises
    ------
    TypeError, ValueError
        If it is not a square of finite numbers, one is negative, or all are zero.
    """
    image = checks.finite_array(image, "image")
    if image.ndim != 2 or image.shape[0] != image.shape[1]:
        raise ValueError(f"image has shape {image.shape}; expected a square, (n, n)")
    if image.min() < 0 or not image.any():
        raise ValueError(f"image is from {image.min():g} to {image.max():g}; expected brightness, not all zero")
    # By columns from the left, each from the bottom up, as x and y go.
    shares = np.flipud(image).T / image.sum()
    return Density(partial(_draw_pixels, shares), partial(_of_pixels, shares), 2.0)


def drawn_sign(sign: str = "\u2202") -> Array:
    """Draw a character, light on dark and slightly blurred: an image for `picture`, shape (64, 64), from 0 to 1."""
    canvas = Image.new("L", (CANVAS, CANVAS))
    face = font("DejaVuSans-Bold", FONT_SIZE)
    ImageDraw.Draw(canvas).text((CANVAS / 2, CANVAS / 2), sign, fill=255, font=face, anchor="mm")
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(BLUR)), dtype=float) / 255


def _moon(angles, which):
    x, y = (np.cos(angles), np.sin(angles)) if which == 0 else (1 - np.cos(angles), 0.5 - np.sin(angles))
    return 2 * np.stack([x - 0.5, y - 0.25], axis=1)


def _draw_moons(spread, rng, n):
    first, angles = rng.random(n) < 0.5, rng.uniform(0.0, np.pi, n)
    return np.where(first[:, None], _moon(angles, 0), _moon(angles, 1)) + spread * rng.standard_normal((n, 2))


def _draw_mixture(centres, spread, rng, n):
    return centres[rng.integers(len(centres), size=n)] + spread * rng.standard_normal((n, 2))


def _mixture(centres, shares, spread, x):
    """The log-density of a mixture of round Gaussians."""
    squares = np.sum((x[:, None] - centres) ** 2, axis=-1) / (2 * spread**2)
    least = squares.min(axis=1)
    return np.log(np.exp(least[:, None] - squares) @ shares) - least - np.log(2 * np.pi * spread**2)


def _draw_pixels(shares, rng, n):
    n_pixels = len(shares)
    pixels = np.unravel_index(rng.choice(shares.size, size=n, p=shares.ravel()), shares.shape)
    return 4 * (np.stack(pixels, axis=1) + rng.random((n, 2))) / n_pixels - 2


def _of_pixels(shares, x):
    n_pixels = len(shares)
    i, j = np.clip(np.floor((x.T + 2) / 4 * n_pixels), 0, n_pixels - 1).astype(int)
    inside = np.abs(x).max(axis=1) <= 2
    with np.errstate(divide="ignore"):
        return np.log(np.where(inside, shares[i, j], 0.0) * (n_pixels / 4) ** 2)
