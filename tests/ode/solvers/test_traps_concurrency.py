"""A solve inside a solve, and solves in several threads: the right answer, or a clear error."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode import SolverError, odeint, solve
from minode.ode.solvers.methods import METHODS

COMPILED = {"lsoda", "vode"}
T = np.linspace(0, 1, 5)


def steps(method):
    return {"n_steps": 20} if method in {"euler", "midpoint", "rk4"} else {}


def nested(outer, inner):
    """dy/dt = -c y, where c = exp(-1) is itself the end of a solution, computed anew at every evaluation."""

    def rhs(t, y):
        c = solve(lambda s, u: -u, [1.0], [0, 1], method=inner, **steps(inner))[-1]
        return -c * y

    return solve(rhs, [1.0], T, method=outer, **steps(outer))[:, 0]


# The compiled ones have memory outside of Python. Each method, inside them, around them and inside itself.
NESTINGS = sorted(
    {(method, method) for method in METHODS}
    | {nesting for method in METHODS for one in COMPILED for nesting in ((one, method), (method, one))}
)


@pytest.mark.parametrize(("outer", "inner"), NESTINGS)
def test_nested_solves(outer, inner):
    if {outer, inner} <= COMPILED:
        with pytest.raises(SolverError, match=f"a {inner} solve was started inside .* {outer} solve.*'dopri5'"):
            nested(outer, inner)
    else:
        crude = 5e-2 if "euler" in (outer, inner) else 1e-3
        np.testing.assert_allclose(nested(outer, inner), np.exp(-np.exp(-1) * T), rtol=crude)


@pytest.mark.parametrize("method", sorted(COMPILED))
def test_refused_nesting_leaves_nothing_behind(method):
    with pytest.raises(SolverError, match="not reentrant"):
        nested(method, method)
    np.testing.assert_allclose(solve(lambda t, y: -y, [1.0], T, method=method)[:, 0], np.exp(-T), rtol=1e-4)


@pytest.fixture
def eager_threads():
    """Switch threads every microsecond or so instead of every five milliseconds."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


@pytest.mark.parametrize("method", METHODS)
def test_threads_do_not_disturb_each_other(method, eager_threads):
    def swing(frequency):
        return solve(lambda t, y: [y[1], -(frequency**2) * y[0]], [1.0, 0.0], T, method=method, **steps(method))

    frequencies = np.arange(1.0, 13.0)
    alone = [swing(frequency) for frequency in frequencies]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(swing, frequencies))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("method", sorted(COMPILED))
def test_nesting_is_refused_in_its_own_thread_only(method, eager_threads):
    started, finished = threading.Event(), threading.Event()

    def slow(t, y):
        started.set()
        finished.wait(0.01)
        return -y

    def other():
        started.wait()
        y = solve(lambda t, y: -y, [1.0], T, method=method)
        finished.set()
        return y

    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(other)
        first = solve(slow, [1.0], T, method=method)
        np.testing.assert_array_equal(first, future.result())


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853"])
def test_gradients_in_several_threads_are_those_of_one(method):
    def loss(p):
        return anp.sum(odeint(lambda t, z, p: anp.tanh(p * z), np.ones(3), [0.0, 1.0], p, method=method))

    gradient = grad(loss)

    values = np.linspace(0.5, 1.5, 24)
    with ThreadPoolExecutor(4) as executor:
        threaded = list(executor.map(gradient, values))
    np.testing.assert_array_equal(threaded, [gradient(p) for p in values])
