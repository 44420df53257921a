"""Euler, midpoint and RK4: their order, their steps, their dtype."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode import solve
from minode.ode.solvers.fixed_step import STEPS, integrate

ORDERS = {"euler": 1, "midpoint": 2, "rk4": 4}
STAGES = {"euler": 1, "midpoint": 2, "rk4": 4}
METHODS = list(STEPS)
Z0 = np.array([1.0, -0.4])
DIRECTIONS = pytest.mark.parametrize("direction", [1, -1], ids=["ascending", "descending"])


def field(t, z):
    return z * anp.cos(2 * t)


def exact(t):
    t = np.asarray(t)
    return Z0 * np.exp((np.sin(2 * t) - np.sin(2 * t[0])) / 2)[:, None]


@DIRECTIONS
@pytest.mark.parametrize("method", METHODS)
def test_order(method, direction):
    t = direction * np.array([0.2, 0.9, 1.3])
    coarse, fine = (np.abs(solve(field, Z0, t, method=method, n_steps=n) - exact(t)).max() for n in (64, 128))
    assert np.log2(coarse / fine) == pytest.approx(ORDERS[method], abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_one_step_of_size_one(method):
    """Of dz/dt = z: the Taylor series of e up to the method's order."""
    z = solve(lambda t, z: z, 1.0, [0, 1], method=method)
    assert z[1] == pytest.approx({"euler": 2, "midpoint": 2.5, "rk4": 65 / 24}[method], rel=1e-15)


def test_one_euler_step_is_a_residual_block():
    z = solve(lambda t, z: np.tanh(z), Z0, [0, 1], method="euler")
    np.testing.assert_array_equal(z[1], Z0 + np.tanh(Z0))


@DIRECTIONS
@pytest.mark.parametrize("method", METHODS)
def test_steps_of_each_interval(method, direction):
    t, n_steps = direction * np.array([0.2, 0.9, 1.3]), [3, 5]
    z = solve(field, Z0, t, method=method, n_steps=n_steps)
    first = solve(field, Z0, t[:2], method=method, n_steps=3)
    second = solve(field, first[1], t[1:], method=method, n_steps=5)
    np.testing.assert_array_equal(z, [Z0, first[1], second[1]])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n_steps", "total"), [(None, 2), (4, 8), ([3, 5], 8), (np.array([1, 2]), 3)], ids=repr)
def test_evaluations(method, n_steps, total):
    times = []
    solve(lambda t, z: times.append(t) or z, Z0, [0, 1, 3], method=method, n_steps=n_steps)
    assert len(times) == STAGES[method] * total
    assert min(times) == 0
    assert max(times) <= 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtype_of_the_state_is_kept(method, dtype):
    seen = set()

    def rhs(t, z):
        seen.add(z.dtype)
        return np.float64(0.5) * z.astype(np.float64)

    z = solve(rhs, Z0.astype(dtype), np.array([0.0, 1.0]), method=method, n_steps=3)
    assert seen == {np.dtype(dtype)}
    assert z.dtype == dtype


@pytest.mark.parametrize("method", METHODS)
def test_loop_alone_keeps_float32(method):
    """Without the guard, as backpropagation runs it, nothing converts what the field returns."""
    z = integrate(lambda t, z: z * t, Z0.astype(np.float32), np.array([0.0, 1.0]), method, [3])
    assert z.dtype == np.float32


@pytest.mark.parametrize("method", METHODS)
def test_float32_does_not_lose_short_steps_at_a_large_time(method):
    """Neighbours of 1e8 in float32 are 8 apart."""
    z = solve(lambda t, z: -z, Z0.astype(np.float32), [1e8, 1e8 + 1], method=method, n_steps=100)
    np.testing.assert_allclose(z[1], np.exp(-1) * Z0, rtol=1e-2)


@pytest.mark.parametrize("method", METHODS)
def test_autograd_runs_through_the_loop(method):
    """Of dz/dt = z: each step multiplies z by the same polynomial of h."""
    factor = solve(lambda t, z: z, [1.0], [0, 0.25], method=method)[1, 0]
    gradient = grad(lambda z0: anp.sum(integrate(lambda t, z: z, z0, np.array([0.0, 1.0]), method, [4])[-1]))(Z0)
    np.testing.assert_allclose(gradient, np.full(2, factor**4), rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_gradient_in_the_times(method):
    """Of dz/dt = z with steps of their own size in each interval."""

    def end(t):
        return anp.sum(integrate(lambda t, z: z, Z0, t, method, [1, 2])[-1])

    t, eps = np.array([0.0, 0.2, 0.5]), 1e-6
    differences = [(end(t + eps * e) - end(t - eps * e)) / (2 * eps) for e in np.eye(3)]
    np.testing.assert_allclose(grad(end)(t), differences, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("n_steps", "error", "message"),
    [
        (0, ValueError, "n_steps is 0; expected at least 1"),
        (-3, ValueError, "n_steps is -3; expected at least 1"),
        ([2, 0], ValueError, "n_steps is 0; expected at least 1"),
        (2.0, TypeError, "n_steps is 2.0; expected an integer"),
        (True, TypeError, "n_steps is True; expected an integer"),
        ("2", TypeError, "n_steps is '2'; expected an integer"),
        ([2], ValueError, "n_steps has 1 entries; expected 2, one an interval of t"),
        ([2, 2, 2], ValueError, "n_steps has 3 entries; expected 2, one an interval of t"),
    ],
)
def test_bad_n_steps(method, n_steps, error, message):
    with pytest.raises(error, match=message):
        solve(field, Z0, [0, 1, 3], method=method, n_steps=n_steps)


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853", integrate])
def test_n_steps_of_an_adaptive_method(method):
    with pytest.raises(ValueError, match=r"n_steps is 4 with method=.*, which chooses its own steps; expected None"):
        solve(field, Z0, [0, 1], method=method, n_steps=4)
