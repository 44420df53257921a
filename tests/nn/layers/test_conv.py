"""Convolutions against SciPy's correlate and finite differences; both ways to compute them against each other."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.test_util import check_grads
from scipy.signal import correlate

from minode.base.trees import leaves, tree_map
from minode.nn.layers import ConcatConv2D, Conv2D, im2col, winograd

GEOMETRIES = [
    (kernel, stride, padding, size)
    for kernel in (1, 3, 4)
    for stride in (1, 2)
    for padding in (0, 1)
    for size in ((6, 6), (7, 5))
]


def by_scipy(x, W, stride, padding):
    """Correlate image by image, output by output."""
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    maps = [
        [correlate(image, W[..., k], mode="valid")[::stride, ::stride, 0] for k in range(W.shape[-1])]
        for image in padded
    ]
    return np.moveaxis(np.array(maps), 1, -1)


def sample(layer, size, channels=2, batch=3, seed=0):
    rng = np.random.default_rng(seed)
    output_shape, params = layer.init(rng, (*size, channels))
    return output_shape, params, rng.normal(size=(batch, *size, channels))


@pytest.mark.parametrize(("kernel", "stride", "padding", "size"), GEOMETRIES)
def test_conv_equals_scipys_correlate(kernel, stride, padding, size):
    layer = Conv2D(3, kernel, stride, padding)
    output_shape, (W, b), x = sample(layer, size)
    y = layer.apply((W, b), x)
    assert y.shape == (3, *output_shape)
    np.testing.assert_allclose(y, by_scipy(x, W, stride, padding) + b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("kernel", "stride", "padding", "size"), GEOMETRIES)
def test_concat_conv_sees_the_depth_as_its_first_channel(kernel, stride, padding, size):
    layer, t = ConcatConv2D(3, kernel, stride, padding), -1.3
    _, (W, b), x = sample(layer, size)
    with_time = np.concatenate([np.full((*x.shape[:3], 1), t), x], axis=3)
    y = layer.apply((W, b), x, t)
    np.testing.assert_allclose(y, by_scipy(with_time, W, stride, padding) + b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("layer", [Conv2D, ConcatConv2D])
@pytest.mark.parametrize(("kernel", "stride", "padding", "size"), GEOMETRIES)
def test_gradients_equal_finite_differences(layer, kernel, stride, padding, size, batch):
    layer = layer(2, kernel, stride, padding)
    _, params, x = sample(layer, size, batch=batch)
    check_grads(lambda arguments: layer.apply(*arguments), modes=["rev"], order=1)((params, x, 0.7))


def test_without_bias_there_is_one_parameter():
    layer = Conv2D(4, 3, padding=1, bias=False)
    _, params, x = sample(layer, (6, 6))
    assert [W.shape for W in leaves(params)] == [(3, 3, 2, 4)]
    np.testing.assert_allclose(layer.apply(params, x), by_scipy(x, params[0], 1, 1), rtol=1e-12, atol=1e-13)
    check_grads(lambda params: layer.apply(params, x), modes=["rev"], order=1)(params)


@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_at_points_equal_products_of_patches(size, dtype):
    rng = np.random.default_rng(size)
    x, W = rng.normal(size=(2, size, size, 16)).astype(dtype), rng.normal(size=(3, 3, 16, 8)).astype(dtype)
    y, vjp = winograd.correlate(x, *winograd.at_points(W), kernel=3)
    expected, expected_vjp = im2col.correlate(x.astype(float), W.astype(float), padding=1)
    g = rng.normal(size=y.shape).astype(dtype)
    assert y.dtype == dtype
    # Evaluation and interpolation amplify rounding some fifty times; see the comment beside the points.
    tolerance = 500 * np.finfo(dtype).eps
    for value, reference in zip((y, *vjp(g)), (expected, *expected_vjp(g.astype(float)))):
        assert np.abs(value - reference).max() < tolerance * np.abs(reference).max()


@pytest.mark.parametrize(("stride", "places"), [(1, 1), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (5, 1)])
@pytest.mark.parametrize("padding", [0, 1, 2, 7])
@pytest.mark.parametrize("size", [(6, 6), (7, 5), (13, 8)])
def test_products_of_blocks_equal_products_of_patches(stride, places, padding, size):
    rng, kernel = np.random.default_rng(stride), stride * places
    if kernel > min(size) + 2 * padding:
        padding = kernel
    x, W = rng.normal(size=(2, *size, 3)), rng.normal(size=(kernel, kernel, 3, 4))
    y, vjp = im2col.correlate_blocks(x, im2col.in_blocks(W, stride), padding)
    expected, expected_vjp = im2col.correlate(x, W, stride, padding)
    g = rng.normal(size=expected.shape)
    for value, reference in zip((y, *vjp(g)), (expected, *expected_vjp(g)), strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layer", [Conv2D(4, 3, padding=1), ConcatConv2D(4, 3, padding=1), Conv2D(4, 4, 2, 1)])
def test_float32_stays_float32(layer):
    _, params, x = sample(layer, (6, 6))
    params, x = tree_map(lambda W: W.astype(np.float32), params), x.astype(np.float32)
    # A float64 depth, as NumPy's scalars are, must not promote it.
    gradients = grad(lambda args: anp.sum(layer.apply(*args, np.float64(0.3))))((params, x))
    assert layer.apply(params, x, np.float64(0.3)).dtype == np.float32
    assert {leaf.dtype for leaf in leaves(gradients)} == {np.dtype(np.float32)}


def test_a_layer_applied_twice_in_one_trace_has_both_gradients():
    layer = ConcatConv2D(2, 3, padding=1)
    _, params, x = sample(layer, (4, 4))

    def twice(x):
        return layer.apply(params, layer.apply(params, x, 0.2), 0.9) * layer.apply(params, x)

    check_grads(twice, modes=["rev"], order=1)(x)


def test_weights_changed_in_place_count_at_the_next_call():
    layer = Conv2D(3, 3, padding=1)
    _, (W, b), x = sample(layer, (6, 6))
    before = layer.apply((W, b), x)
    W *= 2
    np.testing.assert_allclose(layer.apply((W, b), x) - b, 2 * (before - b), rtol=1e-12)


def test_initialised_uniformly_within_one_over_root_fan_in():
    _, (W, b) = ConcatConv2D(64, 3).init(np.random.default_rng(0), (8, 8, 15))
    bound = (9 * 16) ** -0.5
    assert max(np.abs(W).max(), np.abs(b).max()) <= bound
    assert np.std(W) == pytest.approx(bound / np.sqrt(3), rel=0.02)


@pytest.mark.parametrize("arguments", [(0, 3), (4, 0), (4, 3, 0), (4, 3, 1, -1)])
def test_numbers_below_one_are_refused_by_name(arguments):
    with pytest.raises(ValueError, match=r"(channels|kernel|stride|padding).* expected at least"):
        Conv2D(*arguments)


@pytest.mark.parametrize(
    ("shape", "message"), [((3, 3, 1), "does not fit an image of 3x3"), ((28, 28), "expected .height, width")]
)
def test_an_image_that_does_not_fit_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        Conv2D(4, 4).init(np.random.default_rng(0), shape)
