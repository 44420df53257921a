"""The latent ODE: its bound against closed forms and finite differences, its reader, and what it refuses."""

import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from minode.base.trees import leaves, tree_map
from minode.data.time_series.series import make_series
from minode.nn.time_series.latent import elbo, gaussian_kl, latent_ode, log_likelihood
from minode.nn.time_series.padded import entries_backward

OPTIONS = dict(method="dopri5-np", rtol=1e-8, atol=1e-8, gradient="backprop")
NOISE = 0.3


def ragged(seed=0):
    rng = np.random.default_rng(seed)
    lengths = (5, 3, 1)
    times = [np.sort(rng.uniform(0.1, 2.0, n)) for n in lengths]
    return times, [rng.normal(size=(n, 2)) for n in lengths]


@pytest.fixture(scope="module")
def model():
    return latent_ode(2, latent=3, units=4, hidden=5, **OPTIONS)


@pytest.fixture(scope="module")
def params(model):
    return model.init(np.random.default_rng(1), 2)


def test_the_divergence_is_that_of_its_integral():
    mean, std = 0.7, 0.4
    integrand = lambda z: norm.pdf(z, mean, std) * (norm.logpdf(z, mean, std) - norm.logpdf(z))  # noqa: E731
    expected, _ = quad(integrand, -4.0, 5.0)
    assert gaussian_kl(np.array([mean]), np.log([std])) == pytest.approx(expected, rel=1e-8)
    assert gaussian_kl(np.zeros(3), np.zeros(3)) == 0


def test_the_likelihood_is_that_of_a_normal_distribution_at_observations_alone():
    series = make_series(*ragged())
    prediction = np.random.default_rng(3).normal(size=(5, 3, 2))
    found = log_likelihood(prediction, series.values, series.mask, NOISE)
    for i, (_, values) in enumerate(zip(*ragged())):
        expected = norm.logpdf(values, prediction[: len(values), i], NOISE).sum()
        assert found[i] == pytest.approx(expected, rel=1e-12)


def test_the_bound_is_below_the_evidence_and_meets_it_at_the_posterior():
    """A latent state that does not move, observed as it is: all is Gaussian, so the evidence has a closed form."""
    model = latent_ode(1, latent=1, **OPTIONS)
    rng = np.random.default_rng(4)
    times, values = np.linspace(0.1, 1.0, 4)[None], rng.normal(size=(1, 4, 1))
    mask, n = np.ones((1, 4), bool), 4
    evidence = multivariate_normal.logpdf(values[0, :, 0], cov=np.ones((n, n)) + NOISE**2 * np.eye(n))
    precision = 1 + n / NOISE**2
    posterior = values.sum() / NOISE**2 / precision, -0.5 * np.log(precision)
    identity = model._replace(decoder=model.decoder._replace(apply=lambda params, z: z))
    still = tree_map(np.zeros_like, model.init(rng, 1))
    draws = norm.ppf((np.arange(2000) + 0.5) / 2000)[:, None]
    for (mean, log_std), gap in ((posterior, 0.0), ((0.0, -1.0), None)):
        still[1] = (np.zeros_like(still[1][0]), np.array([mean, log_std]))
        many = (np.repeat(each, len(draws), axis=0) for each in (times, values, mask))
        bound = elbo(identity, still, tuple(many), draws, NOISE)
        if gap is None:
            assert bound < evidence - 0.1
        else:
            assert bound == pytest.approx(evidence, abs=5e-3)


def test_gradients_of_the_bound_equal_finite_differences(model, params):
    series, draws = make_series(*ragged()), np.random.default_rng(5).normal(size=(3, 3))
    W, direction = leaves(params), [np.random.default_rng(6).normal(size=leaf.shape) for leaf in leaves(params)]

    def along(s):
        moved = iter([leaf + s * d for leaf, d in zip(W, direction)])
        return elbo(model, tree_map(lambda _: next(moved), params), series, draws, NOISE)

    slopes = leaves(grad(lambda p: elbo(model, p, series, draws, NOISE))(params))
    expected = (along(1e-5) - along(-1e-5)) / 2e-5
    assert sum(np.sum(g * d) for g, d in zip(slopes, direction)) == pytest.approx(expected, rel=1e-6)


def test_a_short_series_counts_as_it_does_alone(model, params):
    times, values = ragged()
    draws = np.random.default_rng(7).normal(size=(3, 3))
    together = elbo(model, params, make_series(times, values), draws, NOISE)
    alone = [elbo(model, params, make_series([t], [v]), d[None], NOISE) for t, v, d in zip(times, values, draws)]
    assert together == pytest.approx(np.mean(alone), rel=1e-6)


