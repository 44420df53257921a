"""Layers and networks of images beside PyTorch's: values and gradients in the weights, the input and the depth."""

import importlib
from itertools import product

import numpy as np
import pytest
from autograd import make_vjp

from minode.base.trees import leaves, tree_map
from minode.nn import fields, models
from minode.nn.layers import ConcatConv2D, Conv2D, Dense, Flatten, GlobalAvgPool, GroupNorm, ReLU
from tests.pairs import pairs

torch = pytest.importorskip("torch")
# Two threads that wait for each other are slower than one where the cores are shared.
torch.set_num_threads(1)
peer = importlib.import_module("tests.benchmarks.shared.torch_networks")

# Largest distance over the largest entry; in float32 the maps of up to six pixels are correlated by points.
TOLERANCES = {np.float64: 1e-12, np.float32: 5e-5}
T = 0.7


@pytest.fixture(params=TOLERANCES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


def sample(layer, input_shape, batch, dtype, scale=1.0):
    """Input and parameters, all entries normal: the zeros and ones of `init` would hide mistakes."""
    rng = np.random.default_rng(0)
    _, params = layer.init(rng, input_shape)
    x = rng.normal(size=(batch, *input_shape)).astype(dtype)
    return x, tree_map(lambda W: (scale * rng.normal(size=W.shape)).astype(dtype), params)


def value_and_gradients(layer, x, params):
    """[y, g_x, g_t, *g_W] of a layer at depth T, for a g that no symmetry hides."""
    pull, y = make_vjp(lambda inputs: layer.apply(*inputs))((params, x, T))
    g_W, g_x, g_t = pull(np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype))
    return [y, g_x, np.asarray(g_t), *leaves(g_W)]


def torch_value_and_gradients(module, x, params):
    """The same of a module of PyTorch; only modules of ours take the depth."""
    peer.load(module, params)
    x, t = peer.to_nchw(x).requires_grad_(), torch.tensor(T, dtype=peer.to_nchw(x).dtype, requires_grad=True)
    y = module(t, x) if isinstance(module, (peer.ConcatConv2d, peer.Field)) else module(x)
    shape = peer.to_nhwc(y).shape
    g = np.cos(np.arange(y.numel())).reshape(shape).astype(peer.to_nhwc(y).dtype)
    g_x, g_t, *g_W = torch.autograd.grad(
        y, (x, t, *module.parameters()), peer.to_nchw(g), allow_unused=True, materialize_grads=True
    )
    return [peer.to_nhwc(y), peer.to_nhwc(g_x), g_t.numpy(), *peer.in_our_layout(g_W)]


def assert_same(layer, module, x, params, tolerance):
    found, expected = value_and_gradients(layer, x, params), torch_value_and_gradients(module, x, params)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


# Size, kernel, stride and padding, which together decide how a convolution is computed.
GEOMETRIES = list(product([(6, 6), (7, 7), (8, 5)], [1, 3, 4], [1, 2], [0, 1]))
KINDS = ["Conv2D", "Conv2D without bias", "ConcatConv2D"]


@pytest.mark.parametrize(("geometry", "kind", "batch", "dtype"), pairs(GEOMETRIES, KINDS, [1, 3], TOLERANCES), ids=str)
def test_convolutions(geometry, kind, batch, dtype):
    size, kernel, stride, padding = geometry
    inputs, outputs = 5, 4
    if kind == "ConcatConv2D":
        layer = ConcatConv2D(outputs, kernel, stride, padding)
        module = peer.ConcatConv2d(inputs, outputs, kernel, stride, padding)
    else:
        bias = kind == "Conv2D"
        layer = Conv2D(outputs, kernel, stride, padding, bias)
        module = torch.nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)
    assert_same(layer, module, *sample(layer, (*size, inputs), batch, dtype), TOLERANCES[dtype])


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("layer_and_module", [(Conv2D, torch.nn.Conv2d), (ConcatConv2D, peer.ConcatConv2d)])
def test_convolutions_of_residual_blocks(layer_and_module, size, dtype):
    make_layer, make_module = layer_and_module
    layer, module = make_layer(64, 3, padding=1), make_module(64, 64, 3, padding=1)
    assert_same(layer, module, *sample(layer, (size, size, 64), 2, dtype), TOLERANCES[dtype])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [(4, 4), (7, 5)], ids=str)
@pytest.mark.parametrize(("channels", "groups"), [(64, 32), (32, 32), (6, 32), (6, 3), (8, 1)])
def test_group_norm(channels, groups, size, batch, dtype):
    layer, module = GroupNorm(groups), torch.nn.GroupNorm(min(groups, channels), channels)
    assert_same(layer, module, *sample(layer, (*size, channels), batch, dtype), TOLERANCES[dtype])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("layer", "module", "input_shape"),
    [
        (ReLU(), torch.nn.ReLU(), (6, 5, 3)),
        (GlobalAvgPool(), torch.nn.AdaptiveAvgPool2d(1), (6, 6, 3)),
        (GlobalAvgPool(), torch.nn.AdaptiveAvgPool2d(1), (7, 4, 3)),
        (Flatten(), torch.nn.Flatten(), (1, 1, 64)),
        (Dense(10), torch.nn.Linear(64, 10), (64,)),
    ],
)
def test_the_rest(layer, module, input_shape, batch, dtype):
    assert_same(layer, module, *sample(layer, input_shape, batch, dtype), TOLERANCES[dtype])


@pytest.mark.parametrize("batch", [1, 3])
def test_the_vector_field(batch, dtype):
    layer = fields.vector_field_layer()
    assert_same(layer, peer.Field(64), *sample(layer, (6, 6, 64), batch, dtype, scale=0.1), TOLERANCES[dtype])


# Two steps do not come back to where they started, in either library.
@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize("name", ["node", "resnet"])
def test_networks(name, dtype):
    channels, classes = 3, 36
    if name == "node":
        pytest.importorskip("torchdiffeq")
        # The same discretised system: adaptive solvers would choose their steps each in its own way.
        layer = models.node(classes, method="midpoint", n_steps=2)
        module = peer.node(channels, classes, method="midpoint", options={"step_size": 1 / 2})
    else:
        layer, module = models.resnet(classes), peer.resnet(channels, classes)
    x, _ = sample(layer, (28, 28, channels), 2, dtype)
    _, params = layer.init(np.random.default_rng(1), x.shape[1:])
    params = tree_map(lambda W: W.astype(dtype), params)
    # Rounding in float32 moves a few units across the kink of their ReLU: each is a jump of the gradient.
    assert_same(layer, module, x, params, {np.float64: 1e-9, np.float32: 2e-2}[dtype])
