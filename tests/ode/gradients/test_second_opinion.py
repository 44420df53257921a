"""Gradients whose errors grew on their way: a second opinion warns of them, and is asked only in doubt."""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode import AccuracyWarning, ReconstructionWarning, count_nfe, odeint, sensitivities
from minode.gradcheck.problems import detest, everyday, stiff
from minode.gradcheck.survey import errors_of, weighted
from tests.random_systems import random_system

# A fifth of 1e-3 and five times that are beyond doubt; between, a warning may come or not.
RIGHT, WRONG = 2e-4, 1e-3


def silent(function, *arguments):
    """What it returns, its counts, and the categories of its warnings."""
    with warnings.catch_warnings(record=True) as caught, count_nfe() as nfe:
        warnings.simplefilter("always")
        value = function(*arguments)
    return value, nfe, [warning.category for warning in caught]


def logistic(t, z, rate):
    return rate * z * (1 - z)


def logistic_gradient(seed, **options):
    return grad(lambda rate: odeint(logistic, np.array([seed]), [0.0, 25.0], rate, **options)[-1, 0])(1.0)


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5"])
def test_errors_along_an_orbit_are_warned_of(method):
    kepler = detest.PROBLEMS["D2"]
    g, reference = weighted(kepler)
    errors, warned = errors_of(kepler, g, reference, method=method)
    assert max(errors) > WRONG
    assert warned
    errors, warned = errors_of(kepler, g, reference, method=method, rtol=1e-9, atol=1e-11)
    assert max(errors) < 1e-4
    assert not warned


@pytest.mark.parametrize("gradient", ["adjoint", "interpolated"])
def test_a_seed_as_small_as_atol_is_warned_of(gradient):
    exact = 25 * 1e-8 * (1 - 1e-8) * np.exp(25) / (1 + 1e-8 * np.expm1(25)) ** 2
    found, nfe, categories = silent(lambda: logistic_gradient(1e-8, gradient=gradient))
    assert abs(found / exact - 1) > WRONG
    assert categories == [AccuracyWarning]
    # The estimate is that of an error of all its size, too.
    assert 0.3 < nfe.gradient_error / abs(found / exact - 1) < 3
    found, _, categories = silent(lambda: logistic_gradient(1e-8, gradient=gradient, rtol=1e-8, atol=1e-18))
    assert abs(found / exact - 1) < RIGHT
    assert not categories


def test_a_gradient_behind_a_jump_of_stiff_van_der_pol_is_warned_of():
    problem = stiff.PROBLEMS["van der Pol 100"]
    _, _, categories = silent(
        grad(lambda mu: odeint(problem.f, problem.z0, problem.t, mu, method="bdf", gradient="interpolated")[-1, 0]),
        problem.params,
    )
    assert categories == [AccuracyWarning]


@pytest.mark.parametrize("seed", range(0, 12, 3))
@pytest.mark.parametrize("gradient", ["adjoint", "interpolated"])
def test_what_is_not_warned_of_is_right(seed, gradient):
    problem = random_system(seed)
    errors, warned = errors_of(problem, *weighted(problem), gradient=gradient)
    assert warned or max(errors) <= WRONG
    assert not warned or max(errors) >= RIGHT


@pytest.mark.parametrize("rate", [5.0, 10.0, 15.0, 20.0, 25.0])
def test_a_gradient_that_decays_keeps_its_digits_or_is_warned_of(rate):
    def of_z0(z0):
        return odeint(lambda t, z, k: -k * z, z0, [0.0, 1.0], rate, gradient="interpolated")[-1, 0]

    found, _, categories = silent(grad(of_z0), np.ones(1))
    assert categories or abs(found[0] * np.exp(rate) - 1) < WRONG
    assert rate > 10 or not categories