def test_some_of_the_times_estimate_the_likelihood_without_bias(model, params):
    rng = np.random.default_rng(8)
    series = make_series(np.linspace(0.0, 1.0, 4), rng.normal(size=(2, 4, 2)))
    draws = rng.normal(size=(2, 3))
    every = elbo(model, params, series, draws, NOISE)
    pairs = [np.array([i, j]) for i in range(4) for j in range(i + 1, 4)]
    some = [elbo(model, params, series, draws, NOISE, seen=pair) for pair in pairs]
    assert np.mean(some) == pytest.approx(every, rel=1e-6)
    assert np.std(some) > 0


def test_the_reader_is_told_how_far_back_the_observation_before_is():
    series = make_series([[0.5, 0.75], [1.0]], [[[1.0], [2.0]], [[3.0]]])
    entries = entries_backward(*series, 0.25)
    np.testing.assert_allclose(entries, [[[1, 1, 0.25], [1, 2, 0.25]], [[1, 3, 0.75], [0, 0, 0]]])


def test_an_empty_series_is_refused(model, params):
    series = make_series(*ragged())
    none = series._replace(mask=series.mask & (np.arange(3) != 1)[:, None])
    with pytest.raises(ValueError, match="series 1 has no observation"):
        elbo(model, params, none, np.zeros((3, 3)), NOISE)


def test_missing_values_are_refused_but_where_the_mask_says_so(model, params):
    series = make_series(*ragged())
    filled, draws = series._replace(values=series.values.copy()), np.zeros((3, 3))
    filled.values[~series.mask] = np.nan
    whole = elbo(model, params, series, draws, NOISE)
    assert elbo(model, params, filled, draws, NOISE) == whole
    filled.values[1, 0, 1] = np.nan
    with pytest.raises(ValueError, match=r"where the mask is True, is nan at index \[1, 0, 1\]"):
        elbo(model, params, filled, draws, NOISE)


def test_bad_arguments_are_named(model, params):
    series, draws = make_series(*ragged()), np.zeros((3, 3))
    with pytest.raises(ValueError, match="latent is 0"):
        latent_ode(2, latent=0)
    with pytest.raises(ValueError, match=r"noise is 0\.0; expected the standard deviation"):
        elbo(model, params, series, draws, 0.0)
    with pytest.raises(ValueError, match=r"start is 1\.9; expected no time before it"):
        elbo(model, params, series, draws, NOISE, start=1.9)


SHAPES = {
    "draws of one series": (dict(draws=np.zeros((1, 3))), "draws has shape (1, 3); expected (3, 3)"),
    "a draw for all": (dict(draws=0.3), "draws has shape (); expected (3, 3)"),
    "draws of NaN": (dict(draws=np.full((3, 3), np.nan)), "draws is nan at index"),
    "no number for the divergence": (dict(kl_weight=np.nan), "kl_weight is nan"),
    "times of all": (dict(times=np.linspace(0.1, 1, 5)), "times has shape (5,); expected (batch, k)"),
    "times backward": (dict(times=np.tile([1.0, 0.5, 2, 3, 4], (3, 1))), "times[0, 0] = 1.0 is followed"),
    "a time of NaN": (dict(times=np.full((3, 5), np.nan)), "times is nan at index"),
    "values of one feature": (dict(values=np.zeros((3, 5))), "values has shape (3, 5); expected (3, 5), the shape"),
    "shares in a mask": (dict(mask=np.full((3, 5), 0.5)), "mask has dtype float64 and shape"),
    "a mask by feature": (dict(mask=np.ones((3, 5, 2), bool)), "mask has dtype bool and shape (3, 5, 2)"),
}


@pytest.mark.parametrize(("changed", "message"), SHAPES.values(), ids=SHAPES)
def test_what_would_be_broadcast_or_read_in_another_way_is_refused(model, params, changed, message):
    given = make_series(*ragged())._asdict() | dict(draws=np.zeros((3, 3)), kl_weight=1.0) | changed
    series = given["times"], given["values"], given["mask"]
    with pytest.raises(ValueError, match=re.escape(message)):
        elbo(model, params, series, given["draws"], NOISE, kl_weight=given["kl_weight"])


@pytest.mark.parametrize("shape", [(1, 3, 2), (5, 3, 1), (3, 5, 2)])
def test_a_prediction_of_another_shape_is_refused(shape):
    series = make_series(*ragged())
    with pytest.raises(ValueError, match=r"expected \(5, 3, 2\), times first"):
        log_likelihood(np.zeros(shape), series.values, series.mask, NOISE)


def test_arrays_may_be_lists(model, params):
    series, draws = make_series(*ragged()), np.zeros((3, 3))
    lists = [part.tolist() for part in series]
    assert elbo(model, params, lists, draws.tolist(), NOISE) == elbo(model, params, series, draws, NOISE)


def test_a_state_at_the_start_needs_no_observation_there(model, params):
    series = make_series(*ragged())
    z = model.flow(params, np.ones((3, 3)), np.concatenate([np.zeros((3, 1)), series.times], axis=1))
    assert z.shape == (6, 3, 3)
    np.testing.assert_array_equal(z[0], 1.0)
    assert model.decode(params, z).shape == (6, 3, 2)
    assert anp.isfinite(z).all()
