"""The adjoint with z read from the forward solution: right where z is lost on the way back, whatever solver is used."""

import gc
import tracemalloc
import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.integrate import solve_ivp

from minode import SolverError, count_nfe, odeint
from minode.base.trees import ravel
from minode.gradcheck.check import observed, relative_errors
from minode.gradcheck.problems import detest, stiff
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.ode.gradients.quadrature import integral
from minode.ode.solution.trajectory import solve_and_keep
from minode.ode.solvers.interpolant import Interpolant, Polynomial, nodes_between
from minode.ode.solvers.options import SolveOptions
from tests.pairs import name_of, pairs
from tests.problems import (
    ADAPTIVE,
    DIRECTIONS,
    FIXED,
    PROBLEMS,
    TORCHDIFFEQ,
    complex_step,
    differences,
    in_direction,
    inputs_of,
    loss_of,
    random_mlp,
)

TIGHT = dict(rtol=1e-9, atol=1e-11)


def scipys_rk45(rhs, y0, t, rtol, atol):
    """A black box, which tells nothing of its steps."""
    return solve_ivp(rhs, (t[0], t[-1]), y0, "RK45", t_eval=t, rtol=rtol, atol=atol).y.T


EACH = [*ADAPTIVE, "radau", "bdf", scipys_rk45]
each_method = pytest.mark.parametrize("method", EACH)
each_direction = pytest.mark.parametrize("direction", DIRECTIONS)


def gradient_of(problem, **options):
    return grad(loss_of(problem, gradient="interpolated", **options))(inputs_of(problem))


def worst_error(gradient, reference):
    return max(relative_errors(gradient, reference).values())


# BDF is of order 5 at most, and its error is a hundred tolerances and more.
def bound(method):
    return {"bdf": 2e-6, "vode": 1e-6}.get(method, 1e-7)


@pytest.mark.parametrize(
    ("name", "method", "direction"), pairs(["linear", "logistic", "forced"], EACH, DIRECTIONS), ids=name_of
)
def test_gradient_agrees_with_the_closed_form(name, method, direction):
    problem = in_direction(name, direction)
    reference = grad(observed(problem, problem.solution))(inputs_of(problem))
    assert worst_error(gradient_of(problem, method=method, **TIGHT), reference) < bound(method)


@each_direction
@pytest.mark.parametrize("name", TORCHDIFFEQ)
def test_torchdiffeqs_problems(name, direction):
    problem = in_direction(name, direction)
    reference = grad(observed(problem, problem.solution))(inputs_of(problem))
    assert worst_error(gradient_of(problem, method="dop853", **TIGHT), reference) < 1e-7


@pytest.mark.parametrize(("name", "method"), [("lotka-volterra", "lsoda"), ("spiral", "dopri5"), ("spiral", "radau")])
def test_nested_params_and_states_of_two_axes(name, method):
    problem = PROBLEMS[name]
    if name == "spiral":
        problem = problem._replace(t=problem.t[:3])  # For Radau, which takes small steps at these tolerances.
    expected = complex_step(problem) if name == "spiral" else differences(name, "ascending")
    assert worst_error(gradient_of(problem, method=method, **TIGHT), expected) < 1e-6


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("method", [*ADAPTIVE, "radau"])
def test_random_networks_within_a_hundred_tolerances(seed, method):
    problem = random_mlp(seed)
    computed = gradient_of(problem, method=method, rtol=1e-6, atol=1e-8)
    assert worst_error(computed, complex_step(problem)) < 1e-4


def decays(t, z, k):
    return -k * z


@each_method
def test_a_state_without_axes(method):
    slope = grad(lambda k: odeint(decays, 1.5, [0.0, 2.0], k, method=method, gradient="interpolated")[-1])(0.7)
    assert slope == pytest.approx(-3.0 * np.exp(-1.4), rel=1e-4)


