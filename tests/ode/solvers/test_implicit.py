"""Radau and BDF: the Jacobian from the trace, stiff problems forward and backward, states too large for it."""

from functools import cache

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.integrate import solve_ivp

from minode import SolverError, count_nfe, odeint, solve
from minode.gradcheck.check import relative_errors
from minode.gradcheck.problems import stiff
from minode.ode.field.evaluations import linearise
from minode.ode.solvers.implicit import EXACT, LARGEST, augmented_jacobian, field_jacobian
from tests.pairs import pairs
from tests.problems import DIRECTIONS, differences, in_direction, inputs_of, loss_of, random_mlp

IMPLICIT = ["radau", "bdf"]
each_method = pytest.mark.parametrize("method", IMPLICIT)
TIGHT = dict(rtol=1e-9, atol=1e-11)


@cache
def end_of(name):
    problem = stiff.PROBLEMS[name]
    f, p = problem.f, problem.params
    return solve_ivp(lambda t, z: np.array(f(t, z, p)), problem.t, problem.z0, "Radau", rtol=1e-9, atol=1e-18).y[:, -1]


@pytest.mark.parametrize("name", ["Robertson to 4e4", "HIRES", "E5", "Brusselator"])
@each_method
def test_stiff_problems_forward(name, method):
    problem, exact = stiff.PROBLEMS[name], end_of(name)
    options = dict(method=method, rtol=1e-6, atol=1e-6 * np.abs(exact) + 1e-18)
    z = odeint(problem.f, problem.z0, problem.t, problem.params, **options)[-1]
    np.testing.assert_allclose(z, exact, rtol=1e-3)


def pulled(t, z, rate):
    """Pulled to a curve near cos t, the faster the rate: the solution is smooth, and any step is stable."""
    return -rate * (z - anp.cos(t))


def pulled_to(t, rate):
    return (rate**2 * np.cos(t) + rate * np.sin(t)) / (1 + rate**2)


@pytest.mark.parametrize("span", [[0.0, 5.0], [0.0, 50.0]])
@pytest.mark.parametrize("rate", [1e3, 1e5, 1e7])
@each_method
def test_between_the_ends_of_long_steps(method, rate, span):
    # At their ends Radau's steps of this size are right, so that a cubic through them once missed by a tenth of z.
    t = np.linspace(*span, 101)
    z = odeint(pulled, pulled_to(np.zeros(1), rate), t, rate, method=method, rtol=1e-6, atol=1e-8)
    # A hundred tolerances.
    np.testing.assert_allclose(z[:, 0], pulled_to(t, rate), atol=1e-4)


def test_long_steps_stay_long_where_nothing_is_between():
    with count_nfe() as nfe:
        odeint(pulled, np.ones(1), [0.0, 5.0], 1e7, method="radau")
    # Some ten steps, where a cubic that follows the cosine takes a hundred.
    assert nfe.forward < 150


@pytest.mark.parametrize(
    ("gradient", "method", "direction"), pairs(["adjoint", "checkpointed", "interpolated"], IMPLICIT, DIRECTIONS)
)
def test_gradient_agrees_with_finite_differences(method, direction, gradient):
    problem = in_direction("forced", direction)
    computed = grad(loss_of(problem, method=method, gradient=gradient, **TIGHT))(inputs_of(problem))
    assert max(relative_errors(computed, differences("forced", direction)).values()) < (
        1e-6 if method == "radau" else 1e-5
    )


def test_the_jacobian_is_that_of_the_field():
    problem = random_mlp(3)
    z, n = problem.z0, problem.z0.size
    J = field_jacobian(linearise(problem.f, problem.params, of="z"), z.shape, z.dtype, "forward")(0.7, z.ravel())
    h = 1e-6 * np.eye(n)
    f = lambda z: problem.f(0.7, z.reshape(problem.z0.shape), problem.params).ravel()  # noqa: E731
    expected = np.stack([(f(z.ravel() + e) - f(z.ravel() - e)) / 2e-6 for e in h], axis=1)
    np.testing.assert_allclose(J, expected, atol=1e-8)
    blocks = augmented_jacobian(lambda t, z: J, n, 5)(0.7, np.zeros(2 * n + 5)).toarray()
    np.testing.assert_array_equal(blocks[:n, :n], J)
    np.testing.assert_array_equal(blocks[n : 2 * n, n : 2 * n], -J.T)
    assert blocks.shape == (2 * n + 5, 2 * n + 5)
    assert np.count_nonzero(blocks) == 2 * np.count_nonzero(J)


