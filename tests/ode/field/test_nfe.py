"""Counting: every evaluation once, on the right side, whatever else goes on."""

import threading

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp
from autograd.extend import Box

from minode import count_nfe, odeint
from tests.problems import ADAPTIVE, FIXED, decay

T = np.array([0.0, 0.4, 1.0])


class Counting:
    """A field that counts its own calls: only a gradient hands it a traced state."""

    def __init__(self, fails_at=np.inf):
        self.plain = self.traced = 0
        self.fails_at = fails_at

    def __call__(self, t, z, params):
        if isinstance(z, Box):
            self.traced += 1
        else:
            self.plain += 1
        if self.plain + self.traced >= self.fails_at:
            raise ZeroDivisionError("in f")
        return decay(t, z, params)


def loss(f, params, t=T, **options):
    return anp.sum(odeint(f, [1.0, 2.0], t, params, **options))


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
@pytest.mark.parametrize("method", [*ADAPTIVE, *FIXED])
def test_counts_are_those_of_f_itself(method, gradient):
    f = Counting()
    with count_nfe() as nfe:
        grad(lambda params: loss(f, params, method=method, gradient=gradient, **steps(method)))(0.5)
    assert nfe.forward == f.plain > 0
    assert nfe.backward + nfe.gauge == f.traced > 0


@pytest.mark.parametrize("method", [*ADAPTIVE, *FIXED])
def test_the_gradient_in_t_evaluates_f_once_a_time(method):
    f = Counting()
    with count_nfe() as nfe:
        grad(lambda t: loss(f, 0.5, t, method=method, **steps(method)))(T)
    assert nfe.forward == f.plain - len(T)
    assert nfe.backward + nfe.gauge == f.traced + len(T)


def steps(method):
    return dict(n_steps=50) if method in FIXED else {}


@pytest.mark.parametrize(("method", "stages"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_backprop_evaluates_nothing_on_the_way_back(method, stages):
    f = Counting()
    with count_nfe() as nfe:
        grad(lambda params: loss(f, params, method=method, gradient="backprop", n_steps=[3, 5]))(0.5)
    assert (nfe.forward, nfe.backward, nfe.reconstruction_error) == (8 * stages, 0, 0.0)
    assert f.plain + f.traced == 8 * stages


def test_nothing_counts_without_a_block_or_after_it():
    with count_nfe() as nfe:
        pass
    loss(decay, 0.5)
    assert (nfe.forward, nfe.backward, nfe.reconstruction_error) == (0, 0, 0.0)


def test_blocks_nest():
    with count_nfe() as outer:
        loss(decay, 0.5)
        before = outer.forward
        with count_nfe() as inner:
            grad(lambda params: loss(decay, params))(0.5)
        assert outer.forward == before + inner.forward
        loss(decay, 0.5)
    assert inner.forward == before > 0
    assert outer.forward == 3 * before
    assert outer.backward == inner.backward > 0
    assert outer.reconstruction_error == inner.reconstruction_error > 0


def test_the_worst_reconstruction_is_kept():
    with count_nfe() as coarse:
        grad(lambda params: loss(decay, params, rtol=1e-3, atol=1e-3))(0.5)
    with count_nfe() as both:
        grad(lambda params: loss(decay, params, rtol=1e-3, atol=1e-3))(0.5)
        grad(lambda params: loss(decay, params, rtol=1e-9, atol=1e-9))(0.5)
    assert both.reconstruction_error == coarse.reconstruction_error > 1e-6


def test_a_backward_solve_counts_where_it_runs():
    """The forward solve may lie in another block, or in none."""
    with count_nfe() as forward:
        pull, _ = make_vjp(lambda params: loss(decay, params))(0.5)
    with count_nfe() as backward:
        pull(1.0)
    assert forward.forward > 0
    assert forward.backward == backward.forward == 0
    assert backward.backward > 0


@pytest.mark.parametrize("method", [*ADAPTIVE, *FIXED])
def test_an_exception_ends_the_block_and_leaves_the_count(method):
    f = Counting(fails_at=5)
    with pytest.raises(ZeroDivisionError), count_nfe() as nfe:
        loss(f, 0.5, method=method, **steps(method))
    assert nfe.forward == 5
    loss(decay, 0.5)
    assert nfe.forward == 5


def test_each_thread_counts_for_itself():
    counts = {}
    both_inside = threading.Barrier(2)

    def work(name, end):
        with count_nfe() as nfe:
            both_inside.wait(timeout=200)
            grad(lambda params: loss(decay, params, np.array([0.0, end]), method="rk4", n_steps=end))(0.5)
            both_inside.wait(timeout=200)
            counts[name] = nfe.forward, nfe.backward

    with count_nfe() as here:
        threads = [threading.Thread(target=work, args=arguments) for arguments in [("short", 3), ("long", 11)]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == {"short": (12, 12), "long": (44, 44)}
    assert (here.forward, here.backward) == (0, 0)
