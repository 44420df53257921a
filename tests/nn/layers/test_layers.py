"""Every layer's VJP against autograd's own derivative of the formula, its shapes, and reuse inside one trace."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp
from autograd.test_util import check_grads

from minode.base.trees import leaves, tree_map
from minode.nn.layers import (
    ConcatDense,
    Dense,
    ReLU,
    Softplus,
    Tanh,
    elementwise,
    kernel_layer,
    kernel_of,
    parallel,
    serial,
)

T = 0.7


def concat_dense(params, x, t):
    W, b = params
    time = t * anp.ones((*x.shape[:-1], 1))
    return anp.dot(anp.concatenate([time, x], axis=-1), W) + b


# Each layer beside the same formula in autograd.numpy.
FORMULAS = {
    "Dense": (Dense(3), lambda p, x, t: anp.dot(x, p[0]) + p[1]),
    "ConcatDense": (ConcatDense(3), concat_dense),
    "Tanh": (Tanh(), lambda p, x, t: anp.tanh(x)),
    "ReLU": (ReLU(), lambda p, x, t: anp.maximum(x, 0.0)),
    "Softplus": (Softplus(), lambda p, x, t: anp.log(1 + anp.exp(x))),
    "serial": (
        serial(ConcatDense(5), Tanh(), Dense(2)),
        lambda p, x, t: anp.dot(anp.tanh(concat_dense(p[0], x, t)), p[2][0]) + p[2][1],
    ),
    "parallel": (
        parallel(serial(ConcatDense(4), Softplus()), Dense(4)),
        lambda p, x, t: anp.log(1 + anp.exp(concat_dense(p[0][0], x, t))) + anp.dot(x, p[1][0]) + p[1][1],
    ),
}


def sample(layer, input_shape=(4,), batch=5, seed=0):
    rng = np.random.default_rng(seed)
    output_shape, params = layer.init(rng, input_shape)
    return output_shape, params, rng.normal(size=(batch, *input_shape))


@pytest.fixture(params=FORMULAS.values(), ids=FORMULAS.keys())
def layer_and_formula(request):
    return request.param


def test_value_and_gradients_equal_those_of_the_formula(layer_and_formula):
    layer, formula = layer_and_formula
    _, params, x = sample(layer)
    arguments = (params, x, T)
    pull, y = make_vjp(lambda args: layer.apply(*args))(arguments)
    expected_pull, expected = make_vjp(lambda args: formula(*args))(arguments)
    g = np.random.default_rng(1).normal(size=y.shape)
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-13)
    for gradient, expected_gradient in zip(leaves(pull(g)), leaves(expected_pull(g)), strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12, atol=1e-13)


def test_gradients_equal_finite_differences(layer_and_formula):
    layer, _ = layer_and_formula
    _, params, x = sample(layer)
    check_grads(lambda arguments: layer.apply(*arguments), modes=["rev"], order=1)((params, x, T))


@pytest.mark.parametrize("input_shape", [(4,), (3, 4)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_init_and_apply_agree_on_shape_and_keep_the_dtype(layer_and_formula, input_shape, dtype):
    layer, _ = layer_and_formula
    output_shape, params, x = sample(layer, input_shape)
    params, x = tree_map(lambda leaf: leaf.astype(dtype), params), x.astype(dtype)
    pull, y = make_vjp(lambda args: layer.apply(*args, T))((params, x))
    assert y.shape == (5, *output_shape)
    assert y.dtype == dtype
    assert {leaf.dtype for leaf in leaves(pull(y))} == {np.dtype(dtype)}


def test_a_layer_applied_twice_in_one_trace_has_both_gradients(layer_and_formula):
    layer, formula = layer_and_formula
    _, params, x = sample(layer)
    weights = np.random.default_rng(2).normal(size=layer.apply(params, x, T).shape)

    def twice(function):
        return lambda x: anp.sum(weights * function(params, x, T) * function(params, anp.cos(x), 2 * T))

    np.testing.assert_allclose(grad(twice(layer.apply))(x), grad(twice(formula))(x), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("compound", [serial, parallel])
def test_compounds_without_kernels_run_through_autograd(compound):
    plain = Dense(4)._replace(apply=lambda params, x, t=0.0: anp.dot(x, params[0]) + params[1])
    fused, unfused = compound(Dense(4), Dense(4)), compound(plain, plain)
    _, params, x = sample(fused)
    assert kernel_of(fused) is not None
    assert kernel_of(unfused) is None

    def loss(layer):
        return grad(lambda p: anp.sum(anp.sin(layer.apply(p, x))))(params)

    for gradient, expected in zip(leaves(loss(unfused)), leaves(loss(fused)), strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-13)


def test_dense_is_initialised_uniformly_within_one_over_root_fan_in():
    _, (W, b) = Dense(400).init(np.random.default_rng(0), (25,))
    bound = 1 / 5
    assert np.abs(W).max() <= bound
    assert np.abs(b).max() <= bound
    # The standard deviation of a uniform distribution; 10,000 samples put it within one per cent.
    assert np.std(W) == pytest.approx(bound / np.sqrt(3), rel=0.02)


def test_time_counts_as_one_input_of_concat_dense():
    _, (W, _) = ConcatDense(6).init(np.random.default_rng(0), (24,))
    assert W.shape == (25, 6)
    assert np.abs(W).max() <= 1 / 5


def test_softplus_is_finite_and_exact_for_large_inputs():
    x = np.array([[-1e4, -50.0, 0.0, 50.0, 1e4]])
    y = Softplus().apply((), x)
    np.testing.assert_allclose(y, [[0.0, np.exp(-50.0), np.log(2), 50.0, 1e4]], rtol=1e-12)
    slope = grad(lambda x: anp.sum(Softplus().apply((), x)))(x)
    np.testing.assert_allclose(slope, [[0.0, np.exp(-50.0), 0.5, 1.0, 1.0]], rtol=1e-12)


def test_a_user_can_make_a_layer_of_any_kernel():
    A = np.array([[0.0, 1.0], [-1.0, 0.0]])
    rotation = kernel_layer(
        "Rotation",
        lambda rng, shape: (shape, ()),
        lambda W, x, t: (np.dot(x, A), lambda g: ([], np.dot(g, A.T), 0.0)),
    )
    layer = serial(rotation, elementwise("Square", np.square, lambda x, y: 2 * x))
    _, params, x = sample(layer, input_shape=(2,))
    check_grads(lambda x: layer.apply(params, x), modes=["rev"], order=1)(x)


def test_parallel_layers_must_agree_in_shape():
    with pytest.raises(ValueError, match="output shapes"):
        parallel(Dense(3), Dense(4)).init(np.random.default_rng(0), (2,))