@pytest.mark.parametrize(
    "options",
    [
        dict(rtol=1e-3, atol=1e-3),
        dict(method="rk4", n_steps=50),
        dict(method=lambda rhs, y0, t, rtol, atol: anp.stack([y0, y0 + rhs(0.0, y0)])),
    ],
    ids=["coarse", "equal steps", "black box"],
)
def test_there_is_no_second_opinion_where_it_would_tell_nothing(options):
    _, nfe, categories = silent(lambda: logistic_gradient(1e-8, **options))
    assert (nfe.gauge, nfe.gradient_error, categories) == (0, 0.0, [])


def test_a_short_smooth_solve_is_asked_once():
    W = np.random.default_rng(0).normal(size=(4, 4)) / 2
    loss = grad(lambda W: anp.sum(odeint(lambda t, z, W: anp.tanh(anp.dot(W, z)), np.ones(4), [0.0, 1.0], W)[-1] ** 2))
    _, nfe, categories = silent(loss, W)
    assert (nfe.gauge, categories) == (0, [])


def test_a_gradient_that_is_zero_is_not_warned_of():
    sir = everyday.PROBLEMS["SIR"]
    # All are conserved together; the solve is long.
    total = grad(lambda rates: anp.sum(odeint(sir.f, sir.z0, [0.0, 300.0], rates, rtol=1e-9, atol=1e-12)[-1]))
    found, nfe, categories = silent(total, sir.params)
    assert np.abs(found).max() < 1e-9
    assert nfe.gauge
    assert not categories


def failing(error):
    """The logistic field, which fails once the forward solve and the backward one are over."""
    over = []

    def f(t, z, rate):
        if over:
            raise error
        return logistic(t, z, rate)

    def loss(rate):
        return odeint(f, np.array([1e-8]), [0.0, 25.0], rate)[-1, 0]

    return f, loss, over


def test_a_second_solve_that_fails_confirms_nothing(monkeypatch):
    _, loss, over = failing(ValueError("no more"))
    from minode.ode import primitive

    tightened = primitive.tightened
    monkeypatch.setattr(primitive, "tightened", lambda *given: over.append(1) or tightened(*given))
    _, _, categories = silent(grad(loss), 1.0)
    assert categories == [AccuracyWarning]


def test_ctrl_c_surfaces_from_a_second_solve(monkeypatch):
    _, loss, over = failing(KeyboardInterrupt)
    from minode.ode import primitive

    tightened = primitive.tightened
    monkeypatch.setattr(primitive, "tightened", lambda *given: over.append(1) or tightened(*given))
    with pytest.raises(KeyboardInterrupt):
        grad(loss)(1.0)


def test_a_second_solve_without_end_is_given_up(monkeypatch):
    from minode.ode.gradients import second_opinion

    monkeypatch.setattr(second_opinion, "LONGER", -1e9)
    _, _, categories = silent(lambda: logistic_gradient(1e-8))
    assert categories == [AccuracyWarning]


def test_counts_of_the_gradient_itself_stay():
    with count_nfe() as alone:
        odeint(logistic, np.array([1e-8]), [0.0, 25.0], 1.0)
    _, nfe, _ = silent(lambda: logistic_gradient(1e-8))
    assert nfe.forward == alone.forward
    # At a tenth of the tolerances a solver takes less than three times the evaluations.
    assert 0 < nfe.gauge < 3 * (nfe.forward + nfe.backward)


def test_a_jacobian_that_depends_on_the_tolerance_is_warned_of():
    kepler = detest.PROBLEMS["D5"]
    g, (exact, _) = weighted(kepler)
    (_, dz_dz0, _), _, categories = silent(
        lambda: sensitivities(kepler.f, kepler.z0, kepler.t, kepler.params, method="dopri5")
    )
    assert np.linalg.norm(np.einsum("ki,kij->j", g, dz_dz0) - exact) > WRONG * np.linalg.norm(exact)
    assert categories == [AccuracyWarning]


def test_whoever_ignores_it_ignores_a_lost_z_too():
    assert issubclass(ReconstructionWarning, AccuracyWarning)
    assert issubclass(AccuracyWarning, UserWarning)
