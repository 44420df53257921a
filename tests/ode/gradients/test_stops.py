"""The backward solve passes by observations that the loss does not look at, where z comes back nevertheless."""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, value_and_grad
from autograd.tracer import getval

from minode import count_nfe, odeint
from minode.ode.gradients import adjoint
from minode.ode.gradients.segments import stops, ways_back

TIMES = np.array([0.0, 0.1, 0.2, 0.5, 0.9, 1.0])
GRADIENTS = ["adjoint", "checkpointed", "interpolated"]


def arriving(*places):
    g = np.zeros((len(TIMES), 2))
    g[list(places), 1] = 1.0
    return g


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("places", "jumps", "pieces", "expected"),
    [
        ([5], [], 1, [5, 0]),
        ([], [], 1, [5, 0]),
        ([0, 5], [], 1, [5, 0]),
        ([2, 5], [], 1, [5, 2, 0]),
        ([5], [0.5, 0.7], 1, [5, 3, 0]),
        ([5], [], 2, [5, 3, 0]),
        ([5], [], 3, [5, 4, 3, 2, 0]),
        (range(6), [], 1, [5, 4, 3, 2, 1, 0]),
        ([5], [], 100, [5, 4, 3, 2, 1, 0]),
    ],
)
def test_stops(sign, places, jumps, pieces, expected):
    assert stops(sign * TIMES, arriving(*places), sign * np.array(jumps), pieces) == expected


def test_two_times_have_one_way():
    assert ways_back(TIMES[:2], np.ones((2, 1)), [], [1, 8, None]) == [{1: 0}] * 3


def rotation(t, z, W):
    return anp.dot(z, W - W.T)


def last_state(gradient, n, method="lsoda", end=1.0):
    """Loss on the last of n states of the rotation, a weighting of it, as a function of W, z0 and t."""
    t = np.linspace(0, end, n)

    def loss(W, z0, t):
        options = dict(method=method, gradient=gradient, rtol=1e-9, atol=1e-9)
        return anp.dot(odeint(rotation, z0, t, W, **options)[-1], np.array([1.0, 2.0]))

    return loss, t