@pytest.mark.parametrize("method", ["dopri5-np", "dopri5", "vode"])
def test_float32_stays_float32(method):
    z0, k = np.array([1.0, 2.0], np.float32), np.float32([0.5, 1.0])

    def loss(z0, k):
        return anp.sum(odeint(decays, z0, [0.0, 1.0], k, method=method, gradient="interpolated", rtol=1e-4)[-1])

    dz0, dk = grad(loss, (0, 1))(z0, k)
    assert (dz0.dtype, dk.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(dz0, np.exp(-k), rtol=1e-3)
    np.testing.assert_allclose(dk, -z0 * np.exp(-k), rtol=1e-3)


def test_integers_among_params_are_constants_and_arrays_may_be_strided():
    z0 = np.arange(12.0).reshape(3, 4)[:, ::2]

    def f(t, z, p):
        rates, power = p
        return -rates * z**power

    def loss(z0, rates):
        return anp.sum(odeint(f, z0, [0.0, 0.3], (rates, 1), gradient="interpolated", **TIGHT)[-1])

    rates = np.linspace(0.5, 2, 12).reshape(2, 6)[:, ::2].T.copy().T
    dz0, drates = grad(loss, (0, 1))(z0, rates[:, :2].repeat(2, axis=0)[:3])
    rates = rates[:, :2].repeat(2, axis=0)[:3]
    np.testing.assert_allclose(dz0, np.exp(-0.3 * rates), rtol=1e-7)
    np.testing.assert_allclose(drates, -0.3 * z0 * np.exp(-0.3 * rates), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("method", ["lsoda", "dop853", "radau"])
def test_a_quadrature_sees_what_no_solver_steps_for(method):
    """With W = 0 neither z nor a moves, and yet dP/dW is the integral of a fast oscillation."""

    def loss(W):
        return odeint(lambda t, z, W: W * anp.sin(40 * t), 0.0, [0.0, 3.0], W, method=method, gradient="interpolated")[
            -1
        ]

    assert grad(loss)(0.0) == pytest.approx((1 - np.cos(120.0)) / 40, rel=1e-5)


# Half of the modes contract at `rate`, half at 0.1, beside a tanh network: see tests/ode/gradients/test_gauge.py.
N = 4


def slow_fast(rate):
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(N, N)) / np.sqrt(N), rng.normal(size=N)
    contraction = np.repeat([rate, 0.1], N // 2)
    return lambda t, z, p: -contraction * z + anp.tanh(anp.dot(anp.reshape(p[: N * N], (N, N)), z) + p[N * N :]), W, b


# z comes back at 5, is lost at 40, and is no number at 1000, where methods that are explicit take seconds.
@pytest.mark.parametrize(
    ("rate", "method"),
    [(5.0, "lsoda"), *((40.0, method) for method in EACH), (1000.0, "lsoda"), (1000.0, "bdf")],
    ids=name_of,
)
def test_slow_fast_fields(rate, method):
    f, W, b = slow_fast(rate)
    z0, g = np.random.default_rng(1).normal(size=(2, N))
    p = np.concatenate([W.ravel(), b])
    problem = stiff.PROBLEMS["HIRES"]._replace(f=f, z0=z0, params=p, t=np.array([0.0, 1.0]), name="slow-fast")
    exact = by_sensitivities(rate, problem, g)

    def loss(p):
        z = odeint(f, z0, problem.t, p, method=method, gradient="interpolated", rtol=1e-8, atol=1e-10)
        return anp.dot(g, z[-1])

    assert distance(grad(loss)(p), exact) < 1e-6


EXACT = {}


def by_sensitivities(name, problem, g):
    if name not in EXACT:
        EXACT[name] = forward_sensitivities(problem, np.stack([0 * g, g]))[problem.z0.size :]
    return EXACT[name]


def distance(found, exact):
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)


@pytest.mark.parametrize("method", ["lsoda", "bdf", "radau"])
def test_robertsons_reaction(method):
    """Every one of the rates, which differ by nine powers of ten, has its gradient to six digits."""
    problem, g = stiff.PROBLEMS["Robertson to 0.3"], np.array([1.0, 1e4, 1.0])
    exact = by_sensitivities("robertson", problem, g)

    def loss(k):
        options = dict(rtol=1e-8, atol=np.array([1e-10, 1e-14, 1e-10]), method=method, gradient="interpolated")
        return anp.dot(g, odeint(problem.f, problem.z0, problem.t, k, **options)[-1])

    np.testing.assert_allclose(grad(loss)(problem.params), exact, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "method"), [("E4", "lsoda"), ("E4, 0.32", "dopri5"), ("D3", "dopri5"), ("E2", "lsoda")]
)
def test_problems_whose_gradient_the_adjoint_loses(name, method):
    problem = detest.PROBLEMS[name]
    g = np.random.default_rng(0).normal(size=problem.z0.size)
    exact = by_sensitivities(name, problem, g)

    def loss(p):
        z = odeint(problem.f, problem.z0, problem.t, p, method=method, gradient="interpolated", rtol=1e-8, atol=1e-10)
        return anp.dot(g, z[-1])

    assert distance(ravel(grad(loss)(problem.params)), exact) < 1e-4


