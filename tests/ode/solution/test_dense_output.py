"""A solve as a function of t: within the error of the solve, in the shape of z0, and what is refused."""

import doctest

import autograd.numpy as np
import numpy as onp
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from minode import SolverError, solve, trajectory
from minode.ode import dense_output
from tests.problems import ADAPTIVE

Z0 = np.array([[1.0, 0.5], [-2.0, 0.0]])
SPANS = [[0.5, 3.0, 7.0], [7.0, 0.5]]


def own_solver(rhs, y0, t, rtol, atol):
    return solve(rhs, y0, t, method="dop853", rtol=rtol, atol=atol)


SOLVERS = [*ADAPTIVE, "radau", "bdf", own_solver]


def test_examples_in_the_docstring_run():
    assert doctest.testmod(dense_output).failed == 0


def turning(t, z, w):
    """The first column of z turns into the second."""
    return w * np.stack([z[:, 1], -z[:, 0]], axis=1)


def turned(t, z0, w):
    angle = w * np.asarray(t)[..., None]
    x, y = z0[:, 0], z0[:, 1]
    return np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)], axis=-1)


@pytest.mark.parametrize("span", SPANS, ids=["ascending", "descending"])
@pytest.mark.parametrize("method", SOLVERS)
def test_errs_no_more_than_the_solve(method, span):
    solution = trajectory(turning, Z0, span, 1.3, method=method, rtol=1e-7, atol=1e-9)
    times = np.linspace(span[0], span[-1], 203)
    errors = np.abs(solution(times) - turned(times - span[0], Z0, 1.3))
    # A thousand tolerances, as they are documented; within steps as at their ends.
    assert errors.max() < 1e-4


def test_shapes_are_those_of_times_and_state():
    solution = trajectory(turning, Z0, [0, 2], 1.0)
    assert solution(1).shape == (2, 2)
    times = np.array([[2.0, 0.1, 1.0], [0.3, 0.0, 0.3]])
    assert solution(times).shape == (2, 3, 2, 2)
    assert_allclose(solution(times)[1, 0], solution(0.3))
    assert_allclose(solution([0.0])[0], Z0)
    assert trajectory(lambda t, z, W: -z, 1.0, [0, 2])(np.array([0.0, 1.0])).shape == (2,)


def test_trees_keep_their_nesting():
    def f(t, state, w):
        return {"v": -state["x"][0], "x": (state["v"],)}

    z0 = {"v": np.zeros(2), "x": (np.array([1.0, 2.0]),)}
    solution = trajectory(f, z0, [0, 2], atol={"v": 1e-9, "x": (1e-8,)})
    assert_allclose(solution(1.0)["x"][0], np.cos(1.0) * np.array([1.0, 2.0]), atol=1e-5)
    assert solution([0.1, 0.2, 0.3])["v"].shape == (3, 2)


def test_float32_stays_float32():
    z0 = onp.ones(3, onp.float32)
    for method in ("dopri5-np", "vode"):
        solution = trajectory(lambda t, z, W: -z, z0, [0, 1], method=method, rtol=1e-4, atol=1e-4)
        assert solution(0.5).dtype == onp.float32
        assert_allclose(solution(0.5), np.exp(-0.5), rtol=1e-3)


@pytest.mark.parametrize("method", SOLVERS)
def test_jumps_have_a_corner_each(method):
    def thrust(t, z, W):
        return np.array([z[1], 3.0 * (t < 2) - 3.0 * (t > 8)])

    solution = trajectory(thrust, np.zeros(2), [0.0, 10.0], method=method, jumps=[2, 8])
    assert_allclose(solution([1.0, 2.0, 5.0, 8.0, 9.0]), [[1.5, 3], [6, 6], [24, 6], [42, 6], [46.5, 3]], atol=1e-4)


def test_one_time_is_a_range_of_its_own():
    solution = trajectory(turning, Z0, [2.0], 1.0)
    assert_allclose(solution(2.0), Z0)
    assert solution([2.0, 2.0]).shape == (2, 2, 2)


@pytest.mark.parametrize("t", [-1e-9, 2.0 + 1e-9, np.nan, [0.5, 3.0], np.inf])
def test_no_extrapolation(t):
    solution = trajectory(turning, Z0, [0, 2], 1.0)
    with pytest.raises(ValueError, match=r"t is .*; expected a time in the range of the solution, 0.0 to 2.0"):
        solution(t)


@pytest.mark.parametrize("method", ["euler", "midpoint", "rk4"])
def test_equal_steps_have_no_interpolant(method):
    with pytest.raises(ValueError, match=f"method='{method}' takes equal steps"):
        trajectory(turning, Z0, [0, 2], 1.0, method=method)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("t", lambda x: trajectory(turning, Z0, [0.0, 2.0], 1.0)(x)[0, 0]),
        ("t", lambda x: trajectory(turning, Z0, [0.0, x], 1.0)(0.1)[0, 0]),
        ("z0", lambda x: trajectory(turning, x * Z0, [0.0, 2.0], 1.0)(1.0)[0, 0]),
        ("z0", lambda x: trajectory(lambda t, z, W: z, {"a": x}, [0.0, 2.0])(1.0)["a"]),
        ("params", lambda x: trajectory(turning, Z0, [0.0, 2.0], x)(1.0)[0, 0]),
    ],
)
def test_derivatives_are_refused(name, value):
    with pytest.raises(TypeError, match=f"{name} is being differentiated, .* Ask odeint"):
        grad(value)(1.0)


def test_what_f_closes_over_is_refused_when_traced():
    with pytest.raises(TypeError, match="pass it to odeint in params"):
        grad(lambda w: trajectory(lambda t, z, W: w * z, Z0, [0.0, 2.0])(1.0)[0, 0])(1.0)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_failures_come_when_it_is_made():
    with pytest.raises(SolverError, match="blow up"):
        trajectory(lambda t, z, W: z**2, [1.0], [0, 2])
    with pytest.raises(TypeError, match="t is 'now'"):
        trajectory(turning, Z0, [0, 2], 1.0)("now")