def cascade(t, z, k):
    """Stiff, and each component coupled to its neighbours."""
    spread = anp.concatenate([z[1:], [0.0]]) - 2 * z + anp.concatenate([[0.0], z[:-1]])
    return k * (len(z) + 1) ** 2 * spread


def slowest(n, k, t):
    x = np.arange(1, n + 1) / (n + 1)
    return np.sin(np.pi * x) * np.exp(-4 * k * (n + 1) ** 2 * np.sin(np.pi / (2 * (n + 1))) ** 2 * t)


@each_method
@pytest.mark.parametrize("n", [EXACT, EXACT + 20])
def test_states_of_a_hundred_components_and_more(n, method):
    z0 = slowest(n, 1.0, 0.0)

    def loss(k):
        return anp.sum(odeint(cascade, z0, [0.0, 0.1], k, method=method, gradient="interpolated", rtol=1e-5)[-1])

    rate = 4 * (n + 1) ** 2 * np.sin(np.pi / (2 * (n + 1))) ** 2
    assert grad(loss)(1.0) == pytest.approx(-0.1 * rate * slowest(n, 1.0, 0.1).sum(), rel=1e-3)


@each_method
def test_many_parameters_have_no_share_in_the_linear_algebra(method):
    """With a Jacobian of [a, a_W] this would take matrices of 20,004 x 20,004 numbers."""
    W = np.random.default_rng(0).normal(size=(4, 5000)) / 100
    z0 = np.array([1.0, -0.5, 0.3, 2.0])

    def loss(W, **options):
        f = lambda t, z, W: -np.array([1e3, 1, 1, 1]) * z + anp.dot(W, anp.tanh(anp.dot(z, W)))  # noqa: E731
        return anp.sum(odeint(f, z0, [0.0, 0.05], W, **options)[-1])

    by_radau = grad(lambda W: loss(W, method=method, gradient="interpolated", rtol=1e-7, atol=1e-9))(W)
    by_dop853 = grad(lambda W: loss(W, method="dop853", gradient="interpolated", rtol=1e-8, atol=1e-10))(W)
    assert np.linalg.norm(by_radau - by_dop853) < 1e-4 * np.linalg.norm(by_dop853)


@each_method
def test_a_state_too_large_for_its_jacobian_is_refused_at_the_door(method):
    calls = []

    def f(t, z, p=()):
        calls.append(t)
        return -z

    z0 = np.ones((LARGEST + 1, 1))
    for attempt in (lambda: odeint(f, z0, [0.0, 1.0], method=method), lambda: solve(f, z0, [0.0, 1.0], method=method)):
        with pytest.raises(ValueError, match=rf"{LARGEST + 1} components.*expected at most {LARGEST}.*method='lsoda'"):
            attempt()
    assert not calls


@each_method
def test_a_jacobian_that_is_not_finite_is_named(method):
    with (
        np.errstate(all="ignore"),
        pytest.raises(SolverError, match="the Jacobian of f has an entry that is not finite"),
    ):
        odeint(lambda t, z, p: -anp.sqrt(anp.abs(z)) + t, np.zeros(2), [0.0, 1.0], method=method)


@each_method
def test_a_tolerance_for_each_component(method):
    f = lambda t, z, p: -np.array([1.0, 1e3]) * (z - anp.cos(t))  # noqa: E731
    with count_nfe() as tight:
        z = odeint(f, np.ones(2), [0.0, 2.0], method=method, rtol=np.array([1e-8, 1e-8]), atol=1e-10)
    with count_nfe() as loose:
        odeint(f, np.ones(2), [0.0, 2.0], method=method, rtol=np.array([1e-8, 1e-3]), atol=np.array([1e-10, 1e-3]))
    assert z[-1, 0] == pytest.approx((np.cos(2) + np.sin(2)) / 2 + np.exp(-2) / 2, rel=1e-6)
    assert loose.forward < tight.forward


@each_method
def test_a_jacobian_of_ones_own(method):
    calls = []

    def jacobian(t, y):
        calls.append(t)
        return np.array([[-1e4]])

    y = solve(lambda t, y: -1e4 * (y - np.cos(t)), [0.0], [0.0, 1.0], method=method, jacobian=jacobian)
    assert calls
    assert y[-1, 0] == pytest.approx(np.cos(1.0), abs=1e-3)


@each_method
def test_what_cannot_be_traced_is_solved_with_differences(method):
    def f(t, z, p):
        dz = np.empty(2)
        dz[0], dz[1] = -1e3 * (z[0] - np.cos(t)), -z[1]
        return dz

    z = odeint(f, np.ones(2), [0.0, 1.0], method=method)
    np.testing.assert_allclose(z[-1], [np.cos(1.0) + 1e-3 * np.sin(1.0), np.exp(-1)], rtol=1e-4)
