"""Derivatives of derivatives through layers: right, against autograd through the same formulas, or refused by name."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian, jacobian, make_jvp, make_vjp
from autograd.test_util import check_grads

from minode import augmented_dynamics, odeint
from minode.base.trees import leaves, ravel, tree_map, unravel
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock, augment, vector_field
from minode.nn.layers import (
    ConcatConv2D,
    ConcatDense,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAvgPool,
    GroupNorm,
    ReLU,
    Softplus,
    Tanh,
    elementwise,
    kernel_layer,
    parallel,
    serial,
)
from minode.ode.gradients.adjoint import pack
from tests.nn.layers.test_layers import FORMULAS, T, sample

FIELD = serial(ConcatDense(4), Tanh(), Dense(3))
RK4 = dict(method="rk4", n_steps=2, gradient="backprop")
LAYERS = {
    **{name: (layer, (4,)) for name, (layer, _) in FORMULAS.items()},
    "in shards": (serial(ConcatDense(5), Softplus(), Dense(2), shard=2), (3,)),
    "ResBlock": (ResBlock(FIELD), (3,)),
    "EulerBlock": (EulerBlock(FIELD, 2), (3,)),
    "ODEBlock": (ODEBlock(FIELD, **RK4), (3,)),
    "augment": (augment(2), (3,)),
    "Flatten": (Flatten(), (2, 3, 2)),
    "GlobalAvgPool": (GlobalAvgPool(), (2, 3, 2)),
    "GroupNorm": (GroupNorm(2), (2, 2, 4)),
    "Conv2D": (Conv2D(2, 3, padding=1), (3, 4, 2)),
    "Conv2D, stride": (Conv2D(2, 3, 2, 1, bias=False), (5, 4, 2)),
    "DepthwiseConv2D": (DepthwiseConv2D(3), (3, 4, 2)),
    "ConcatConv2D": (ConcatConv2D(2, 3, 1, 1), (3, 3, 2)),
    "ConcatConv2D, stride": (ConcatConv2D(2, 4, 2, 1), (6, 5, 2)),
}


def by_hand(params, z, t=0.0):
    """`FIELD` in autograd.numpy."""
    (W, b), _, (V, c) = params
    return anp.dot(anp.tanh(t * W[0] + anp.dot(z, W[1:]) + b), V) + c


@pytest.fixture
def params():
    return FIELD.init(np.random.default_rng(0), (3,))[1]


@pytest.fixture
def z():
    return np.random.default_rng(1).normal(size=(4, 3))


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS.keys())
def test_derivatives_up_to_the_third_equal_finite_differences(layer, shape):
    _, params, x = sample(layer, shape, batch=3)
    check_grads(lambda arguments: anp.sin(layer.apply(*arguments)), modes=["rev"], order=3)((params, x, T))


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS.keys())
def test_forward_mode_too(layer, shape):
    _, params, x = sample(layer, shape, batch=3)
    check_grads(lambda arguments: anp.sin(layer.apply(*arguments)), modes=["fwd", "rev"], order=2)((params, x, T))


@pytest.mark.parametrize("traced", ["arguments", "weights"])
@pytest.mark.parametrize(("layer", "formula"), FORMULAS.values(), ids=FORMULAS.keys())
def test_second_derivatives_equal_those_of_the_formula(layer, formula, traced):
    """A loss linear in the output: nothing but the output is traced, or nothing but what arrives at it."""
    _, params, x = sample(layer)
    v = np.random.default_rng(2).normal(size=layer.apply(params, x, T).shape)

    def slopes(function):
        def squared_gradient(arguments, v):
            gradients = leaves(grad(lambda arguments: anp.sum(v * function(*arguments)))(arguments))
            # A loss that sees x itself, since the slope of ReLU alone does not depend on it.
            return sum(anp.sum(g**2) for g in gradients) + anp.sum(arguments[1] ** 2)

        return ravel(grad(squared_gradient, 0 if traced == "arguments" else 1)((params, x, T), v))

    np.testing.assert_allclose(slopes(layer.apply), slopes(formula), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize("depth", [0.3, np.float64(0.3), np.float32(0.3)], ids=["float", "float64", "float32"])
def test_float32_stays_float32(layer, shape, depth):
    _, params, x = sample(layer, shape, batch=3)
    single = tree_map(lambda W: W.astype(np.float32), (params, x))

    def penalty(arguments):
        return anp.sum(grad(lambda x: anp.sum(anp.sin(layer.apply(arguments[0], x, depth))))(arguments[1]) ** 2)

    assert {g.dtype for g in leaves(grad(penalty)(single))} == {np.dtype(np.float32)}


def test_hessians_and_third_derivatives_equal_those_by_hand(params, z):
    for derivative in (hessian, lambda loss: jacobian(jacobian(grad(loss)))):
        by_layer, expected = (
            derivative(lambda z, apply=apply: anp.sum(apply(params, z, T)))(z[:2]) for apply in (FIELD.apply, by_hand)
        )
        np.testing.assert_allclose(by_layer, expected, rtol=1e-12, atol=1e-13)


def test_forward_over_reverse_and_reverse_over_forward_agree(params, z):
    v = np.random.default_rng(3).normal(size=z.shape)

    def energy(z):
        return anp.sum(FIELD.apply(params, z, T) ** 2)

    _, forward_over_reverse = make_jvp(grad(energy))(z)(v)
    reverse_over_forward = grad(lambda z: make_jvp(energy)(z)(v)[1])(z)
    np.testing.assert_allclose(forward_over_reverse, np.tensordot(hessian(energy)(z), v), rtol=1e-12)
    np.testing.assert_allclose(reverse_over_forward, forward_over_reverse, rtol=1e-12)


WAYS = [
    dict(method="lsoda"),
    dict(method="vode"),
    dict(method="dopri5"),
    dict(method="dop853"),
    dict(method="dopri5-np"),
    dict(method="vode", gradient="checkpointed"),
    dict(method="dopri5-np", gradient="backprop"),
    dict(method="rk4", n_steps=40),
    dict(method="rk4", n_steps=40, gradient="backprop"),
    dict(method="midpoint", n_steps=40, gradient="backprop"),
    dict(method="euler", n_steps=40, gradient="backprop"),
]


@pytest.mark.parametrize("options", WAYS, ids=lambda options: " ".join(map(str, options.values())))
def test_a_field_that_is_the_gradient_of_a_network(options):
    """A Hamiltonian network, two ways: its energy made of layers, and in autograd.numpy."""
    energy, rotation = serial(Dense(16), Tanh(), Dense(1)), np.array([[0.0, 1.0], [-1.0, 0.0]])
    _, params = energy.init(np.random.default_rng(0), (2,))
    start = np.array([[1.0, 0.5], [0.2, -0.3]])
    if "n_steps" not in options:
        options = dict(options, rtol=1e-9, atol=1e-9)

    def plain(params, z):
        (W, b), _, (V, c) = params
        return anp.dot(anp.tanh(anp.dot(z, W) + b), V) + c

    def gradient(apply):
        def f(t, z, params):
            return anp.dot(grad(lambda z: anp.sum(apply(params, z)))(z), rotation)

        return ravel(grad(lambda params: anp.sum(odeint(f, start, [0.0, 1.0], params, **options)[-1] ** 2))(params))

    by_layers, expected = gradient(energy.apply), gradient(plain)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(by_layers, expected, rtol=1e-6, atol=1e-6)


def test_the_gradient_of_an_energy_equals_finite_differences():
    energy = serial(Dense(16), Tanh(), Dense(1))
    _, params = energy.init(np.random.default_rng(0), (2,))
    start, options = np.array([1.0, 0.5]), dict(method="dop853", rtol=1e-12, atol=1e-12)

    def loss(params):
        def f(t, z, params):
            return -grad(lambda z: anp.sum(energy.apply(params, z)))(z)

        return anp.sum(odeint(f, start, [0.0, 1.0], params, **options)[-1] ** 2)

    direction = np.random.default_rng(1).normal(size=ravel(params).size)
    eps = 1e-5
    ahead, behind = (loss(unravel(params, ravel(params) + sign * eps * direction)) for sign in (1, -1))
    assert np.dot(ravel(grad(loss)(params)), direction) == pytest.approx((ahead - behind) / (2 * eps), rel=1e-7)


def test_a_penalty_on_the_slope_of_the_field(params, z):
    """The squared norm of df/dz v, as regularisers take it, inside a loss through `odeint` itself."""
    v = np.random.default_rng(3).normal(size=z.shape)

    def loss(apply):
        def penalised(params):
            slope = make_vjp(lambda z: apply(params, z, T))(z)[0](v)
            end = odeint(lambda t, z, params: apply(params, z, t), z, [0.0, 1.0], params, rtol=1e-9, atol=1e-9)[-1]
            return anp.sum(slope**2) + anp.sum(end**2)

        return ravel(grad(penalised)(params))

    np.testing.assert_allclose(loss(FIELD.apply), loss(by_hand), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("f", [vector_field(FIELD), lambda t, z, params: by_hand(params, z, t)])
def test_the_augmented_field_refuses_to_be_differentiated(params, z, f):
    f_aug, s = augmented_dynamics(f, z, params), pack(z, z, np.zeros(ravel(params).size))
    with pytest.raises(TypeError, match="s is being differentiated"):
        jacobian(lambda s: f_aug(T, s))(s)


SECOND = {
    "loss linear in the output": lambda f, w, params: grad(
        lambda z: anp.sum(grad(lambda z: anp.sum(w * f(params, z)))(z) ** 2)
    )(w),
    "by weights": lambda f, w, params: grad(lambda P: anp.sum(grad(lambda z: anp.sum(f(P, z)))(w) ** 2))(params),
    "by what arrives": lambda f, w, params: grad(lambda v: anp.sum(grad(lambda z: anp.sum(v * f(params, z)))(w) ** 2))(
        w
    ),
    "hessian": lambda f, w, params: hessian(lambda z: anp.sum(f(params, z) ** 2))(w[:1]),
}


@pytest.mark.parametrize("derivative", SECOND.values(), ids=SECOND.keys())
@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
def test_the_adjoint_solve_refuses_to_be_differentiated(params, z, derivative, gradient):
    with pytest.raises(TypeError, match="the adjoint solve is not itself differentiable"):
        derivative(ODEBlock(FIELD, gradient=gradient).apply, z, params)


@pytest.mark.parametrize("derivative", SECOND.values(), ids=SECOND.keys())
def test_through_backprop_they_are_right(params, z, derivative):
    def by_rk4(params, z):
        return odeint(lambda t, z, params: by_hand(params, z, t), z, [0.0, 1.0], params, **RK4)[-1]

    by_block, expected = derivative(ODEBlock(FIELD, **RK4).apply, z, params), derivative(by_rk4, z, params)
    np.testing.assert_allclose(ravel(by_block), ravel(expected), rtol=1e-11, atol=1e-12)


def test_forward_mode_is_that_through_the_steps(params, z):
    def tangent(**options):
        return make_jvp(lambda params: ODEBlock(FIELD, **options).apply(params, z))(params)(params)[1]

    tight = dict(rtol=1e-9, atol=1e-9)
    through_steps = tangent(method="dopri5-np", gradient="backprop", **tight)
    np.testing.assert_allclose(tangent(method="lsoda", **tight), through_steps, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(tangent(method="rk4", n_steps=2), tangent(**RK4), rtol=1e-12, atol=1e-14)


SINE = elementwise("Sine", np.sin, lambda x, y: np.cos(x))
COMPOUNDS = {
    "alone": lambda layer: layer,
    "serial": lambda layer: serial(Tanh(), layer),
    "in shards": lambda layer: serial(Tanh(), layer, shard=1),
    "parallel": lambda layer: parallel(Tanh(), layer),
    "ResBlock": ResBlock,
    "EulerBlock": lambda layer: EulerBlock(layer, 2),
}


@pytest.mark.parametrize("compound", COMPOUNDS.values(), ids=COMPOUNDS.keys())
def test_a_layer_without_formula_is_named(compound, z):
    layer = compound(SINE)
    _, params = layer.init(np.random.default_rng(0), (3,))
    for second in (lambda f: grad(lambda z: anp.sum(grad(f)(z)))(z), lambda f: make_jvp(f)(z)(z)):
        with pytest.raises(TypeError, match=r"the layer 'Sine' .* no formula: for second derivatives"):
            second(lambda z: anp.sum(layer.apply(params, z)))


@pytest.mark.parametrize("compound", COMPOUNDS.values(), ids=COMPOUNDS.keys())
def test_a_layer_of_the_users_own_with_its_formula(compound, z):
    layer = compound(elementwise("Sine", np.sin, lambda x, y: np.cos(x), formula=anp.sin))
    _, params = layer.init(np.random.default_rng(0), (3,))
    check_grads(lambda z: layer.apply(params, z), modes=["rev", "fwd"], order=2)(z)


def test_a_kernel_of_the_users_own_with_its_formula(z):
    scale = kernel_layer(
        "Scale",
        lambda rng, shape: (shape, (rng.normal(size=shape),)),
        lambda W, x, t: (x * W[0], lambda g: ([np.sum(g * x, axis=0)], g * W[0], 0.0)),
        n_leaves=1,
        formula=lambda W, x, t: x * W[0],
    )
    layer = serial(scale, Tanh())
    _, params = layer.init(np.random.default_rng(0), (3,))
    check_grads(lambda arguments: layer.apply(*arguments), modes=["rev", "fwd"], order=2)((params, z))


def test_a_kernel_that_hides_a_traced_array_is_refused(z):
    def loss(a):
        layer = serial(Tanh(), elementwise("Scale", lambda x: a * x, lambda x, y: a))
        return anp.sum(layer.apply([(), ()], a * z))

    with pytest.raises(TypeError, match="without receiving it as an argument; make it a parameter of the layer"):
        grad(loss)(2.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("layer", "expected"), [(Tanh(), 0.0), (Softplus(), 0.25), (ReLU(), 0.0)])
def test_far_from_zero_nothing_overflows(layer, expected, dtype):
    x = np.array([[-1e4, -400.0, 0.0, 400.0, 1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        curvature = grad(lambda x: anp.sum(grad(lambda x: anp.sum(layer.apply((), x)))(x) + 0 * x))(x)
    assert curvature.dtype == dtype
    np.testing.assert_allclose(curvature, [[0, 0, expected, 0, 0]], atol=1e-30)


def test_the_slope_of_relu_at_zero_is_zero_in_every_way():
    x, relu = np.array([-0.0, 0.0, 1.0]), ReLU()
    by_kernel = grad(lambda x: anp.sum(relu.apply((), x)))(x)
    by_formula = grad(lambda v: anp.sum(grad(lambda x: anp.sum(v * relu.apply((), x)))(x)))(np.ones(3))
    _, forward = make_jvp(lambda x: relu.apply((), x))(x)(np.ones(3))
    for slope in (by_kernel, by_formula, forward):
        np.testing.assert_array_equal(slope, [0, 0, 1])


@pytest.mark.parametrize("layer", [ConcatDense(2), serial(ConcatDense(2), Tanh())])
def test_a_depth_for_each_row_is_refused(layer, z):
    _, params = layer.init(np.random.default_rng(0), (3,))
    with pytest.raises(TypeError, match="expected one number, the depth of the whole batch"):
        layer.apply(params, z, np.zeros((4, 1)))