def relaxing(rates):
    """Where the first rows went, the second ones listen to (notebook 9)."""
    return lambda t, z, W: anp.stack([-rates * (z[0] - 1.0), W * z[0]])


@pytest.mark.parametrize("n", [1, 1000])
@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5-np"])
def test_a_lost_row_beside_any_number_of_others(n, method):
    rates = np.r_[30.0, np.ones(n - 1)]
    z0 = np.stack([np.full(n, 2.0), np.zeros(n)])
    options = dict(method=method, gradient="interpolated", rtol=1e-6, atol=1e-9)
    slope = grad(lambda W: odeint(relaxing(rates), z0, [0.0, 1.0], W, **options)[-1, 1, 0])(1.0)
    assert slope == pytest.approx(1 + (1 - np.exp(-30.0)) / 30, rel=1e-5)


@pytest.mark.parametrize("factor", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("method", ["lsoda", "dopri5", "radau"])
def test_losses_of_any_size_and_a_state_at_rest(factor, method):
    """Where z rests no step is ever short: only a itself asks for any (notebook 9)."""
    omega, T = 2.5 * np.pi, 2.0

    def pendulum(t, z, W):
        return anp.stack([z[1], -(omega**2) * anp.sin(z[0]) + W])

    options = dict(method=method, gradient="interpolated", rtol=1e-6, atol=1e-6)
    slope = grad(lambda W: factor * odeint(pendulum, np.zeros(2), [0.0, T], W, **options)[-1, 0])(0.0)
    assert slope / factor == pytest.approx((1 - np.cos(omega * T)) / omega**2, rel=1e-3)


def test_nothing_is_carried_back_and_nothing_is_warned_of():
    f, W, b = slow_fast(40.0)

    def loss(p):
        return anp.sum(odeint(f, np.ones(N), [0.0, 1.0], p, method="dopri5", gradient="interpolated")[-1])

    with warnings.catch_warnings(), count_nfe() as nfe:
        warnings.simplefilter("error")
        grad(loss)(np.concatenate([W.ravel(), b]))
    assert nfe.reconstruction_error == 0
    assert nfe.forward > 0
    assert nfe.backward > 0


def test_params_that_are_not_asked_for_cost_nothing():
    problem = PROBLEMS["lotka-volterra"]
    counts = []
    for argnums in [(0, 1), (0,)]:
        with count_nfe() as nfe:
            grad(
                lambda z0, p: anp.sum(odeint(problem.f, z0, problem.t, p, method="dopri5", gradient="interpolated")),
                argnums,
            )(problem.z0, problem.params)
        counts.append(nfe.backward)
    assert counts[1] < 0.8 * counts[0]


@pytest.mark.parametrize("method", FIXED)
def test_equal_steps_are_refused(method):
    with pytest.raises(ValueError, match=r"takes equal steps.*gradient='backprop'"):
        odeint(decays, 1.0, [0.0, 1.0], 1.0, method=method, gradient="interpolated")


@each_method
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("when", ["forward", "backward"])
def test_an_exception_in_f_comes_out_as_itself(method, kind, when):
    error, forward = kind("in the field"), []

    def f(t, z, k):
        traced = hasattr(z, "_node") or hasattr(k, "_node")
        forward.append(traced)
        if len(forward) > 5 and traced is (when == "backward"):
            raise error
        return -k * z

    with pytest.raises(kind, match="in the field"):
        grad(lambda k: anp.sum(odeint(f, np.ones(2), [0.0, 3.0], k, method=method, gradient="interpolated")))(1.0)


@each_method
def test_a_derivative_that_is_not_finite_is_named(method):
    def f(t, z, k):
        return -k * z + anp.sqrt(anp.maximum(z - 0.5, 0.0))

    with np.errstate(all="ignore"), pytest.raises(SolverError, match=r"nan|inf|not finite"):
        grad(lambda k: odeint(f, 1.0, [0.0, 3.0], k, method=method, gradient="interpolated")[-1])(1.0)


@pytest.mark.parametrize("method", ["lsoda", "radau"])
def test_a_field_that_cannot_be_traced_is_named_when_a_gradient_is_asked_for(method):
    def f(t, z, k):
        dz = np.zeros(2)
        dz[0] = -k * z[0]
        return dz

    z = odeint(f, np.ones(2), [0.0, 1.0], 1.0, method=method, gradient="interpolated")
    np.testing.assert_allclose(z[-1], [np.exp(-1), 1], rtol=1e-4)
    with pytest.raises(TypeError, match="f cannot be differentiated as it is written"):
        grad(lambda k: anp.sum(odeint(f, np.ones(2), [0.0, 1.0], k, method=method, gradient="interpolated")))(1.0)


def test_a_black_box_that_contradicts_itself_has_no_gradient():
    """What it says depends on what it is asked: no polynomial goes through that."""

    def restless(rhs, y0, t, rtol, atol):
        rhs(t[0], y0)
        return np.stack([y0 * np.cos(1e4 * s * len(t)) if s != t[0] else y0 for s in t])

    with pytest.raises(SolverError, match="no polynomials agree with the solution between t = "):
        grad(lambda k: odeint(decays, 1.0, [0.0, 1.0], k, method=restless, gradient="interpolated")[-1])(1.0)


MANY = 5_000


@pytest.mark.parametrize("method", ["dopri5", "lsoda"])
def test_memory_is_a_few_states_a_step(method):
    """No graph: with one, each evaluation would keep twenty arrays of this f."""

    def f(t, z, k):
        for _ in range(10):
            z = anp.tanh(z)
        return anp.sin(20 * t) - k * z

    def loss(k, rtol):
        z = odeint(
            f, np.linspace(0, 1, MANY), [0.0, 4.0], k, method=method, gradient="interpolated", rtol=rtol, atol=rtol
        )
        return anp.sum(z[-1])

    gc.collect()
    with count_nfe() as nfe:
        tracemalloc.start()
        grad(loss)(1.0, 1e-4)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # Each solve keeps at most five states a step of six evaluations (dopri5), seven a piece of six and tests (LSODA).
    assert peak / (8 * MANY) < 50 + 3 * (nfe.forward + nfe.backward)


@each_direction
@each_method
def test_the_forward_solution_is_one_function_of_t(method, direction):
    problem = in_direction("oscillator", direction)
    z, solution = solve_and_keep(
        lambda t, z: np.array(problem.f(t, z, problem.params)),
        problem.z0,
        problem.t,
        SolveOptions(method, rtol=1e-8, atol=1e-10),
    )
    of_t = solution()
    times = np.linspace(problem.t[0], problem.t[-1], 201)
    ordered = problem.t if direction == "ascending" else problem.t[::-1]
    np.testing.assert_allclose(of_t(problem.t), z, rtol=1e-6, atol=1e-7)
    between = np.concatenate([problem.t[:1], times[1:]])
    exact = problem.solution(between, problem.z0, problem.params)
    np.testing.assert_allclose(of_t(times), exact, rtol=1e-6, atol=2e-6)
    assert of_t(0.7).shape == (2,)
    assert of_t(times.reshape(3, 67)).shape == (3, 67, 2)
    for outside in (ordered[0] - 1e-9, ordered[-1] + 1e-9, np.nan):
        with pytest.raises(ValueError, match=r"expected a time in the range of the solution, 0\.2 to 2\.2"):
            of_t(outside)


@pytest.mark.parametrize("end", [3.0, -1.0])
def test_a_polynomial_goes_through_its_values(end):
    times = nodes_between(1.0, end, 6)
    power = Polynomial(1.0, end, np.stack([times**5, times**2], axis=1))
    of_t = Interpolant([1.0, end], [power], (2,))
    for t in [*times, 0.3 * end + 0.7]:
        np.testing.assert_allclose(of_t(t), [t**5, t**2], rtol=1e-13)


@pytest.mark.parametrize("ends", [(0.0, 2.0), (2.0, 0.0)])
@pytest.mark.parametrize(
    ("fun", "exact"),
    [
        (np.exp, np.exp(2) - 1),
        (lambda t: np.cos(30 * t), np.sin(60) / 30),
        (lambda t: abs(t - 0.4321), (0.4321**2 + 1.5679**2) / 2),
        (lambda t: float(t > 0.3), 1.7),
        (lambda t: 1e-12 / (1e-6 + (t - 1) ** 2), 2e-9 * np.arctan(1e3)),
    ],
    ids=["smooth", "oscillating", "kink", "jump", "peak"],
)
def test_integrals(fun, exact, ends):
    found, unsettled = integral(lambda t: np.array([fun(t), 0.0]), ends, 1e-8)
    np.testing.assert_allclose(found, [np.sign(ends[1] - ends[0]) * exact, 0], rtol=1e-6)
    assert not unsettled[0] > 1e-6 * abs(exact)


def test_an_integrand_of_noise_is_left_unsettled():
    rng = np.random.default_rng(0)
    _, unsettled = integral(lambda t: rng.normal(size=1), [0.0, 1.0], 1e-8)
    assert unsettled > 1e-3
