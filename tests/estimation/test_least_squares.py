"""Constants fitted to observations: closed forms, SciPy's curve_fit, exact intervals of a linear model, bad input."""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.tracer import getval
from scipy.optimize import curve_fit
from scipy.stats import t as student

from minode import FitWarning, SolverError, least_squares_fit, odeint
from minode.estimation import model

T = np.linspace(0.0, 4.0, 15)
TIGHT = dict(rtol=1e-9, atol=1e-11)


def decay(t, z, p):
    return -p["rate"] * z


def noisy_decay(seed=0, rate=0.7, start=2.0, noise=0.05):
    return start * np.exp(-rate * T) + noise * np.random.default_rng(seed).normal(size=len(T))


def fit_decay(y, **options):
    params = {"rate": 1.0, "start": 1.0}
    return least_squares_fit(decay, lambda p: p["start"], T, y, params, **(TIGHT | options))


def test_closed_form_by_curve_fit():
    y = noisy_decay()
    x, covariance = curve_fit(lambda t, rate, start: start * np.exp(-rate * t), T, y, [1.0, 1.0], ftol=1e-14)
    fit = fit_decay(y)
    np.testing.assert_allclose(fit.x, x, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)
    assert fit.dof == len(T) - 2


@pytest.mark.parametrize("level", [0.5, 0.99])
def test_a_linear_model_has_the_intervals_of_linear_regression(level):
    """dz/dt = slope, z(0) = start, is a straight line."""
    y = 1.0 + 0.5 * T + 0.1 * np.random.default_rng(1).normal(size=len(T))
    fit = least_squares_fit(
        lambda t, z, p: p[0] * anp.ones_like(z), lambda p: p[1:], T, y[:, None], np.zeros(2), level=level, **TIGHT
    )
    A = np.stack([T, np.ones_like(T)], axis=1)
    x, (rss,), _, _ = np.linalg.lstsq(A, y, rcond=None)
    error = np.sqrt(rss / fit.dof * np.diag(np.linalg.inv(A.T @ A)))
    reach = student.ppf((1 + level) / 2, fit.dof) * error
    np.testing.assert_allclose(fit.params, x, rtol=1e-6)
    np.testing.assert_allclose([fit.low, fit.high], [x - reach, x + reach], rtol=1e-5)
    assert fit.noise == pytest.approx(np.sqrt(rss / fit.dof))


def test_weights_are_those_of_curve_fit():
    sigma = np.geomspace(0.02, 0.2, len(T))
    y = 2 * np.exp(-0.7 * T) + sigma * np.random.default_rng(2).normal(size=len(T))
    x, covariance = curve_fit(lambda t, r, s: s * np.exp(-r * t), T, y, [1.0, 1.0], sigma=sigma, ftol=1e-14)
    fit = fit_decay(y, sigma=sigma)
    np.testing.assert_allclose(fit.x, x, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)
    # Only their proportions count.
    np.testing.assert_allclose(fit_decay(y, sigma=10 * sigma).covariance, fit.covariance, rtol=1e-6)


def test_on_the_scale_of_logarithms_the_minimum_is_the_same():
    y = noisy_decay()
    plain, log = fit_decay(y), fit_decay(y, log={"rate": True, "start": False})
    np.testing.assert_allclose(log.params["rate"], plain.params["rate"], rtol=1e-5)
    assert log.x[0] == pytest.approx(np.log(plain.x[0]), rel=1e-5)
    # The delta method: d log(p) = dp / p.
    ratio = np.sqrt(plain.covariance[0, 0] / log.covariance[0, 0])
    assert ratio == pytest.approx(plain.x[0], rel=1e-4)
    middle = np.sqrt(log.low["rate"] * log.high["rate"])
    assert middle == pytest.approx(float(log.params["rate"]), rel=1e-9)


