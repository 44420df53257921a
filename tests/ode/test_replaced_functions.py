"""What a user puts in place of a function of ours is called: no attribute and no name makes it one of ours."""

import copy
import functools
import pickle
from dataclasses import FrozenInstanceError

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from minode import odeint
from minode.base.trees import leaves, ravel
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock, vector_field
from minode.nn.layers import ConcatDense, Dense, Layer, Tanh, kernel_of, parallel, serial
from minode.nn.summary import as_text
from minode.ode.field.evaluations import KernelField

NET = serial(ConcatDense(4), Tanh(), Dense(3))
# By a kernel and by autograd the last bits differ.
CLOSE = dict(rtol=1e-7, atol=1e-8)


@pytest.fixture
def params():
    return NET.init(np.random.default_rng(0), (3,))[1]


@pytest.fixture
def z():
    return np.random.default_rng(1).normal(size=(5, 3))


def damped(t, z, params):
    """What each of the fields below computes, in autograd.numpy."""
    (W, b), _, (V, c) = params
    return anp.dot(anp.tanh(t * W[0] + anp.dot(z, W[1:]) + b), V) + c - 5 * z


class HasLayer:
    """A field with the attributes of ours."""

    def __init__(self):
        self.layer, self.kernel, self.apply = NET, NET.apply, NET.apply

    def __call__(self, t, z, params):
        return NET.apply(params, z, t) - 5 * z


class SubclassOfField(KernelField):
    def __call__(self, t, z, params):
        return super().__call__(t, z, params) - 5 * z


class SubclassOfLayer(Layer):
    def apply(self, params, x, t=0.0):
        return NET.apply(params, x, t) - 5 * x


class SubclassOfKernel(type(NET.apply)):
    def __call__(self, params, x, t=0.0):
        return super().__call__(params, x, t) - 5 * x


@functools.wraps(vector_field(NET))
def wrapped(t, z, params):
    return NET.apply(params, z, t) - 5 * z


def named_as_ours(t, z, params):
    return NET.apply(params, z, t) - 5 * z


named_as_ours.layer = named_as_ours.__wrapped__ = NET
REPLACED = NET._replace(apply=lambda params, x, t=0.0: NET.apply(params, x, t) - 5 * x)
WITH_A_KERNEL_OF_THEIRS = NET._replace(apply=SubclassOfKernel(**vars(NET.apply)))
LAYERS = {"_replace": REPLACED, "subclass": SubclassOfLayer(*NET), "kernel's subclass": WITH_A_KERNEL_OF_THEIRS}
FIELDS = {
    "attributes": HasLayer(),
    "wraps": wrapped,
    "function with attributes": named_as_ours,
    "subclass of the field": SubclassOfField(NET.apply),
    "partial": functools.partial(lambda f, t, z, params: f(t, z, params) - 5 * z, vector_field(NET)),
    **{f"layer by {name}": vector_field(layer) for name, layer in LAYERS.items()},
}
WAYS = {
    "adjoint": {},
    "checkpointed": dict(gradient="checkpointed", method="dopri5"),
    "backprop": dict(gradient="backprop", method="rk4", n_steps=20),
}


@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("f", FIELDS.values(), ids=FIELDS.keys())
def test_the_users_own_field_is_integrated(f, options, params, z):
    def value_and_gradients(f):
        def loss(arguments):
            return anp.sum(anp.sin(odeint(f, arguments[1], [0.0, 1.0], arguments[0], **options)[-1]))

        value, gradients = value_and_grad(loss)((params, z))
        return [value, *leaves(gradients)]

    for result, expected in zip(value_and_gradients(f), value_and_gradients(damped), strict=True):
        np.testing.assert_allclose(result, expected, **CLOSE)


COMPOUNDS = {
    "serial": (lambda layer: serial(layer, Tanh()), lambda params, x: anp.tanh(damped(0.3, x, params[0]))),
    "in shards": (lambda layer: serial(layer, Tanh(), shard=2), lambda params, x: anp.tanh(damped(0.3, x, params[0]))),
    "parallel": (lambda layer: parallel(layer, Tanh()), lambda params, x: damped(0.3, x, params[0]) + anp.tanh(x)),
    "ResBlock": (ResBlock, lambda params, x: x + damped(0.3, x, params)),
    "EulerBlock": (lambda layer: EulerBlock(layer, 1), lambda params, x: x + damped(0.0, x, params)),
    "ODEBlock": (
        lambda layer: ODEBlock(layer, method="midpoint", gradient="backprop"),
        lambda params, x: x + damped(0.5, x + damped(0.0, x, params) / 2, params),
    ),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.parametrize(("compound", "expected"), COMPOUNDS.values(), ids=COMPOUNDS.keys())
def test_the_users_own_apply_is_called(compound, expected, layer, z):
    network = compound(layer)
    _, params = network.init(np.random.default_rng(0), (3,))

    def value_and_gradients(function):
        value, gradients = value_and_grad(lambda arguments: anp.sum(anp.sin(function(*arguments))))((params, z))
        return [value, *leaves(gradients)]

    results = value_and_gradients(lambda params, x: network.apply(params, x, 0.3))
    for result, reference in zip(results, value_and_gradients(expected), strict=True):
        np.testing.assert_allclose(result, reference, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("same", [lambda f: f, copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_our_own_field_and_its_copies_are_kernels(same, params, z):
    f = same(vector_field(NET))
    assert type(f) is KernelField
    np.testing.assert_array_equal(f(0.3, z, params), NET.apply(params, z, 0.3))
    assert kernel_of(same(NET)) is not None


def test_what_a_field_calls_and_its_kernel_cannot_be_parted():
    f = vector_field(NET)
    with pytest.raises(FrozenInstanceError):
        f.kernel = Tanh().apply
    with pytest.raises(FrozenInstanceError):
        NET.apply.run = Tanh().apply.run


@pytest.mark.parametrize("change", [lambda params: params[:-1], lambda params: [*params, params[0]]])
@pytest.mark.parametrize("use", ["apply", "field", "block"])
def test_another_number_of_parameters_is_refused(change, use, params, z):
    uses = {
        "apply": lambda params: NET.apply(params, z),
        "field": lambda params: odeint(vector_field(NET), z, [0.0, 1.0], params),
        "block": lambda params: ODEBlock(NET).apply(params, z),
    }
    with pytest.raises(ValueError, match=r"params of the layer 'serial' has \d arrays; expected 4"):
        uses[use](change(params))


@pytest.mark.parametrize("name", ["serial", "parallel", "ODEBlock", "ResBlock"])
@pytest.mark.parametrize("layers", [(), (Dense(3), Dense(3))])
def test_a_layer_of_the_users_own_is_a_row_whatever_its_name(name, layers):
    mine = Layer(name, Dense(7).init, Dense(7).apply, layers)
    text = as_text(serial(Dense(5), mine), (3,))
    assert [*text.splitlines()[2].split()[:2], text.splitlines()[2].split()[-1]] == ["1", name, str(5 * 7 + 7)]
    assert text.endswith(f"\n{ravel(serial(Dense(5), mine).init(np.random.default_rng(0), (3,))[1]).size} parameters")
