"""Shards change neither values nor gradients, whatever the threads do."""

import threading
import time

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import value_and_grad

from minode.base import threads
from minode.base.trees import leaves
from minode.nn.blocks import ODEBlock
from minode.nn.layers import ConcatConv2D, GroupNorm, Layer, ReLU, Tanh, kernel_layer, kernel_of, serial

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
        monkeypatch.setattr(threads, "usable_cores", lambda n=n_threads: n)
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


def refuse_to_start(self):
    raise RuntimeError("can't start new thread")


@pytest.fixture
def fresh_pool():
    """Threads that start in the test, and end with it."""
    threads._pool.cache_clear()
    yield
    threads._pool.cache_clear()


def test_where_threads_cannot_start_parts_run_in_turn_with_the_same_bits(sample, monkeypatch, fresh_pool):
    layer = serial(*PARTS, shard=2)
    expected = value_and_gradients(layer, *sample)
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
    threads._pool.cache_clear()
    here = threading.get_ident()
    assert threads.map_parts(lambda part: (part, threading.get_ident()), [1, 2, 3]) == [(i, here) for i in (1, 2, 3)]
    for value, reference in zip(value_and_gradients(layer, *sample), expected, strict=True):
        np.testing.assert_array_equal(value, reference)
    with threads.workers() as apply:
        assert list(apply(lambda item: threading.get_ident(), range(3))) == [here] * 3


def test_where_only_some_threads_start_parts_run_in_turn(monkeypatch, fresh_pool):
    started, start = [], threading.Thread.start

    def start_two(self):
        started.append(self)
        if len(started) > 2:
            refuse_to_start(self)
        start(self)

    monkeypatch.setattr(threads, "usable_cores", lambda: 5)
    monkeypatch.setattr(threading.Thread, "start", start_two)
    assert threads.map_parts(lambda part: part**2, [1, 2, 3]) == [1, 4, 9]
    for thread in started[:2]:
        thread.join(10)
        assert not thread.is_alive()


def test_workers_give_up_what_has_not_begun(monkeypatch):
    """Ctrl-C does not wait for two thousand photographs."""
    monkeypatch.setattr(threads, "usable_cores", lambda: 2)
    begun = []

    def fail_first():
        with threads.workers() as apply:
            results = apply(lambda item: begun.append(item) or time.sleep(0.01), range(1000))
            next(results)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_first()
    assert len(begun) < 500


AT_EXIT = """
import atexit, os, threading
import numpy as np
from minode.base import threads
threads.usable_cores = lambda: 3
assert threads.map_parts(abs, [-1, -2, -3]) == [1, 2, 3]
child = os.fork()
if not child:
    os._exit(threads.map_parts(abs, [-1, -2, -3]) != [1, 2, 3])
assert os.waitpid(child, 0)[1] == 0
atexit.register(lambda: print(threads.map_parts(abs, [-1, -2, -3])))
"""


def test_parts_after_a_fork_and_at_the_end_of_the_interpreter(run_script):
    assert run_script(AT_EXIT) == "[1, 2, 3]\n"
