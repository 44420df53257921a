"""One vector field, three readings."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode.base.trees import leaves, tree_map
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock, augment, vector_field
from minode.nn.layers import ConcatDense, Dense, Tanh, serial
from minode.ode.field.evaluations import linearise
from minode.ode.solvers.black_box import solve

FIELD = serial(ConcatDense(8), Tanh(), Dense(3))


@pytest.fixture
def params():
    _, params = FIELD.init(np.random.default_rng(0), (3,))
    return params


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(5, 3))


def loss_gradients(block, params, x):
    return leaves(grad(lambda args: anp.sum(anp.sin(block.apply(*args))))((params, x)))


def test_one_euler_step_is_a_residual_block(params, x):
    euler, residual = EulerBlock(FIELD, 1), ResBlock(FIELD)
    np.testing.assert_array_equal(euler.apply(params, x), residual.apply(params, x))
    for gradient, expected in zip(loss_gradients(euler, params, x), loss_gradients(residual, params, x), strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-14)


def test_a_residual_block_adds_its_field_at_depth_zero(params, x):
    np.testing.assert_array_equal(ResBlock(FIELD).apply(params, x), x + FIELD.apply(params, x, 0.0))


def test_euler_blocks_converge_to_the_ode_block_at_first_order(params, x):
    flow = ODEBlock(FIELD, rtol=1e-10, atol=1e-10).apply(params, x)
    errors = [np.abs(EulerBlock(FIELD, n).apply(params, x) - flow).max() for n in (64, 128, 256)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(orders, 1.0, atol=0.05)


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853"])
def test_ode_block_is_the_flow_from_0_to_1(params, x, method):
    flow = solve(lambda t, z: vector_field(FIELD)(t, z, params), x, [0.0, 1.0], method="dop853", rtol=1e-11, atol=1e-11)
    block = ODEBlock(FIELD, method=method, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(block.apply(params, x), flow[-1], atol=1e-6)


def test_ode_block_gradients_equal_backprop_through_many_small_steps(params, x):
    adjoint = ODEBlock(FIELD, rtol=1e-10, atol=1e-10)
    runge_kutta = ODEBlock(FIELD, method="rk4", n_steps=40, gradient="backprop")
    for gradient, expected in zip(
        loss_gradients(adjoint, params, x), loss_gradients(runge_kutta, params, x), strict=True
    ):
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("block", [ResBlock, lambda field: EulerBlock(field, 2), ODEBlock], ids=["Res", "Euler", "ODE"])
def test_init_gives_the_fields_own_parameters(block):
    shape, params = block(FIELD).init(np.random.default_rng(0), (3,))
    assert shape == (3,)
    for leaf, expected in zip(leaves(params), leaves(FIELD.init(np.random.default_rng(0), (3,))[1]), strict=True):
        np.testing.assert_array_equal(leaf, expected)


@pytest.mark.parametrize("block", [ResBlock, lambda field: EulerBlock(field, 2), ODEBlock], ids=["Res", "Euler", "ODE"])
def test_a_field_that_changes_the_shape_is_refused(block):
    with pytest.raises(ValueError, match=r"maps shape \(3,\) to \(2,\)"):
        block(Dense(2)).init(np.random.default_rng(0), (3,))


def test_augment_appends_zeros_and_passes_gradients(x):
    layer = augment(2)
    shape, params = layer.init(np.random.default_rng(0), (3,))
    y = layer.apply(params, x)
    assert shape == (5,)
    np.testing.assert_array_equal(y, np.hstack([x, np.zeros((5, 2))]))
    weights = np.random.default_rng(2).normal(size=y.shape)
    np.testing.assert_array_equal(grad(lambda x: anp.sum(weights * layer.apply(params, x)))(x), weights[:, :3])


def test_augmented_blocks_train_end_to_end(x):
    model = serial(augment(1), ODEBlock(serial(Dense(4), Tanh())), Dense(1))
    shape, params = model.init(np.random.default_rng(0), (3,))
    assert shape == (1,)
    gradients = leaves(grad(lambda p: anp.sum(model.apply(p, x) ** 2))(params))
    assert [g.shape for g in gradients] == [p.shape for p in leaves(params)]
    assert all(np.abs(g).max() > 0 for g in gradients)


@pytest.mark.parametrize(("make", "name"), [(lambda: EulerBlock(FIELD, 0), "n_steps"), (lambda: augment(0), "p")])
def test_counts_below_one_are_refused(make, name):
    with pytest.raises(ValueError, match=f"{name} is 0; expected at least 1"):
        make()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_field_linearised_by_its_kernel_equals_the_traced_one(params, x, dtype):
    params, x = tree_map(lambda W: W.astype(dtype), params), x.astype(dtype)
    by_kernel = vector_field(FIELD)
    dz, pullback = linearise(by_kernel, params)(0.7, x)
    traced_dz, traced_pullback = linearise(lambda t, z, W: by_kernel(t, z, W), params)(0.7, x)
    np.testing.assert_array_equal(dz, traced_dz)
    for gradient, expected in zip(pullback(dz), traced_pullback(dz), strict=True):
        np.testing.assert_array_equal(gradient, expected)
        assert gradient.dtype == dtype


def test_layers_without_kernel_are_fields_too(params, x):
    plain = FIELD._replace(apply=lambda params, x, t=0.0: FIELD.apply(params, x, t))
    for gradient, expected in zip(
        loss_gradients(ODEBlock(plain), params, x), loss_gradients(ODEBlock(FIELD), params, x), strict=True
    ):
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-14)
