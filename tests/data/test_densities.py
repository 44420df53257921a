"""Densities in the plane: they integrate to one, points follow them, and images that are none are refused."""

import numpy as np
import pytest

from minode.data import densities

ALL = {
    "two moons": densities.two_moons(),
    "eight Gaussians": densities.eight_gaussians(),
    "picture": densities.picture(densities.drawn_sign()),
}


@pytest.fixture(params=ALL)
def density(request):
    return ALL[request.param]


def midpoints(density, n=192):
    """Middles of n x n cells of the square, and the area of a cell; pixels of the picture are whole cells."""
    side = density.reach * (2 * np.arange(n) + 1 - n) / n
    return np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2), (2 * density.reach / n) ** 2


def test_the_mass_is_one(density):
    x, area = midpoints(density)
    assert np.exp(density.log_density(x)).sum() * area == pytest.approx(1, abs=1e-5)


def test_points_follow_the_density(density):
    """Mean log-density and second moments of points against integrals over the grid."""
    x, area = midpoints(density)
    p = np.exp(density.log_density(x)) * area
    points = density.draw(np.random.default_rng(0), 40_000)
    logs = density.log_density(points)
    assert np.isfinite(logs).all()
    expected = np.sum(p[p > 0] * density.log_density(x[p > 0]))
    assert abs(logs.mean() - expected) < 5 * logs.std() / 200
    for product in (lambda x: x[:, 0], lambda x: x[:, 1], lambda x: x[:, 0] * x[:, 1], lambda x: x[:, 1] ** 3):
        values = product(points)
        # Within a pixel the points of the picture vary, which moves these by its square.
        assert abs(values.mean() - np.sum(p * product(x))) < 5 * values.std() / 200 + 1e-3


def test_no_points_are_outside_of_the_picture():
    density = ALL["picture"]
    outside = density.log_density(np.array([[2.1, 0.0], [0.0, -2.1], [1e300, 0.0]]))
    np.testing.assert_array_equal(outside, -np.inf)


def test_the_picture_stands_upright():
    image = np.zeros((4, 4))
    image[0, 3] = 1.0  # Top right.
    points = densities.picture(image).draw(np.random.default_rng(0), 50)
    assert points.min() >= 1
    assert points.max() <= 2


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 4)), "image has shape"),
        (np.zeros((3, 3)), "not all zero"),
        (np.full((3, 3), -1.0), "image is from -1"),
        (np.full((3, 3), np.nan), "image is nan"),
    ],
)
def test_images_that_are_none_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        densities.picture(image)


@pytest.mark.parametrize(
    ("rng", "n", "error", "message"),
    [
        (0, 5, TypeError, "rng is 0 of type int; expected a numpy.random.Generator"),
        (np.random.default_rng(0), 0, ValueError, "n is 0; expected at least 1"),
        (np.random.default_rng(0), 5.0, TypeError, "n is 5.0; expected an integer"),
    ],
)
def test_points_are_drawn_by_a_generator(density, rng, n, error, message):
    with pytest.raises(error, match=message):
        density.draw(rng, n)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(2), r"x has shape \(2,\); expected \(n, 2\)"),
        (np.zeros((4, 3)), r"x has shape \(4, 3\)"),
        (np.array([[0.0, np.nan]]), "x is nan at index"),
        (np.array([[np.inf, 0.0]]), "x is inf at index"),
    ],
)
def test_points_that_are_not_of_the_plane_are_refused(density, x, message):
    with pytest.raises(ValueError, match=message):
        density.log_density(x)
