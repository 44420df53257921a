"""What is shown for fields of one's own is right."""

import doctest
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian
from scipy.interpolate import CubicSpline

import minode
from minode import odeint

TIGHT = dict(rtol=1e-9, atol=1e-9)


def test_the_recipes_run():
    result = doctest.testfile(str(Path(minode.__file__).parent / "README.md"), module_relative=False)
    assert result.attempted > 15
    assert result.failed == 0


def test_a_control_from_data_has_right_gradients():
    control = CubicSpline(np.linspace(0, 5, 11), np.sin(np.linspace(0, 5, 11)))

    def loss(inputs):
        rate, end = inputs
        return odeint(lambda t, z, rate: rate * (control(t) - z), np.zeros(1), anp.stack([0.0, end]), rate, **TIGHT)[
            -1, 0
        ]

    of_rate, of_end = grad(loss)((0.7, 4.2))
    # A solve may err by a hundred tolerances, over eps; that of the difference itself is eps squared.
    eps = 1e-3
    assert of_rate == pytest.approx((loss((0.7 + eps, 4.2)) - loss((0.7 - eps, 4.2))) / (2 * eps), rel=1e-3)
    assert of_end == pytest.approx((loss((0.7, 4.2 + eps)) - loss((0.7, 4.2 - eps))) / (2 * eps), rel=1e-3)


def test_second_derivatives_of_a_tree_state():
    def energy(z0):
        through = dict(method="dopri5-np", gradient="backprop", **TIGHT)
        x, v = odeint(lambda t, z, W: (z[1], -4.0 * z[0]), (z0[0], z0[1]), [0.0, 1.0], **through)
        return x[-1] ** 2 + v[-1] ** 2

    flow = np.array([[np.cos(2), np.sin(2) / 2], [-2 * np.sin(2), np.cos(2)]])
    np.testing.assert_allclose(hessian(energy)(np.array([0.5, 0.1])), 2 * flow.T @ flow, rtol=1e-6, atol=1e-7)
