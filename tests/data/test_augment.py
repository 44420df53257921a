"""Images on their way to the network: data sets checked, subsets chosen, crops against padding and slicing."""

import re

import numpy as np
import pytest
from scipy import ndimage

from minode.data.augment import random_affine, random_crop
from minode.data.dataset import Split, make_dataset, subset


def images(n=20, size=(28, 28), channels=1, dtype=np.float32):
    return np.random.default_rng(0).integers(1, 256, size=(n, *size, channels)).astype(dtype)


def offsets(image, crop, padding):
    """Every offset at which the padded image, cut to the old size, is the crop."""
    height, width, _ = image.shape
    padded = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    return [
        (top, left)
        for top in range(2 * padding + 1)
        for left in range(2 * padding + 1)
        if np.array_equal(padded[top : top + height, left : left + width], crop)
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize(
    ("size", "channels", "padding"),
    [((28, 28), 1, 4), ((28, 28), 3, 4), ((5, 9), 2, 1), ((3, 2), 1, 6), ((1, 1), 3, 1)],
)
def test_each_image_is_cut_from_its_own_padding(size, channels, padding, dtype):
    x = images(size=size, channels=channels, dtype=dtype)
    before = x.copy()
    crops = random_crop(np.random.default_rng(1), x, padding)
    assert (crops.shape, crops.dtype) == (x.shape, x.dtype)
    assert crops.flags.c_contiguous
    assert all(offsets(image, crop, padding) for image, crop in zip(x, crops))
    np.testing.assert_array_equal(x, before)


def test_every_offset_is_equally_likely_and_the_axes_independent():
    n, padding = 8100, 1
    # One bright pixel in the middle tells where it went.
    x = np.zeros((n, 3, 3, 1), dtype=np.float32)
    x[:, 1, 1] = 1
    counts = random_crop(np.random.default_rng(2), x, padding).sum(axis=0).ravel()
    # A binomial count of mean 900 has a standard deviation of 28.
    np.testing.assert_allclose(counts, n / 9, atol=4 * 28)


def test_images_of_one_batch_move_apart():
    x = np.repeat(images(1), 50, axis=0)
    crops = random_crop(np.random.default_rng(3), x)
    assert len({offsets(x[0], crop, 4)[0] for crop in crops}) > 25


def test_the_seed_decides():
    x = images()
    first, again, other = (random_crop(np.random.default_rng(seed), x) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_views_of_a_larger_array_are_taken_too():
    x = images(40, channels=3)
    strided = x[::2, :, ::-1]
    crops = random_crop(np.random.default_rng(6), strided)
    np.testing.assert_array_equal(crops, random_crop(np.random.default_rng(6), strided.copy()))


@pytest.mark.parametrize(
    ("x", "padding", "error", "message"),
    [
        (np.zeros((28, 28, 1)), 4, ValueError, "x has shape (28, 28, 1); expected (n, height, width, channels)"),
        (np.zeros((2, 28, 28, 1)), 0, ValueError, "padding is 0; expected at least 1"),
        (np.zeros((2, 28, 28, 1)), 1.5, TypeError, "padding is 1.5; expected an integer"),
    ],
    ids=["axes", "no padding", "half a pixel"],
)
def test_bad_arguments(x, padding, error, message):
    with pytest.raises(error, match=re.escape(message)):
        random_crop(np.random.default_rng(0), x, padding)


def constant(n=4, size=28, dtype=np.float32, fill=0.5):
    return Split(np.full((n, size, size, 1), fill, dtype=dtype), np.arange(n))


X, Y = constant()
BAD_SPLITS = {
    "dtype": (
        constant(dtype=np.float64),
        TypeError,
        "is an array of dtype float64; expected an array of dtype float32",
    ),
    "axes": (Split(X[0], np.arange(28)), ValueError, "has shape (28, 28, 1); expected (n, height, width, channels)"),
    "other size": (constant(size=32), ValueError, "has images of shape (32, 32, 1); expected that of train.x, (28, 28"),
    "empty": (constant(n=0), ValueError, "is empty (shape (0, 28, 28, 1)); expected at least one image"),
    "bytes": (constant(fill=255), ValueError, "has pixels from 255.0 to 255.0; expected 0 to 1"),
    "NaN": (constant(fill=np.nan), ValueError, "has pixels from nan to nan; expected 0 to 1"),
    "negative pixel": (constant(fill=-0.5), ValueError, "has pixels from -0.5 to -0.5; expected 0 to 1"),
    "few labels": (Split(X, Y[:3]), ValueError, "has shape (3,); expected one label for each of 4 images"),
    "negative label": (Split(X, Y - 1), ValueError, "holds the label -1 at index 0; expected 0 to 4"),
    "large label": (Split(X, Y + 2), ValueError, "holds the label 5 at index 3; expected 0 to 4"),
    "real labels": (Split(X, Y / 2), TypeError, "is an array of dtype float64; expected an array of integers"),
}


@pytest.mark.parametrize(("split", "error", "message"), BAD_SPLITS.values(), ids=BAD_SPLITS.keys())
def test_a_data_set_is_checked_when_it_is_made(split, error, message):
    with pytest.raises(error, match=r"^test\.[xy] " + re.escape(message)):
        make_dataset(constant(), constant(), split, "abcde")


def test_a_data_set_keeps_images_and_names():
    dataset = make_dataset(constant(), Split(X, Y.astype(np.uint8)), constant(n=2), ["a", "b", "c", "d"])
    assert dataset.class_names == ("a", "b", "c", "d")
    assert [len(split.x) for split in dataset[:3]] == [4, 4, 2]
    assert dataset.validation.x is X
    assert dataset.validation.y.dtype == np.int64


def test_a_subset_is_seeded_without_repetition_and_part_of_every_larger_one():
    split = Split(np.arange(50, dtype=np.float32).reshape(50, 1, 1, 1), np.arange(50))
    small, large, other = subset(split, 10, seed=1), subset(split, 30, seed=1), subset(split, 10, seed=2)
    assert len(set(large.y)) == 30
    np.testing.assert_array_equal(large.x.ravel(), large.y)
    np.testing.assert_array_equal(small.y, large.y[:10])
    assert set(small.y) != set(other.y)
    assert set(subset(split, 50, seed=1).y) == set(range(50))


@pytest.mark.parametrize(
    ("n", "error", "message"),
    [
        (5, ValueError, "n is 5; expected at most the number of images, 4"),
        (0, ValueError, "n is 0; expected at least 1"),
        (2.0, TypeError, "n is 2.0; expected an integer"),
    ],
)
def test_a_subset_has_at_least_one_image_and_no_more_than_there_are(n, error, message):
    with pytest.raises(error, match=message):
        subset(constant(), n, seed=0)


class Drawn(np.random.Generator):
    """A generator that draws, in units of their bounds, what a test says."""

    def __init__(self, **amounts):
        super().__init__(np.random.PCG64(0))
        names = ("angle", "taller", "wider", "slant", "down", "right")
        self.amounts = np.array([[amounts.get(name, 0.0)] for name in names])

    def uniform(self, low, high, shape):
        return np.broadcast_to(self.amounts, shape)


def blobs(size=28):
    """A smooth image, of which interpolation makes no more than small errors."""
    rows, columns = np.indices((size, size))
    image = np.exp(-((rows - 9) ** 2 + (columns - 16) ** 2) / 20) + 0.5 * np.exp(-((rows - 18) ** 2) / 9)
    return image[None, :, :, None].astype(np.float32)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ({}, lambda image: image),
        ({"angle": 1}, lambda image: ndimage.rotate(image, 30, reshape=False, order=1)),
        ({"angle": -0.5}, lambda image: ndimage.rotate(image, -15, reshape=False, order=1)),
        ({"down": 1, "right": -0.5}, lambda image: ndimage.shift(image, (2, -1), order=1)),
    ],
)
def test_affine_changes_are_those_of_scipys_own_functions(drawn, expected):
    x = blobs()
    changed = random_affine(Drawn(**drawn), x, rotation=30, scaling=0.1, shear=0.2, shift=2)
    # The bounds of what interpolation at a rounding's distance may do to a slope below one a pixel.
    np.testing.assert_allclose(changed[0, ..., 0], expected(x[0, ..., 0]), atol=1e-5)


