"""One time alone: the state is where it was, and nothing but z0 moves it."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_jvp

from minode import odeint, sensitivities, solve
from tests.problems import ADAPTIVE, FIXED, decay

Z0 = np.array([[1.0, -2.0, 0.5]])


def black_box(rhs, y0, t, rtol, atol):
    raise AssertionError("there is nothing to solve")


WAYS = [
    *(dict(method=method) for method in [*ADAPTIVE, *FIXED]),
    dict(gradient="checkpointed"),
    dict(method=black_box),
    *(dict(method=method, gradient="backprop") for method in ["dopri5-np", *FIXED]),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "options", WAYS, ids=lambda options: " ".join(getattr(way, "__name__", way) for way in options.values())
)
def test_the_gradient_is_what_arrives(options):
    g = np.arange(3.0).reshape(1, 1, 3)

    def loss(inputs):
        z0, t, W = inputs
        return anp.sum(g * odeint(decay, z0, t, W, **options))

    inputs = Z0, np.array([0.7]), 0.5
    np.testing.assert_array_equal(odeint(decay, *inputs, **options), Z0[None])
    of_z0, of_t, of_W = grad(loss)(inputs)
    np.testing.assert_array_equal(of_z0, g[0])
    assert (of_t.tolist(), of_W) == ([0.0], 0.0)
    _, moved = make_jvp(loss)(inputs)((np.ones((1, 3)), np.ones(1), 1.0))
    assert moved == g.sum()


def test_solve_and_sensitivities():
    np.testing.assert_array_equal(solve(lambda t, y: -y, Z0, [0.7]), Z0[None])
    z, dz_dz0, dz_dW = sensitivities(decay, Z0, [0.7], 0.5)
    np.testing.assert_array_equal(z, Z0[None])
    np.testing.assert_array_equal(dz_dz0.reshape(3, 3), np.eye(3))
    np.testing.assert_array_equal(dz_dW, np.zeros((1, 1, 3)))
