"""Dormand-Prince in NumPy: its order, SciPy's solver beside it, its dtype, its steps, and gradients through it."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, value_and_grad
from scipy.integrate import solve_ivp
from scipy.integrate._ivp.rk import RK45

from minode import SolverError, count_nfe, odeint, solve
from minode.base.trees import leaves
from minode.gradcheck.check import central_differences
from minode.ode.steps import error, tableau
from tests.problems import lotka_volterra

RATES = {"rates": np.array([1.5, 1.0, 1.0, 3.0])}
Z0, TIMES = np.array([10.0, 5.0]), np.array([0.0, 3.0, 10.0])


def predators_and_prey(t, z):
    return np.array(lotka_volterra(t, z, RATES))


def network(t, z, W):
    return anp.tanh(anp.dot(W, z) + t)


def evaluations(method, tol):
    calls = []

    def f(t, z):
        calls.append(t)
        return predators_and_prey(t, z)

    z = solve(f, Z0, TIMES, method=method, rtol=tol, atol=tol)
    return z, calls


def test_the_tableau_is_scipys():
    np.testing.assert_allclose(tableau.C[:6], RK45.C, rtol=1e-15)
    np.testing.assert_allclose(tableau.E, -RK45.E, rtol=1e-14)
    np.testing.assert_allclose(tableau.A[6], RK45.B, rtol=1e-15)
    np.testing.assert_allclose(tableau.P, RK45.P, rtol=1e-14)
    for row, scipys in zip(tableau.A[1:6], RK45.A[1:]):
        np.testing.assert_allclose(row, scipys[: len(row)], rtol=1e-15)


@pytest.mark.parametrize("tol", [1e-4, 1e-7, 1e-10])
def test_as_accurate_as_scipys_for_as_many_evaluations(tol):
    exact = solve_ivp(predators_and_prey, (0, 10), Z0, t_eval=TIMES, method="DOP853", rtol=1e-12, atol=1e-12).y.T
    (z, calls), (scipys, scipys_calls) = evaluations("dopri5-np", tol), evaluations("dopri5", tol)
    assert np.abs(z - exact).max() < 3 * np.abs(scipys - exact).max()
    assert len(calls) < 1.05 * len(scipys_calls) + 6


def test_no_evaluation_beyond_the_last_time():
    _, calls = evaluations("dopri5-np", 1e-4)
    assert max(calls) == TIMES[-1]


def test_six_evaluations_a_step_and_two_to_begin():
    with count_nfe() as nfe:
        odeint(lambda t, z, params: -z, np.ones(3), [0.0, 1.0], method="dopri5-np", rtol=1e-3, atol=1e-3)
    assert nfe.forward % 6 == 2


def test_a_rejected_step_leaves_no_trace():
    """A field with a kink: the steps that jump over it are rejected, and begin again from the old slope."""
    t = np.array([0.0, 1.0, 2.0])
    z = solve(lambda t, z: np.where(t < 1.3, z, -50 * z), np.ones(2), t, method="dopri5-np", rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(z[1], np.e, rtol=1e-7)
    np.testing.assert_allclose(z[2], np.exp(1.3 - 50 * 0.7), atol=1e-7)


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed", "backprop"])
def test_float32_from_end_to_end(gradient):
    seen = set()

    def f(t, z, W):
        seen.add(anp.dot(W, z).dtype)
        return network(t, z, W)

    W, z0 = np.array([[0.3, -1.0], [1.2, 0.1]], np.float32), np.array([1.0, 0.5], np.float32)
    options = dict(method="dopri5-np", rtol=1e-4, atol=1e-4, gradient=gradient, seminorm=True)
    loss = value_and_grad(lambda W, z0: anp.sum(odeint(f, z0, [0.0, 1.0], W, **options)[-1] ** 2), (0, 1))
    value, gradients = loss(W, z0)
    assert {value.dtype, *seen, *(g.dtype for g in gradients)} == {np.dtype(np.float32)}


def test_a_large_state_is_combined_in_parts_to_the_same_end():
    n = error.SMALL + 3
    z = solve(lambda t, z: -z, np.linspace(1, 2, n), [0.0, 1.0], method="dopri5-np", rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(z[-1], np.exp(-1) * np.linspace(1, 2, n), rtol=1e-7)


def test_backprop_is_exact_for_the_steps_taken():
    """Loose tolerances, where adjoint and discrete gradient differ: finite differences over the same steps decide."""
    W, z0, t = np.array([[0.3, -1.0], [1.2, 0.1]]), np.array([1.0, 0.5]), np.array([0.0, 0.4, 1.5])

    def loss(z0, t, W, **options):
        return anp.sum(odeint(network, z0, t, W, method="dopri5-np", rtol=1e-2, atol=1e-2, **options)[1:] ** 2)

    through = grad(lambda *arguments: loss(*arguments, gradient="backprop"), (0, 1, 2))(z0, t, W)
    # Small shifts do not change how many steps there are, and hardly how long: of the order of the error itself.
    exact = grad(lambda *a: anp.sum(odeint(network, *a, method="dop853", rtol=1e-12, atol=1e-12)[1:] ** 2), (0, 1, 2))(
        z0, t, W
    )
    for value, reference in zip(through, exact):
        np.testing.assert_allclose(value, reference, rtol=2e-2, atol=2e-3)


def test_backprop_through_tight_steps_equals_finite_differences():
    W, z0, t = np.array([[0.3, -1.0], [1.2, 0.1]]), np.array([1.0, 0.5]), np.array([0.0, 0.4, 1.5])

    def loss(arguments, **options):
        return anp.sum(odeint(network, *arguments, rtol=1e-10, atol=1e-10, **options)[1:] ** 2)

    through = grad(lambda a: loss(a, method="dopri5-np", gradient="backprop"))((z0, t, W))
    differences = central_differences(lambda a: loss(a, method="dop853"))((z0, t, W))
    for value, reference in zip(leaves(through), leaves(differences)):
        np.testing.assert_allclose(value, reference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("gradient", ["adjoint", "backprop"])
def test_too_many_steps_are_a_solver_error(gradient):
    def loss(z0):
        return anp.sum(
            odeint(network, z0, [0.0, 9.0], 3 * np.eye(2), method="dopri5-np", max_steps=2, gradient=gradient)
        )

    with pytest.raises(SolverError, match=r"dopri5-np stopped.*Too many steps.*max_steps=2"):
        grad(loss)(np.ones(2))


def test_steps_too_short_to_move_t_are_a_solver_error():
    with pytest.raises(SolverError, match=r"dopri5-np stopped near t = 1e\+17: Steps too short to move t"):
        solve(lambda t, z: -z, np.ones(1), [1e17, 1e17 + 640], method="dopri5-np")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (lambda t, z, W: z * W / anp.sin(0 * t), "is inf at index .0., at t = 0 "),
        (lambda t, z, W: z * W / anp.where(t < 0.5, 1.0, 0.0), r"is inf at index .0., at t = 0\.[5-9]"),
    ],
)
def test_slopes_that_are_not_finite_are_a_solver_error(field, reason):
    with np.errstate(all="ignore"), pytest.raises(SolverError, match=reason):
        odeint(field, np.ones(2), [0.0, 1.0], 1.0, method="dopri5-np", gradient="backprop")
