"""The GRU: its product against autograd, finite differences and PyTorch; masks, directions, and single steps."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import hessian, make_vjp
from autograd.test_util import check_grads

from minode.base.trees import leaves
from minode.nn.layers import kernel_of
from minode.nn.time_series.recurrent import GRU, gru_step

UNITS, FEATURES = 5, 3


def sample(backward, batch=4, k=6, seed=0):
    rng = np.random.default_rng(seed)
    layer = GRU(UNITS, backward)
    shape, params = layer.init(rng, (k, 1 + FEATURES))
    assert shape == (k, UNITS)
    x = rng.normal(size=(batch, k, 1 + FEATURES))
    # Any weight, so that its gradient is tested, too; observed or not in the first series.
    x[..., 0] = rng.uniform(size=(batch, k))
    x[0, :, 0] = np.arange(k) % 2
    return layer, params, x


@pytest.mark.parametrize("backward", [False, True])
def test_value_and_gradients_equal_those_of_the_formula(backward):
    layer, params, x = sample(backward)
    pull, y = make_vjp(lambda arguments: layer.apply(*arguments))((params, x))
    formula = kernel_of(layer).formula
    expected_pull, expected = make_vjp(lambda arguments: formula(*arguments, 0.0))((params, x))
    g = np.random.default_rng(1).normal(size=y.shape)
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-13)
    for gradient, expected_gradient in zip(leaves(pull(g)), leaves(expected_pull(g)), strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("backward", [False, True])
def test_gradients_equal_finite_differences(backward):
    layer, params, x = sample(backward, batch=2, k=3)
    check_grads(lambda arguments: layer.apply(*arguments), modes=["rev"], order=1)((params, x))


def test_a_layer_applied_twice_in_one_trace_keeps_both_products():
    layer, params, x = sample(False)
    check_grads(lambda x: layer.apply(params, x) * layer.apply(params, 2 * x), modes=["rev"], order=1)(x)


def test_second_derivatives_come_from_the_formula():
    layer, params, x = sample(False, batch=1, k=2)
    H = hessian(lambda b: anp.sum(layer.apply((*params[:2], b, params[3]), x)))(params[2])
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    assert np.abs(H).max() > 1e-3


def test_backward_is_forward_on_the_reversed_sequence():
    layer, params, x = sample(True)
    states = GRU(UNITS).apply(params, x[:, ::-1])
    np.testing.assert_allclose(layer.apply(params, x), states[:, ::-1], rtol=1e-14)


@pytest.mark.parametrize("backward", [False, True])
def test_padding_changes_nothing(backward):
    layer, params, x = sample(backward)
    x[..., 0] = 1.0
    padding = np.random.default_rng(2).normal(size=(len(x), 3, 1 + FEATURES)) * 100
    padding[..., 0] = 0.0
    states = layer.apply(params, np.concatenate([x, padding], axis=1))
    np.testing.assert_allclose(states[:, : x.shape[1]], layer.apply(params, x), rtol=1e-13, atol=1e-15)
    if not backward:
        np.testing.assert_array_equal(states[:, -1], states[:, x.shape[1] - 1])


def test_a_step_goes_on_from_a_state():
    layer, params, x = sample(False)
    states = layer.apply(params, x)
    np.testing.assert_allclose(gru_step(params, states[:, 2], x[:, 3]), states[:, 3], rtol=1e-13, atol=1e-15)


def test_float32_is_kept_and_large_inputs_do_not_overflow():
    layer, params, x = sample(False)
    params = tuple(leaf.astype(np.float32) for leaf in params)
    with np.errstate(all="raise", under="ignore"):
        y = layer.apply(params, 1e4 * x.astype(np.float32))
    assert y.dtype == np.float32
    assert np.isfinite(y).all()


def test_it_is_that_of_pytorch():
    torch = pytest.importorskip("torch")
    layer, params, x = sample(False)
    x[..., 0] = 1.0
    W, U, b, c = params
    peer = torch.nn.GRU(FEATURES, UNITS, batch_first=True).double()
    with torch.no_grad():
        peer.weight_ih_l0.copy_(torch.tensor(W.T))
        peer.weight_hh_l0.copy_(torch.tensor(U.T))
        peer.bias_ih_l0.copy_(torch.tensor(b))
        peer.bias_hh_l0.copy_(torch.tensor(np.concatenate([np.zeros(2 * UNITS), c])))
        expected = peer(torch.tensor(x[..., 1:]))[0].numpy()
    np.testing.assert_allclose(layer.apply(params, x), expected, rtol=1e-12, atol=1e-14)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="units is 0; expected at least 1"):
        GRU(0)
    with pytest.raises(TypeError, match="backward is 1; expected True or False"):
        GRU(3, 1)
    with pytest.raises(ValueError, match=r"input_shape is \(4,\); expected \(k, 1 \+ features\)"):
        GRU(3).init(np.random.default_rng(0), (4,))
