"""Layers, blocks, networks, fields and optimisers go through pickle, to the same bits and on the same path."""

import copy
import pickle

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, value_and_grad

from minode.base.trees import leaves, tree_map
from minode.nn import models
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock, augment, vector_field
from minode.nn.layers import (
    ConcatConv2D,
    ConcatDense,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool,
    GroupNorm,
    Layer,
    ReLU,
    Softplus,
    Tanh,
    elementwise,
    kernel_layer,
    kernel_of,
    parallel,
    serial,
    winograd,
)
from minode.nn.optim import SGD, Adam

FIELD = serial(ConcatDense(4), Tanh(), Dense(3))


def slope_of_sine(x, y):
    return np.cos(x)


def sine(x):
    return anp.sin(x)


def twice(params, x, t=0.0):
    return 2 * x


def keep(rng, shape):
    return shape, ()


def halve(W, x, t):
    return x / 2, lambda g: ([], g / 2, 0.0)


LAYERS = {
    **{
        layer.name: (layer, (3,))
        for layer in (Dense(2), ConcatDense(2), Tanh(), ReLU(), Softplus(), augment(2), ResBlock(FIELD))
    },
    **{
        layer.name: (layer, (6, 6, 4))
        for layer in (Conv2D(2, 3), ConcatConv2D(4, 3, padding=1), GroupNorm(2), GlobalAvgPool(), Flatten())
    },
    "EulerBlock": (EulerBlock(FIELD, 2), (3,)),
    "ODEBlock": (ODEBlock(FIELD, method="vode", seminorm=True), (3,)),
    "ODEBlock by backprop": (ODEBlock(FIELD, method="rk4", gradient="backprop"), (3,)),
    "serial": (FIELD, (3,)),
    "shards": (serial(ConcatConv2D(4, 3, padding=1), ReLU(), shard=2), (6, 6, 4)),
    "parallel": (parallel(FIELD, Dense(3)), (3,)),
    "a user's function": (serial(Dense(3), elementwise("Sine", np.sin, slope_of_sine, formula=sine)), (3,)),
    "a user's kernel": (serial(Dense(3), kernel_layer("Halve", keep, halve)), (3,)),
    "a user's layer": (serial(Dense(3), Tanh(), Layer("Twice", keep, twice), ResBlock(Layer("T", keep, twice))), (3,)),
}
WAYS = {"pickle": lambda thing: pickle.loads(pickle.dumps(thing)), "deepcopy": copy.deepcopy}


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def same(request):
    return request.param


def value_and_gradients(layer, params, x):
    loss = value_and_grad(lambda arguments: anp.sum(anp.sin(layer.apply(*arguments))))
    value, gradients = loss((params, x))
    return [value, *leaves(gradients)]


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS.keys())
def test_a_layer_comes_back_with_the_same_bits_on_the_same_path(layer, shape, same):
    again, x = same(layer), np.random.default_rng(1).normal(size=(5, *shape))
    (output, params), (output_again, params_again) = (
        each.init(np.random.default_rng(0), shape) for each in (layer, again)
    )
    assert output == output_again
    assert (kernel_of(again) is None) == (kernel_of(layer) is None)
    results = zip(value_and_gradients(layer, params, x), value_and_gradients(again, params_again, x), strict=True)
    for value, expected in results:
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("name", models.MODELS)
def test_a_network_comes_back(name, same):
    model = models.build(name, tol=1e-1)
    again, x = same(model), np.random.default_rng(1).random((2, 28, 28, 1), dtype=np.float32)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    params = tree_map(lambda W: W.astype(np.float32), again.init(np.random.default_rng(0), x.shape[1:])[1])
    np.testing.assert_array_equal(again.apply(params, x), model.apply(params, x))


@pytest.mark.parametrize("optimizer", [SGD(0.9, 0.1, nesterov=True), Adam()], ids=["SGD", "Adam"])
def test_an_optimizer_and_its_state_come_back(optimizer, same):
    params = [np.arange(3.0), np.ones((2, 2))]
    state = optimizer.init(params)
    for _ in range(3):
        (params, state), expected = (each.update(params, params, state, 0.1) for each in (same(optimizer), optimizer))
        for leaf, reference in zip(leaves((params, state)), leaves(expected), strict=True):
            np.testing.assert_array_equal(leaf, reference)
        state = same(state)


def test_second_derivatives_survive(same):
    _, params = FIELD.init(np.random.default_rng(0), (3,))
    x = np.random.default_rng(1).normal(size=(2, 3))

    def curvature(layer):
        return grad(lambda x: anp.sum(grad(lambda x: anp.sum(layer.apply(params, x)))(x) ** 2))(x)

    np.testing.assert_array_equal(curvature(same(FIELD)), curvature(FIELD))


def test_the_transforms_of_convolutions_stay_cached():
    layer, x = ConcatConv2D(4, 3, padding=1), np.ones((2, 6, 6, 4))
    _, params = layer.init(np.random.default_rng(0), x.shape[1:])
    layer.apply(params, x)
    computed = winograd.transforms.cache_info().misses
    pickle.loads(pickle.dumps(layer)).apply(params, x)
    assert winograd.transforms.cache_info().misses == computed


def test_another_process_gets_the_same_gradient(run_script, tmp_path):
    """Started anew, as by multiprocessing's spawn: nothing but the pickle and minode is there."""
    block = ODEBlock(serial(ConcatDense(4), Tanh(), Dense(3)), method="vode", rtol=1e-8, atol=1e-8)
    _, params = block.init(np.random.default_rng(0), (3,))
    x = np.random.default_rng(1).normal(size=(5, 3))
    path = tmp_path / "block.pickle"
    path.write_bytes(pickle.dumps((block, vector_field(FIELD), Adam(), params, x)))
    script = """
import pickle, sys
import autograd.numpy as anp
from autograd import grad
with open(sys.argv[1], "rb") as file:
    block, field, optimizer, params, x = pickle.load(file)
gradients = grad(lambda params: anp.sum(anp.sin(block.apply(params, x))))(params)
params, _ = optimizer.update(params, gradients, optimizer.init(params), 0.1)
print(type(field).__name__, repr(float(anp.sum(gradients[0][0]))), repr(float(anp.sum(params[0][0]))))
"""
    kind, slope, weight = run_script(script, str(path)).split()
    gradients = grad(lambda params: anp.sum(anp.sin(block.apply(params, x))))(params)
    moved, _ = Adam().update(params, gradients, Adam().init(params), 0.1)
    assert kind == "KernelField"
    assert float(slope) == pytest.approx(float(np.sum(gradients[0][0])), rel=1e-9)
    assert float(weight) == pytest.approx(float(np.sum(moved[0][0])), rel=1e-9)
