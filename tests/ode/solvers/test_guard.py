"""What the guard promises to the field and to the solver, whatever either does."""

from functools import cache
from itertools import cycle

import numpy as np
import pytest
from scipy.integrate import RK45

from minode import SolverError, solve
from minode.ode.solvers.fixed_step import STEPS
from minode.ode.solvers.guard import GuardedRHS
from minode.ode.solvers.methods import METHODS

Y0 = np.array([[1.0, -0.5, 0.2], [0.3, 0.8, -1.0]])
T = np.linspace(0, 3, 4)


def swinging(t, y):
    """Fast enough that the adaptive methods have to reject steps."""
    return 4 * np.cos(8 * t**2) * y[::-1] - y**3


def states(rhs, method, y0=Y0, t=T):
    return solve(rhs, y0, t, method=method, n_steps=30 if method in STEPS else None)


@cache
def swung(method):
    return states(swinging, method)


def test_the_field_makes_runge_kutta_reject_steps():
    solver = RK45(lambda t, y: swinging(t, y.reshape(Y0.shape)).ravel(), 0, Y0.ravel(), 3, rtol=1e-6, atol=1e-8)
    steps = 0
    while solver.status == "running":
        solver.step()
        steps += 1
    assert solver.nfev > 2 + 6 * steps


@pytest.mark.parametrize("method", METHODS)
def test_field_may_keep_what_it_gets(method):
    kept, seen = [], []

    def keeping(t, y):
        kept.append(y)
        seen.append(y.copy())
        return swinging(t, y)

    states(keeping, method)
    np.testing.assert_array_equal(kept, seen)


@pytest.mark.parametrize("method", METHODS)
def test_field_may_return_what_it_gets(method):
    np.testing.assert_array_equal(states(lambda t, y: y, method), states(lambda t, y: y.copy(), method))


@pytest.mark.parametrize("method", METHODS)
def test_field_may_change_what_it_gets(method):
    def changing(t, y):
        dy = swinging(t, y)
        y[:] = np.nan
        return dy

    np.testing.assert_array_equal(states(changing, method), swung(method))


@pytest.mark.parametrize("method", METHODS)
def test_field_may_return_one_buffer_again_and_again(method):
    buffer = np.empty(Y0.shape)

    def reusing(t, y):
        buffer[:] = swinging(t, y)
        return buffer

    np.testing.assert_array_equal(states(reusing, method), swung(method))


@pytest.mark.parametrize("method", METHODS)
def test_initial_state_and_times_stay_as_they_were(method):
    y0, t = Y0.copy(), T.copy()
    states(swinging, method, y0, t)
    np.testing.assert_array_equal(y0, Y0)
    np.testing.assert_array_equal(t, T)


@pytest.mark.parametrize("method", METHODS)
def test_first_state_is_a_copy_of_the_initial_one(method):
    y0 = Y0.copy()
    y = states(swinging, method, y0)
    y[0] = 7
    np.testing.assert_array_equal(y0, Y0)


@pytest.mark.parametrize("method", METHODS)
def test_field_receives_a_python_float_and_the_shape_of_the_state(method):
    seen = set()

    def rhs(t, y):
        seen.add((type(t), type(y), y.shape, y.dtype))
        return swinging(t, y)

    states(rhs, method)
    assert seen == {(float, np.ndarray, (2, 3), np.dtype(np.float64))}


CONVERTED = {
    "list": np.ndarray.tolist,
    "fortran order": np.asfortranarray,
    "float32": np.float32,
    "big endian": lambda dy: dy.astype(">f8"),
}


@pytest.mark.parametrize(
    ("method", "kind"), [*(("lsoda", kind) for kind in CONVERTED), *zip([*METHODS][1:], cycle(CONVERTED))]
)
def test_field_may_return_any_real_array(method, kind):
    y = states(lambda t, y: CONVERTED[kind](swinging(t, y)), method)
    np.testing.assert_allclose(y, swung(method), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_field_may_return_integers(method):
    np.testing.assert_allclose(states(lambda t, y: np.full(y.shape, 2), method), Y0 + 2 * T[:, None, None], rtol=1e-12)


def test_large_finite_values_pass_although_their_squares_overflow():
    guard = GuardedRHS(lambda t, y: np.full(y.shape, 1e300), Y0, 1)
    np.testing.assert_array_equal(guard.evaluate(0.0, Y0), np.full(Y0.shape, 1e300))


def test_first_exception_ends_all_calls_of_the_field():
    calls = []

    def failing(t, y):
        calls.append(t)
        raise ValueError("in the field")

    guard = GuardedRHS(failing, Y0, 10)
    with pytest.raises(ValueError, match="in the field"):
        guard(0.0, Y0.ravel())
    with pytest.raises(SolverError, match="called again after it had failed"):
        guard(1.0, Y0.ravel())
    np.testing.assert_array_equal(guard.quiet(2.0, Y0.ravel()), np.zeros(Y0.size))
    assert calls == [0.0]
    with pytest.raises(ValueError, match="in the field"):
        guard.reraise()


def test_evaluations_are_capped():
    guard = GuardedRHS(lambda t, y: -y, Y0, 3)
    for t in range(3):
        guard.evaluate(t, Y0)
    with pytest.raises(SolverError, match="gave up after 3 evaluations, at t = 3; raise max_steps"):
        guard.evaluate(3, Y0)
