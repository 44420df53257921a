"""Group normalisation and pooling against their formulas."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import make_vjp
from autograd.test_util import check_grads

from minode.base.trees import leaves
from minode.nn.layers import Conv2D, DepthwiseConv2D, Flatten, GlobalAvgPool, GroupNorm


def group_norm(params, x, groups):
    """The definition, in autograd.numpy."""
    weight, bias = params
    grouped = anp.reshape(x, (*x.shape[:-1], groups, -1))
    mean = anp.mean(grouped, axis=(1, 2, 4), keepdims=True)
    variance = anp.mean((grouped - mean) ** 2, axis=(1, 2, 4), keepdims=True)
    return anp.reshape((grouped - mean) / anp.sqrt(variance + 1e-5), x.shape) * weight + bias


@pytest.fixture(params=[(1, 6), (2, 6), (6, 6), (32, 4)], ids=str)
def case(request):
    groups, channels = request.param
    rng = np.random.default_rng(channels)
    params = rng.normal(size=channels), rng.normal(size=channels)
    return GroupNorm(groups), min(groups, channels), params, rng.normal(2.0, 3.0, size=(3, 4, 5, channels))


def test_group_norm_equals_its_definition(case):
    layer, groups, params, x = case
    pull, y = make_vjp(lambda args: layer.apply(*args))((params, x))
    expected_pull, expected = make_vjp(lambda args: group_norm(*args, groups))((params, x))
    g = np.random.default_rng(1).normal(size=y.shape)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)
    for gradient, expected_gradient in zip(leaves(pull(g)), leaves(expected_pull(g)), strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)


def test_group_norm_gradients_equal_finite_differences(case):
    layer, _, params, x = case
    check_grads(lambda args: layer.apply(*args), modes=["rev"], order=1)((params, x))


def test_group_norm_starts_by_normalising_and_keeps_float32():
    layer = GroupNorm(2)
    shape, params = layer.init(np.random.default_rng(0), (6, 6, 8))
    assert shape == (6, 6, 8)
    x = np.random.default_rng(1).normal(5.0, 2.0, size=(2, 6, 6, 8)).astype(np.float32)
    y = layer.apply([W.astype(np.float32) for W in params], x)
    groups = y.reshape(2, 36, 2, 4)
    assert y.dtype == np.float32
    np.testing.assert_allclose(groups.mean(axis=(1, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(groups.std(axis=(1, 3)), 1, rtol=1e-5)


def test_a_mean_far_from_zero_does_not_cancel_in_float32():
    rng = np.random.default_rng(0)
    x, ones, zeros = 1000 + rng.normal(size=(2, 6, 6, 4)), np.ones(4), np.zeros(4)
    y = GroupNorm(2).apply([ones.astype(np.float32), zeros.astype(np.float32)], x.astype(np.float32))
    np.testing.assert_allclose(y, group_norm((ones, zeros), x, 2), atol=1e-3)


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="groups is 4; expected a divisor of the 6 channels"):
        GroupNorm(4).init(np.random.default_rng(0), (3, 3, 6))


@pytest.mark.parametrize("batch", [1, 3])
def test_global_average_pool_is_the_mean_over_pixels(batch):
    layer, x = GlobalAvgPool(), np.random.default_rng(0).normal(size=(batch, 3, 5, 2))
    shape, params = layer.init(None, x.shape[1:])
    y = layer.apply(params, x)
    assert (y.shape[1:], shape) == ((1, 1, 2), (1, 1, 2))
    np.testing.assert_allclose(y[:, 0, 0], x.reshape(batch, 15, 2).mean(axis=1), rtol=1e-13)
    check_grads(lambda x: layer.apply((), x), modes=["rev"], order=1)(x)


def test_flatten_keeps_every_entry_in_order():
    layer, x = Flatten(), np.random.default_rng(0).normal(size=(2, 3, 5, 2))
    shape, params = layer.init(None, x.shape[1:])
    assert shape == (30,)
    np.testing.assert_array_equal(layer.apply(params, x), [image.ravel() for image in x])
    check_grads(lambda x: layer.apply((), x), modes=["rev"], order=1)(x)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_depthwise_convolution_is_a_convolution_whose_kernels_see_one_channel(kernel):
    rng = np.random.default_rng(kernel)
    depthwise, full = DepthwiseConv2D(kernel), Conv2D(4, kernel, padding=kernel // 2)
    shape, (W, b) = depthwise.init(rng, (5, 6, 4))
    assert shape == (5, 6, 4)
    x, g = rng.normal(size=(3, 5, 6, 4)), rng.normal(size=(3, 5, 6, 4))
    pull, y = make_vjp(lambda args: depthwise.apply(*args))(((W, b), x))
    expected_pull, expected = make_vjp(lambda args: full.apply((args[0][0] * np.eye(4), args[0][1]), args[1]))(
        ((W, b), x)
    )
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-13)
    for gradient, expected_gradient in zip(leaves(pull(g)), leaves(expected_pull(g)), strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-11, atol=1e-12)
    assert depthwise.apply((W.astype(np.float32), b.astype(np.float32)), x.astype(np.float32)).dtype == np.float32


def test_a_depthwise_convolution_needs_an_odd_kernel_and_images():
    with pytest.raises(ValueError, match="kernel is 4; expected an odd number"):
        DepthwiseConv2D(4)
    with pytest.raises(ValueError, match="expected \\(height, width, channels\\)"):
        DepthwiseConv2D(3).init(np.random.default_rng(0), (5, 6))
