"""Shards change neither values nor gradients, whatever the threads do."""

import threading

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from minode import threads
from minode.blocks import ODEBlock
from minode.layers import ConcatConv2D, GroupNorm, Layer, ReLU, Tanh, kernel_layer, kernel_of, serial
from minode.trees import leaves

PARTS = (GroupNorm(), ReLU(), ConcatConv2D(4, 3, padding=1))


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    _, params = serial(*PARTS).init(rng, (6, 6, 4))
    return params, rng.normal(size=(7, 6, 6, 4))


def value_and_gradients(layer, params, x):
    loss = value_and_grad(lambda args: anp.sum(anp.sin(layer.apply(*args))))
    value, gradients = loss((params, x, 0.4))
    return [value, *leaves(gradients)]


@pytest.mark.parametrize("size", [1, 3, 6, 7, 100])
def test_shards_change_nothing(sample, size):
    whole, parts = serial(*PARTS), serial(*PARTS, shard=size)
    for value, expected in zip(value_and_gradients(parts, *sample), value_and_gradients(whole, *sample), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-12)


def test_the_same_bits_on_any_number_of_cores(sample, monkeypatch):
    layer, results = serial(*PARTS, shard=2), []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(threads.os, "cpu_count", lambda n=n_threads: n)
        threads._pool.cache_clear()
        results.append(value_and_gradients(layer, *sample))
    threads._pool.cache_clear()
    for other in results[1:]:
        for value, first in zip(other, results[0], strict=True):
            np.testing.assert_array_equal(value, first)


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed", "backprop"])
def test_an_ode_block_of_sharded_convolutions(sample, gradient):
    field = serial(ConcatConv2D(4, 3, padding=1), Tanh(), ConcatConv2D(4, 3, padding=1), shard=2)
    _, params = field.init(np.random.default_rng(0), (6, 6, 4))
    options = dict(method="dopri5-np", rtol=1e-7, atol=1e-7)
    reference = ODEBlock(field, method="rk4", n_steps=20, gradient="backprop")
    results = value_and_gradients(ODEBlock(field, gradient=gradient, **options), params, sample[1])
    for value, expected in zip(results, value_and_gradients(reference, params, sample[1]), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-5)


def test_shards_within_shards_do_not_wait_for_each_other(sample):
    nested = serial(serial(*PARTS, shard=1), shard=2)
    params, x = sample
    value, *_ = value_and_gradients(nested, [params], x)
    assert value == pytest.approx(value_and_gradients(serial(*PARTS), params, x)[0], rel=1e-12)


def test_several_users_at_once(sample):
    layer, results = serial(*PARTS, shard=2), [None] * 4
    params, x = sample

    def work(i):
        y, vjp = kernel_of(layer).prepared(params)(x, 0.1 * i)
        results[i] = y, vjp(y)[1]

    users = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    for i, (y, g_x) in enumerate(results):
        expected, vjp = kernel_of(serial(*PARTS)).prepared(params)(x, 0.1 * i)
        np.testing.assert_allclose(y, expected, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(g_x, vjp(expected)[1], rtol=1e-11, atol=1e-12)


def test_an_exception_in_a_shard_comes_out():
    def fail(W, x, t):
        raise ZeroDivisionError("in a shard")

    layer = serial(kernel_layer("Fail", lambda rng, shape: (shape, ()), fail), shard=1)
    with pytest.raises(ZeroDivisionError, match="in a shard"):
        layer.apply([()], np.ones((3, 2)))


def test_neighbours_with_kernels_are_one_node(sample):
    """A layer without a kernel in the middle splits a series in three."""
    params, x = sample
    plain = Layer("Sin", lambda rng, shape: (shape, ()), lambda params, x, t=0.0: anp.sin(x))
    split = serial(*PARTS, plain, *PARTS, shard=2)
    fused, sine = serial(*PARTS), plain.apply

    def by_hand(params, x, t):
        return fused.apply(params[4:], sine((), fused.apply(params[:3], x, t)), t)

    params = [*params, (), *params]
    expected = value_and_gradients(Layer("by hand", None, by_hand), params, x)
    for value, reference in zip(value_and_gradients(split, params, x), expected, strict=True):
        np.testing.assert_allclose(value, reference, rtol=1e-11, atol=1e-12)
    with pytest.raises(ValueError, match="params has 6 entries; expected 7"):
        split.apply(params[:-1], x)


def test_blas_works_in_one_thread_once_shards_are_used(run_script):
    script = """
import numpy as np
from threadpoolctl import threadpool_info
from minode.layers import ReLU, serial
serial(ReLU(), shard=1).apply([()], np.ones((2, 3)))
print({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})
"""
    assert run_script(script).strip() == "{1}"