def test_what_the_mask_leaves_out_has_no_part():
    y = noisy_decay()
    gaps = y.copy()
    gaps[[3, 7]] = np.nan
    fit = fit_decay(gaps, mask=np.isfinite(gaps))
    kept = np.isfinite(gaps)
    x, covariance = curve_fit(lambda t, r, s: s * np.exp(-r * t), T[kept], y[kept], [1.0, 1.0], ftol=1e-14)
    np.testing.assert_allclose(fit.x, x, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)
    assert np.isnan(fit.residuals[[3, 7]]).all()
    assert np.isfinite(fit.predicted).all()


def test_the_jacobian_through_observe_is_that_of_finite_differences():
    """observe uses states of several times and a parameter of its own; z0 depends on params, too."""
    from minode.estimation.model import OPTIONS, Model

    def f(t, z, p):
        return [-p["k"] * z[0], p["k"] * z[0] - p["k"] ** 2 * z[1]]

    def observe(z, p):
        return anp.concatenate([z[1:, 0] - z[:-1, 0], z[1:, 1] / p["volume"]])

    model = Model(f, lambda p: [p["dose"] / 2, 0.0], T, observe, (2 * len(T) - 2,), TIGHT)
    params = {"k": np.array(0.6), "volume": np.array(3.0), "n": 2, "dose": np.array(5.0)}
    assert set(TIGHT) <= set(OPTIONS)
    predicted, J = model.linearise(params, check=True)
    np.testing.assert_allclose(predicted, model.predict(params), rtol=1e-7)
    for column, name in zip(J.T, ("k", "volume", "dose")):
        ends = [model.predict(params | {name: params[name] + step}) for step in (1e-3, -1e-3)]
        # Ten times the tolerance, which a solve may be off, is 5e-6 in such a difference.
        np.testing.assert_allclose(column, (ends[0] - ends[1]) / 2e-3, rtol=1e-5, atol=2e-5)


def test_a_dose_is_a_jump():
    """An infusion from t = 1 to 2: the closed form of dc/dt = dose - k c."""

    def f(t, c, p):
        return (1.0 if 1 <= t < 2 else 0.0) - p * c

    t = np.linspace(0, 5, 11)
    rise, k = np.clip(t, 1, 2) - 1, 0.8
    c = (1 - np.exp(-k * rise)) / k * np.exp(-k * np.clip(t - 2, 0, None))
    fit = least_squares_fit(f, 0.0, t, c, 1.5, jumps=[1.0, 2.0], **TIGHT)
    assert float(fit.params) == pytest.approx(k, rel=1e-6)


def test_trial_steps_that_cannot_be_solved_are_shortened():
    failed = []

    def f(t, z, p):
        if len(failed) < 2 and getval(p) > 0.2:
            failed.append(float(getval(p)))
            raise SolverError("the equation cannot be solved here")
        return -p * z

    fit = least_squares_fit(f, 2.0, T, 2 * np.exp(-0.7 * T), 0.2, **TIGHT)
    assert 0.2 < failed[1] < failed[0]
    assert float(fit.params) == pytest.approx(0.7, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "params", "unknown"),
    [
        (lambda t, z, p: -p[0] * p[1] * z, np.array([1.0, 0.5]), ["params[0]", "params[1]"]),
        (
            lambda t, z, p: -(p[0] + p[1]) * z + 0 * p[2],
            np.array([0.3, 0.5, 1.0]),
            ["params[0]", "params[1]", "params[2]"],
        ),
        (lambda t, z, p: -p[0] * z + 0 * p[1], np.array([0.5, 0.5]), ["params[1]"]),
    ],
)
def test_what_is_not_determined_is_named_and_has_no_interval(f, params, unknown):
    with pytest.warns(FitWarning, match="the observations do not determine all parameters") as caught:
        fit = least_squares_fit(f, 2.0, T, noisy_decay(), params)
    (message,) = [str(each.message) for each in caught if each.category is FitWarning]
    assert [name for name in fit.names if name in message] == unknown
    infinite = np.isinf(fit.low) & np.isinf(fit.high)
    assert [name for name, inf in zip(fit.names, infinite) if inf] == unknown
    if len(unknown) < len(fit.names):
        assert np.isfinite([fit.low[0], fit.high[0]]).all()