@pytest.mark.parametrize(("drawn", "factor"), [({"taller": 1}, 1.1), ({"wider": -1}, 0.9), ({"slant": 1}, 1.0)])
def test_scaling_changes_the_area_and_shear_does_not(drawn, factor):
    rows, columns = np.indices((41, 41)) - 20.0
    x = np.exp(-(rows**2 + columns**2) / 18)[None, :, :, None]
    changed = random_affine(Drawn(**drawn), x, scaling=0.1, shear=0.3)
    # Bilinear interpolation sums smooth functions as the trapezoidal rule does.
    np.testing.assert_allclose(changed.sum() / x.sum(), factor, rtol=1e-2)


def test_the_sheared_rows_move_along_themselves():
    x = blobs()
    changed = random_affine(Drawn(slant=1), x, shear=0.5)
    weights = np.arange(28)

    def centres(image):
        return image[0, ..., 0] @ weights / image[0, ..., 0].sum(axis=1)

    rows = slice(8, 12)
    moved = (centres(changed) - centres(x))[rows]
    np.testing.assert_allclose(moved, 0.5 * (np.arange(28) - 13.5)[rows], atol=0.1)


def test_affine_changes_differ_between_images_and_are_those_of_the_seed():
    x = np.repeat(blobs(), 3, axis=0)
    first, again = (random_affine(np.random.default_rng(5), x) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == x.dtype
    assert np.abs(first[0] - first[1]).max() > 0.01
    assert np.abs(x - np.repeat(blobs(), 3, axis=0)).max() == 0


@pytest.mark.parametrize("bad", [{"rotation": -1}, {"scaling": 1}, {"shear": float("nan")}, {"shift": -2}])
def test_bad_bounds_are_refused(bad):
    with pytest.raises(ValueError, match=rf"rotation, scaling, shear and shift are .*{next(iter(bad.values()))}"):
        random_affine(np.random.default_rng(0), blobs(), **bad)


def test_affine_changes_need_images():
    with pytest.raises(ValueError, match=r"x has shape \(3, 4\)"):
        random_affine(np.random.default_rng(0), np.ones((3, 4)))
