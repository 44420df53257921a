"""Optimisers against the published recurrences and, where installed, PyTorch."""

import numpy as np
import pytest

from minode.base.trees import leaves, tree_map
from minode.nn.optim import SGD, Adam

START = {"W": np.array([[1.0, -2.0], [0.5, 3.0]]), "b": [np.array([0.1, -0.3])]}


def quadratic_gradient(params):
    return tree_map(lambda W: W * np.arange(1, W.size + 1, dtype=W.dtype).reshape(W.shape), params)


def run(optimizer, learning_rate, n_steps):
    params, state = START, optimizer.init(START)
    for _ in range(n_steps):
        params, state = optimizer.update(params, quadratic_gradient(params), state, learning_rate)
    return params


def test_sgd_without_momentum_follows_the_gradient():
    expected = tree_map(lambda W, g: W - 0.1 * g, START, quadratic_gradient(START))
    for leaf, reference in zip(leaves(run(SGD(), 0.1, 1)), leaves(expected), strict=True):
        np.testing.assert_array_equal(leaf, reference)


def test_first_step_of_adam_has_the_size_of_the_learning_rate():
    for leaf, start in zip(leaves(run(Adam(), 0.01, 1)), leaves(START), strict=True):
        np.testing.assert_allclose(np.abs(leaf - start), 0.01, rtol=1e-6)


@pytest.mark.parametrize(
    "optimizer",
    [SGD(), SGD(momentum=0.9), SGD(momentum=0.9, weight_decay=0.1, nesterov=True), Adam()],
    ids=["sgd", "momentum", "nesterov and weight decay", "adam"],
)
def test_a_quadratic_is_minimised_and_nothing_changed_in_place(optimizer):
    before = [leaf.copy() for leaf in leaves(START)]
    end = run(optimizer, 0.05, 1000)
    assert max(np.abs(leaf).max() for leaf in leaves(end)) < 1e-3
    for leaf, original in zip(leaves(START), before, strict=True):
        np.testing.assert_array_equal(leaf, original)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "optimizer",
    [SGD(momentum=0.9), SGD(momentum=0.9, weight_decay=0.1, nesterov=True), Adam()],
    ids=["momentum", "nesterov and weight decay", "adam"],
)
def test_the_dtype_of_the_parameters_is_kept(optimizer, dtype):
    params = tree_map(lambda W: W.astype(dtype), START)
    state = optimizer.init(params)
    for _ in range(2):
        params, state = optimizer.update(params, quadratic_gradient(params), state, 0.1)
    assert {leaf.dtype for leaf in leaves(params)} == {np.dtype(dtype)}


@pytest.mark.parametrize(
    ("optimizer", "peer", "learning_rate"),
    [
        (SGD(momentum=0.9), lambda torch, W: torch.optim.SGD(W, lr=0.05, momentum=0.9), 0.05),
        (
            SGD(momentum=0.9, weight_decay=0.1, nesterov=True),
            lambda torch, W: torch.optim.SGD(W, lr=0.05, momentum=0.9, weight_decay=0.1, nesterov=True),
            0.05,
        ),
        (Adam(), lambda torch, W: torch.optim.Adam(W, lr=0.02), 0.02),
    ],
    ids=["momentum", "nesterov and weight decay", "adam"],
)
def test_twenty_steps_equal_pytorch(optimizer, peer, learning_rate):
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(leaf, requires_grad=True) for leaf in leaves(START)]
    rule = peer(torch, tensors)
    for _ in range(20):
        for tensor in tensors:
            tensor.grad = tensor.detach() * torch.arange(1, tensor.numel() + 1).reshape(tensor.shape)
        rule.step()
    for leaf, tensor in zip(leaves(run(optimizer, learning_rate, 20)), tensors, strict=True):
        np.testing.assert_allclose(leaf, tensor.detach().numpy(), rtol=1e-12)