def test_scales_of_parameters_do_not_look_like_a_missing_rank():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = least_squares_fit(
            lambda t, z, p: -1e9 * p[0] * z,
            lambda p: 1e-9 * p[1],
            T,
            1e6 * noisy_decay(),
            np.array([5e-10, 1e15]),
            atol=1e-3,
        )
    np.testing.assert_allclose(fit.params, [0.7e-9, 2e15], rtol=0.2)


def test_a_fit_that_ends_at_a_bound_says_so():
    with pytest.warns(FitWarning, match=r"params\['rate'\] ended at a bound"):
        fit = fit_decay(noisy_decay(), bounds=({"rate": 0.9, "start": -np.inf}, np.inf))
    assert fit.params["rate"] == pytest.approx(0.9, rel=1e-3)


def test_a_fit_without_convergence_says_so():
    with pytest.warns(FitWarning, match="has not converged after 2 solves"):
        fit_decay(noisy_decay(), max_solves=2)


@pytest.mark.parametrize("log", [False, True])
def test_a_start_at_which_nothing_moves_is_not_taken_for_an_end(log):
    # At this rate all has decayed before the first observation.
    with pytest.warns(FitWarning, match="hardly depends on params, which could be a thousand times"):
        least_squares_fit(lambda t, z, p: -p * z * (1 - z / 5), 2.0, T, noisy_decay(), 200.0, log=log)


def test_a_constant_that_is_nearly_zero_may_be_so():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = least_squares_fit(lambda t, z, p: p * z, 2.0, T, noisy_decay(rate=1e-3), 0.1)
    assert abs(float(fit.params)) < 0.1


def test_printed_it_is_a_table():
    lines = str(fit_decay(noisy_decay())).splitlines()
    assert [line.split()[0] for line in lines] == ["params['rate']", "params['start']", "noise"]
    assert "95% from" in lines[0]
    assert lines[2].endswith("13 degrees of freedom")


MISSING = np.where(np.arange(len(T)) == 4, np.nan, 1.0)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (dict(y=MISSING), ValueError, r"y is nan at index \[4\]; expected finite numbers: mask=np\.isfinite\(y\)"),
        (dict(y=MISSING, mask=MISSING > -9), None, None),
        (dict(y=MISSING, sigma=MISSING, mask=MISSING > -9), None, None),
        (dict(y=MISSING, mask=np.ones(len(T), bool)), ValueError, r"y is nan at index \[4\].*let mask be False there"),
        (dict(mask=np.ones(len(T))), ValueError, "mask has dtype float64"),
        (dict(y=np.ones(3)), ValueError, r"without observe, the states have shape \(15,\); expected \(3,\)"),
        (dict(observe=lambda z, p: z[1:]), ValueError, r"observe\(z, params\) has shape \(14,\); expected \(15,\)"),
        (dict(observe=3), TypeError, r"observe is 3 of type int; expected a function observe\(z, params\)"),
        (dict(mask=np.arange(len(T)) < 2), ValueError, "y has 2 observations for 2 parameters; expected more"),
        (dict(sigma=0.0), ValueError, "sigma is 0.0 somewhere; expected positive, finite numbers"),
        (dict(sigma=np.full(15, np.nan)), ValueError, "sigma is nan somewhere"),
        (dict(y=np.ma.masked_greater(noisy_decay(), 1.5)), TypeError, "y is a masked array"),
        (dict(sigma=np.ones(4)), ValueError, r"sigma has shape \(4,\); expected one that broadcasts to y"),
        (dict(level=1.0), ValueError, "level is 1.0; expected a number between 0 and 1"),
        (dict(max_solves=0), ValueError, "max_solves is 0"),
        (dict(gradient="adjoint"), TypeError, "unknown option 'gradient'; expected one of method, rtol"),
        (
            dict(params={"rate": -1.0, "start": 1.0}, log=True),
            ValueError,
            r"params\['rate'\] starts at -1.0; expected a p",
        ),
        (dict(log={"rate": True}), ValueError, r"log has the keys \['rate'\]; expected those of params"),
        (dict(log=1), TypeError, "log is 1; expected True or False"),
        (dict(bounds=(2.0, 3.0)), ValueError, r"params\['rate'\] starts at 1 and has the bounds 2 and 3"),
        (dict(bounds=3.0), TypeError, r"bounds is 3.0; expected a pair \(low, high\)"),
        (dict(params={"rate": 1}), ValueError, "with nothing to fit; expected one float at least"),
        (dict(observe=lambda z, p: anp.log(z - 1)), ValueError, "where the fit starts, .* predictions are not finite"),
        (dict(params={"rate": np.nan, "start": 1.0}), ValueError, r"params\['rate'\] starts at nan"),
        (dict(f=lambda t, z, p: z**2 * 1e3), SolverError, "."),
    ],
)
def test_bad_input_is_named(changed, error, message):
    arguments = dict(f=decay, z0=lambda p: p["start"], t=T, y=noisy_decay(), params={"rate": 1.0, "start": 1.0})
    arguments |= changed
    if error is None:
        # What compares with NaN is False, as it should be.
        assert least_squares_fit(**arguments).dof == len(T) - 3
        return
    with pytest.raises(error, match=message):
        least_squares_fit(**arguments)