@pytest.mark.parametrize("end", [2.0, -2.0])
@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853", "dopri5-np"])
@pytest.mark.parametrize("gradient", GRADIENTS)
def test_gradients_are_those_of_the_rotation(gradient, method, end):
    loss, t = last_state(gradient, 60, method, end)
    W, z0 = np.array([[0.3, 0.8], [-0.4, 0.1]]), np.array([0.7, -0.2])
    of_W, of_z0, of_t = grad(loss, argnum=(0, 1, 2))(W, z0, t)
    rate = (W[0, 1] - W[1, 0]) * end
    turned = np.array([[np.cos(rate), np.sin(rate)], [-np.sin(rate), np.cos(rate)]])
    slope = z0 @ np.array([[-np.sin(rate), np.cos(rate)], [-np.cos(rate), -np.sin(rate)]]) @ [1.0, 2.0]
    # Errors of the solvers are up to a thousand tolerances.
    close = dict(rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(of_z0, turned @ [1.0, 2.0], **close)
    np.testing.assert_allclose(of_W, slope * end * np.array([[0, 1], [-1, 0]]), **close)
    np.testing.assert_allclose(of_t[[0, -1]], slope * rate / end * np.array([-1.0, 1.0]), **close)
    np.testing.assert_array_equal(of_t[1:-1], 0.0)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_evaluations_do_not_grow_with_times_that_are_passed_by(gradient):
    evaluations = []
    for n in (2, 500):
        loss, t = last_state(gradient, n)
        with count_nfe() as nfe:
            grad(loss)(np.array([[0.3, 0.8], [-0.4, 0.1]]), np.array([0.7, -0.2]), t)
        evaluations.append(nfe.backward)
    # Checkpoints are at other places, where observations are.
    assert evaluations[1] <= 1.5 * evaluations[0]


def test_equal_steps_stay_as_they_are():
    t, z0 = np.linspace(0, 1, 5), np.array([0.7, -0.2])

    def loss(W):
        return anp.sum(odeint(rotation, z0, t, W, method="rk4", n_steps=2)[-1])

    with count_nfe() as nfe:
        grad(loss)(np.array([[0.3, 0.8], [-0.4, 0.1]]))
    assert nfe.backward == nfe.forward == 4 * 2 * 4


def slow_and_fast(t, z, W):
    """Two modes, of which one contracts by exp(-rate t), and what they do to each other."""
    slow, fast, coupling = W
    return anp.stack([slow * z[0] + anp.tanh(coupling * z[1]), fast * (z[1] - anp.sin(z[0]))])


@pytest.mark.parametrize(("rate", "gradient"), [(30.0, "checkpointed"), (300.0, "adjoint")])
def test_where_z_does_not_come_back_each_interval_is_solved(rate, gradient, monkeypatch):
    t, z0 = np.linspace(0, 2, int(2 * rate)), np.array([0.7, -0.2])

    def loss(W):
        return anp.sum(odeint(slow_and_fast, z0, t, W, gradient=gradient, rtol=1e-7, atol=1e-9)[-1] ** 2)

    W = (-0.3, -rate, 0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = grad(loss)(W)
        monkeypatch.setattr(adjoint, "ways_back", lambda t, g, jumps, pieces: ways_back(t, g, jumps, [None]))
        expected = grad(loss)(W)
    # Before the first piece is lost, others may have come back.
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_field_that_fails_far_off_is_solved_interval_by_interval():
    def f(t, z, W):
        if np.abs(getval(z)).max() > 2:
            raise ValueError("far off")
        return slow_and_fast(t, z, W)

    def loss(W, n):
        return anp.sum(odeint(f, np.array([0.7, -0.2]), np.linspace(0, 2, n), W, rtol=1e-7, atol=1e-9)[-1] ** 2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(grad(loss)((-0.3, -60.0, 0.8), 200)).all()
    with pytest.raises(ValueError, match="far off"):
        grad(loss)((-0.3, -60.0, 0.8), 2)


def test_steps_are_counted_by_interval_where_z_is_interpolated():
    W = np.array([[0.0, 40.0], [0.0, 0.0]])
    t = np.linspace(0, 2, 41)
    options = dict(gradient="interpolated", max_steps=60)
    of_W = grad(lambda W: odeint(rotation, np.array([1.0, 0.0]), t, W, **options)[-1, 1])(W)
    assert of_W[0, 1] == pytest.approx(2 * np.cos(80.0), rel=1e-2)


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
def test_where_a_long_solve_fails_each_interval_is_solved(gradient, monkeypatch):
    loss, t = last_state(gradient, 30)
    W, z0 = np.array([[0.3, 0.8], [-0.4, 0.1]]), np.array([0.7, -0.2])
    monkeypatch.setattr(adjoint, "MERGED_STEPS", 1)
    found = grad(loss)(W, z0, t)
    monkeypatch.setattr(adjoint, "ways_back", lambda t, g, jumps, pieces: ways_back(t, g, jumps, [None]))
    np.testing.assert_array_equal(found, grad(loss)(W, z0, t))


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_jumps_between_times_that_are_passed_by(gradient):
    def f(t, z, W):
        return W[0] * z if t < 1.0 else W[1] * z

    def loss(W):
        return odeint(f, np.ones(1), np.linspace(0, 3, 31), W, jumps=[1.0], gradient=gradient, rtol=1e-9, atol=1e-9)[
            -1, 0
        ]

    W = np.array([0.4, -0.3])
    value, gradient = value_and_grad(loss)(W)
    assert value == pytest.approx(np.exp(0.4 - 0.6), rel=1e-6)
    np.testing.assert_allclose(gradient, value * np.array([1.0, 2.0]), rtol=1e-6)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_a_loss_that_looks_at_two_of_many(gradient):
    def loss(W):
        z = odeint(rotation, np.array([1.0, 0.0]), np.linspace(0, 1, 41), W, gradient=gradient, rtol=1e-9, atol=1e-9)
        return z[10, 1] + 3 * z[30, 1]

    W = np.array([[0.0, 1.3], [0.0, 0.0]])
    slope = 0.25 * np.cos(0.25 * 1.3) + 3 * 0.75 * np.cos(0.75 * 1.3)
    np.testing.assert_allclose(grad(loss)(W), [[0.0, slope], [-slope, 0.0]], rtol=1e-6, atol=1e-8)
