"""`solve` against closed forms and SciPy's `solve_ivp`, and the choices it offers."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minode import solve
from minode.gradcheck.problems.closed_forms import PROBLEMS
from minode.ode.solvers.methods import ADAPTIVE, METHODS
from tests.pairs import pairs
from tests.problems import lotka_volterra, random_mlp

FIXED = ["euler", "midpoint", "rk4"]
DIRECTIONS = ["ascending", "descending"]
Y0 = np.array([1.0, 0.5])


def in_direction(problem, direction):
    """Field, initial state, times and exact states, ascending or run back from the end."""
    exact = problem.solution(problem.t, problem.z0, problem.params)
    order = slice(None) if direction == "ascending" else slice(None, None, -1)
    return lambda t, z: problem.f(t, z, problem.params), exact[order][0], problem.t[order], exact[order]


def oscillate(t, y):
    return [y[1], -y[0]]


def oscillation(t):
    t = np.asarray(t)
    return np.stack([Y0[0] * np.cos(t) + Y0[1] * np.sin(t), Y0[1] * np.cos(t) - Y0[0] * np.sin(t)], axis=1)


class Counted:
    """A field that counts its evaluations."""

    def __init__(self, rhs):
        self.rhs, self.evaluations = rhs, 0

    def __call__(self, t, y):
        self.evaluations += 1
        return self.rhs(t, y)


@pytest.mark.parametrize(("name", "method", "direction", "rtol"), pairs(PROBLEMS, ADAPTIVE, DIRECTIONS, [1e-7, 1e-10]))
def test_adaptive_methods_reach_the_closed_form(method, direction, name, rtol):
    rhs, y0, t, exact = in_direction(PROBLEMS[name], direction)
    y = solve(rhs, y0, t, method=method, rtol=rtol, atol=rtol)
    np.testing.assert_array_equal(y[0], y0)
    # The tolerance is that of one step: for a whole solve the documentation promises 1000 times as much.
    np.testing.assert_allclose(y, exact, rtol=0, atol=1000 * rtol)


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("name", PROBLEMS)
def test_error_falls_with_the_tolerance(method, name):
    rhs, y0, t, exact = in_direction(PROBLEMS[name], "ascending")
    errors = [np.abs(solve(rhs, y0, t, method=method, rtol=tol, atol=tol) - exact).max() for tol in (1e-4, 1e-7, 1e-10)]
    assert errors[1] < errors[0] / 30
    assert errors[2] < errors[1] / 30


def fields_without_closed_form():
    problem = random_mlp(18)
    rates = {"rates": np.array([1.5, 1.0, 1.2, 2.0])}
    return {
        "lotka-volterra": (lambda t, z: lotka_volterra(t, z, rates), np.array([1.0, 0.8])),
        "mlp": (lambda t, z: problem.f(t, z, problem.params), problem.z0),
    }


@cache
def by_solve_ivp(name, t):
    rhs, y0 = fields_without_closed_form()[name]
    return solve_ivp(
        lambda t, y: np.ravel(rhs(t, y.reshape(y0.shape))),
        (t[0], t[-1]),
        y0.ravel(),
        "Radau",
        t_eval=t,
        rtol=1e-10,
        atol=1e-10,
    ).y.T


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", fields_without_closed_form())
def test_adaptive_methods_agree_with_solve_ivp(method, direction, name):
    rhs, y0 = fields_without_closed_form()[name]
    t = np.linspace(0, 2, 7) * (1 if direction == "ascending" else -1)
    y = solve(rhs, y0, t, method=method, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(y, by_solve_ivp(name, tuple(t)).reshape(y.shape), rtol=0, atol=2e-6)


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_dense_requests_cost_next_to_nothing(method, direction):
    t = np.linspace(0, 20, 1000) * (1 if direction == "ascending" else -1)
    rhs = Counted(oscillate)
    y = solve(rhs, Y0, t, method=method, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(y, oscillation(t), rtol=0, atol=5e-6)
    ends = Counted(oscillate)
    solve(ends, Y0, t[[0, -1]], method=method, rtol=1e-8, atol=1e-8)
    # Only DOP853 evaluates for its interpolant, three times a step of twelve.
    assert rhs.evaluations <= (1.3 if method == "dop853" else 1.05) * ends.evaluations


@pytest.mark.parametrize("method", ADAPTIVE)
def test_states_do_not_depend_on_the_times_asked_for(method):
    t = np.linspace(0, 3, 40)
    few = solve(oscillate, Y0, t[[0, 20, -1]], method=method, rtol=1e-8, atol=1e-8)
    many = solve(oscillate, Y0, t, method=method, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(few, many[[0, 20, -1]], rtol=0, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (2, 1, 3)], ids=str)
def test_states_of_any_shape(method, shape):
    y0 = np.random.default_rng(0).normal(size=shape)
    y = solve(lambda t, y: -y, y0, [0, 0.1, 0.2], method=method, n_steps=200 if method in FIXED else None)
    assert y.shape == (3, *shape)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, [y0, np.exp(-0.1) * y0, np.exp(-0.2) * y0], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_memory_order_of_the_state_does_not_matter(method):
    y0 = np.arange(6.0).reshape(2, 3)

    def rhs(t, y):
        return y * y0

    np.testing.assert_array_equal(
        solve(rhs, np.asfortranarray(y0), [0, 0.1], method=method), solve(rhs, y0, [0, 0.1], method=method)
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("y0", [[1, 2], np.array([1, 2]), (1, 2), np.array([1, 2], dtype=np.uint8)], ids=repr)
def test_integer_states_become_float64(method, y0):
    y = solve(lambda t, y: -y / 2, y0, [0, 1], method=method)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, solve(lambda t, y: -y / 2, np.array([1.0, 2.0]), [0, 1], method=method))


@pytest.mark.parametrize("method", [method for method in ADAPTIVE if method != "dopri5-np"])
def test_scipys_methods_compute_in_float64(method):
    y = solve(oscillate, Y0.astype(np.float32), [0, 1], method=method)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, solve(oscillate, Y0, [0, 1], method=method))


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("shape", [(2,), (2, 1)], ids=str)
def test_equal_tolerances_for_each_component_are_one_tolerance(method, shape):
    y0, t, tol = Y0.reshape(shape), [0, 1, 3], np.full(shape, 1e-7)

    def rhs(t, y):
        return np.reshape(oscillate(t, y), shape)

    np.testing.assert_allclose(
        solve(rhs, y0, t, method=method, rtol=tol, atol=tol),
        solve(rhs, y0, t, method=method, rtol=1e-7, atol=1e-7),
        rtol=1e-12,
    )


@pytest.mark.parametrize("method", ADAPTIVE)
def test_tolerances_for_each_component_hold_where_they_are_tight(method):
    """A fast oscillation that nobody asked for accurately, and a slow one."""

    def rhs(t, y):
        slow, fast = y
        return [[slow[1], -slow[0]], [40 * fast[1], -40 * fast[0]]]

    tight, loose = Counted(rhs), Counted(rhs)
    y0, t = np.array([Y0, Y0]), [0, 2]
    solve(tight, y0, t, method=method, rtol=1e-9, atol=1e-9)
    # A tolerance so large that it never counts.
    y = solve(loose, y0, t, method=method, rtol=1e-9, atol=np.array([[1e-9, 1e-9], [1e9, 1e9]]))
    np.testing.assert_allclose(y[:, 0], oscillation(t), rtol=0, atol=1e-6)
    assert loose.evaluations < tight.evaluations / 2


@pytest.mark.parametrize("method", [method for method in ADAPTIVE if method not in ("radau", "bdf")])
def test_more_steps_are_taken_when_allowed(method):
    t = [0, 400]
    y = solve(oscillate, Y0, t, method=method, rtol=1e-8, atol=1e-8, max_steps=20_000)
    np.testing.assert_allclose(y, oscillation(t), rtol=0, atol=1e-3)