def test_two_series_share_their_constants():
    """Rows of a state are samples; each has an initial state of its own."""
    truth, t = np.array([0.5, 0.2]), np.linspace(0, 6, 9)

    def f(t, z, p):
        return anp.stack([-p[0] * z[:, 0], p[0] * z[:, 0] - p[1] * z[:, 1]], axis=1)

    z0 = np.array([[1.0, 0.0], [0.3, 0.6]])
    fit = least_squares_fit(f, z0, t, odeint(f, z0, t, truth, **TIGHT), np.array([1.0, 1.0]), **TIGHT)
    np.testing.assert_allclose(fit.params, truth, rtol=1e-6)


def test_what_is_predicted_is_what_the_intervals_were_found_with(monkeypatch):
    """The last solve is that of the derivatives: noise, residuals and predictions are of it, and of no other one."""
    solved = []
    monkeypatch.setattr(model, "odeint", lambda *args, **options: solved.append(1) or odeint(*args, **options))
    y = noisy_decay()
    fit = fit_decay(y)
    # One more than the fit counts, before it begins.
    assert len(solved) == fit.solves + 1
    np.testing.assert_allclose(fit.predicted, fit.params["start"] * np.exp(-fit.params["rate"] * T), atol=1e-7)
    np.testing.assert_array_equal(fit.residuals, fit.predicted - y)
    assert fit.noise**2 * fit.dof == pytest.approx(np.sum(fit.residuals**2), rel=1e-12)


@pytest.mark.parametrize(("atol", "told"), [(1e-8, True), (1e-14, False)])
def test_a_tolerance_that_is_coarse_for_what_is_observed_is_told(atol, told):
    """Of 1e-7 infected atol = 1e-8 is a tenth: the logarithm is off by as much as the counts are."""

    def sir(t, z, p):
        s, i = z
        return [-p * s * i, p * s * i - 0.1 * i]

    z0, days = np.array([1 - 1e-7, 1e-7]), np.arange(0.0, 11.0)
    errors = 0.05 * np.random.default_rng(3).normal(size=10)
    seen = np.log(1e-7) + 0.3 * days[1:] + errors
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = least_squares_fit(sir, z0, days, seen, 0.4, observe=lambda z, p: anp.log(z[1:, 1]), atol=atol)
    assert any("two solves at the end of the fit differ" in str(each.message) for each in caught) == told
    if not told:
        assert fit.noise == pytest.approx(np.sqrt(np.sum(errors**2) / 9), rel=0.1)
        assert fit.holds(0.4)
