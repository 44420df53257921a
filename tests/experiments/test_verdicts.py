"""The judge: how often it speaks where there is nothing to say, and where there is; and what it cannot tell."""

import math

import numpy as np
import pytest
from scipy import stats

from minode.experiments.common.verdicts import (
    FAILS,
    HOLDS,
    LEVEL,
    UNDECIDED,
    Estimate,
    below_zero,
    between,
    clustered,
    crossed,
    of_images,
    of_seeds,
    overall,
    paired,
    standard_error,
    tally,
    unpaired,
)

REPETITIONS = 4000
# Three standard deviations of a rate of 5 % found in so many repetitions.
CHANCE = 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)


def spoken(estimates):
    """Part of the estimates that decide something."""
    verdicts = [below_zero(estimate) for estimate in estimates]
    return 1 - verdicts.count(UNDECIDED) / len(verdicts)


def by_two_standard_errors(values):
    return abs(np.mean(values)) > 2 * np.std(values, ddof=1) / math.sqrt(len(values))


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_of_seeds_that_differ_by_chance_five_in_a_hundred_decide(n):
    draws = np.random.default_rng(n).normal(size=(REPETITIONS, n))
    assert spoken(map(of_seeds, draws)) == pytest.approx(LEVEL, abs=CHANCE)


def test_two_standard_errors_of_three_seeds_decide_by_chance_in_eighteen():
    """What the rule is not: it would be wrong more than three times as often as it says."""
    draws = np.random.default_rng(3).normal(size=(REPETITIONS, 3))
    assert 0.16 < np.mean([by_two_standard_errors(values) for values in draws]) < 0.20


def test_what_seeds_have_in_common_does_not_count_in_pairs():
    rng = np.random.default_rng(0)
    common = 100 * rng.normal(size=(REPETITIONS, 3))
    values, others = common + rng.normal(size=(2, REPETITIONS, 3))
    assert spoken(map(paired, values, others)) == pytest.approx(LEVEL, abs=CHANCE)
    # A difference of ten deviations is seen in pairs, and is nothing beside what seeds have in common.
    ahead = values - 10
    assert np.mean([below_zero(paired(*pair)) == HOLDS for pair in zip(ahead, others)]) > 0.95
    assert spoken(unpaired(of_seeds(a), of_seeds(b)) for a, b in zip(ahead[:400], others)) < 0.1


@pytest.mark.parametrize(("n", "m", "spread"), [(3, 3, 1), (10, 4, 3), (5, 5, 0.2)])
def test_independent_estimates_are_compared_by_welch(n, m, spread):
    rng = np.random.default_rng(n)
    values, others = rng.normal(size=(REPETITIONS, n)), spread * rng.normal(size=(REPETITIONS, m))
    found = [unpaired(of_seeds(a), of_seeds(b)) for a, b in zip(values, others)]
    # Welch's is a little careful where there are few.
    assert 0.025 < spoken(found) < LEVEL + CHANCE
    expected = [stats.ttest_ind(a, b, equal_var=False).pvalue < LEVEL for a, b in zip(values[:50], others)]
    assert [below_zero(estimate) != UNDECIDED for estimate in found[:50]] == expected


def frames(rng, n_vehicles, n_frames, error=0.2, together=0.3):
    """Mistakes on the frames of vehicles, of which some are hard: the intraclass correlation is `together`."""
    scale = 1 / together - 1
    hard = rng.beta(error * scale, (1 - error) * scale, size=n_vehicles)
    wrong = rng.random((n_vehicles, n_frames)) < hard[:, None]
    return wrong.ravel(), np.repeat(np.arange(n_vehicles), n_frames)


def test_frames_of_a_vehicle_are_not_independent():
    rng = np.random.default_rng(0)
    by_vehicle, by_frame = [], []
    for _ in range(1500):
        wrong, vehicle = frames(rng, 60, 10)
        for found, estimate in ((by_vehicle, clustered(wrong, vehicle)), (by_frame, of_images(wrong.mean(), 600))):
            low, high = estimate.interval()
            found.append(not low <= 0.2 <= high)
    assert np.mean(by_vehicle) == pytest.approx(LEVEL, abs=0.02)
    assert np.mean(by_frame) > 0.2


def test_differences_on_the_same_frames_are_judged_by_vehicle():
    """Each of two equal networks finds other vehicles hard."""
    rng = np.random.default_rng(1)
    by_vehicle, by_frame = [], []
    for _ in range(1500):
        (a, vehicle), (b, _) = frames(rng, 30, 10), frames(rng, 30, 10)
        by_vehicle.append(clustered(a.astype(float) - b, vehicle))
        by_frame.append(paired(a, b))
    assert spoken(by_vehicle) == pytest.approx(LEVEL, abs=0.02)
    assert spoken(by_frame) > 0.2


def test_clusters_of_one_image_each_are_independent_images():
    wrong = np.random.default_rng(0).random(500) < 0.1
    value, error, dof = clustered(wrong, np.arange(500))
    assert (value, dof) == (wrong.mean(), 499)
    assert error == pytest.approx(stats.sem(wrong))
    assert error == pytest.approx(of_images(wrong.mean(), 500).error, rel=2e-3)


def test_unequal_clusters_weigh_by_their_images():
    found = clustered([1, 1, 1, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 1, 1, 2])
    # Residual sums of a mean of 1/2: 3/2, -2 and 1/2.
    assert found.value == 0.5
    assert found.error == pytest.approx(math.sqrt(3 / 2 * (1.5**2 + 2**2 + 0.5**2)) / 8)
    assert found.dof == 2


def test_seeds_and_clusters_both_count():
    estimate = crossed(Estimate(-1.0, 0.3, 2), Estimate(-1.0, 0.4, 50))
    assert estimate == (-1.0, 0.5, 2)
    assert below_zero(Estimate(-1.0, 0.2, 2)) == HOLDS
    assert below_zero(estimate) == UNDECIDED


def test_runs_on_the_same_vehicles_do_not_decide_of_vehicles():
    """Three seeds agree on what twenty vehicles have in store; other vehicles would have something else."""
    rng, by_seed, by_both = np.random.default_rng(2), [], []
    for _ in range(REPETITIONS):
        differences = 0.3 * rng.normal(size=(3, 1)) + 3 * rng.normal(size=20) + 0.3 * rng.normal(size=(3, 20))
        seeds, vehicles = of_seeds(differences.mean(axis=1)), differences.mean(axis=0)
        by_seed.append(seeds)
        by_both.append(crossed(seeds, clustered(vehicles, np.arange(20))))
    assert spoken(by_seed) > 0.2
    assert spoken(by_both) < LEVEL + CHANCE


@pytest.mark.parametrize("errors", [(0.01, 0.01), (0.1, 0.1)])
def test_rates_on_independent_images_are_compared_at_the_level(errors):
    n, rng = 2000, np.random.default_rng(0)
    rates = [rng.binomial(n, error, size=REPETITIONS) / n for error in errors]
    found = [unpaired(of_images(a, n), of_images(b, n)) for a, b in zip(*rates)]
    assert spoken(found) == pytest.approx(LEVEL, abs=CHANCE)


def test_a_large_difference_of_few_seeds_is_seen():
    draws = np.random.default_rng(5).normal(-8, 1, size=(1000, 3))
    assert np.mean([below_zero(of_seeds(values)) == HOLDS for values in draws]) > 0.95
    assert np.mean([below_zero(of_seeds(-values)) == FAILS for values in draws]) > 0.95


def test_the_interval_is_that_of_scipy():
    values = [0.3, -0.2, 0.7, 0.1]
    expected = stats.ttest_1samp(values, 0).confidence_interval(1 - LEVEL)
    assert of_seeds(values).interval() == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([-5.0], UNDECIDED),
        ([0.0, 0.0, 0.0], UNDECIDED),
        ([-1.0, -1.0, -1.0], HOLDS),
        ([1.0, 1.0], FAILS),
    ],
    ids=["one seed", "no difference", "all alike", "both alike"],
)
def test_values_without_spread(values, verdict):
    assert below_zero(of_seeds(values)) == verdict


def test_rounding_is_no_difference():
    """0.1 + 0.2 is not 0.3, by the same rounding in each seed."""
    assert below_zero(paired([0.1 + 0.2] * 3, [0.3] * 3)) == UNDECIDED
    assert below_zero(paired([0.3] * 3, [0.1 + 0.2] * 3)) == UNDECIDED


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_that_none_or_all_images_are_wrong_is_not_certain(rate):
    low, high = of_images(rate, 10).interval()
    assert low < rate < high
    assert below_zero(unpaired(of_images(0.0, 10), of_images(0.2, 10))) == UNDECIDED
    assert below_zero(unpaired(of_images(0.0, 1000), of_images(0.2, 1000))) == HOLDS


@pytest.mark.parametrize("estimate", [of_images(0.0, 1), clustered([1.0, 0.0], [7, 7]), of_seeds([0.3])])
def test_one_of_a_kind_tells_nothing_of_the_spread(estimate):
    assert estimate.interval() == (-math.inf, math.inf)
    for other in (of_seeds([0.1, 0.2]), estimate):
        assert below_zero(unpaired(estimate, other)) == below_zero(crossed(other, estimate)) == UNDECIDED


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: of_seeds([0.1, math.nan]), "finite"),
        (lambda: of_seeds([]), "one at least"),
        (lambda: paired([1.0, 2.0], [1.0]), "2 values and 1 others"),
        (lambda: paired([1.0], [math.inf]), "finite"),
        (lambda: of_images(1.2, 100), "rate is 1.2"),
        (lambda: of_images(math.nan, 100), "rate is nan"),
        (lambda: of_images(0.1, 0), "one image"),
        (lambda: clustered([math.nan], [0]), "finite"),
        (lambda: clustered([1.0, 0.0], [0]), "2 values in 1 places"),
    ],
)
def test_what_is_no_number_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [((0.41, 0.59), HOLDS), ((0.39, 0.5), UNDECIDED), ((0.1, 0.39), FAILS), ((0.61, 2.0), FAILS), ((0, 1), UNDECIDED)],
)
def test_a_claim_of_two_bounds(interval, verdict):
    assert between(interval, 0.4, 0.6) == verdict


@pytest.mark.parametrize(("rate", "n", "expected"), [(0.5, 100, 0.05), (0.0, 9, 0.0), (0.0042, 10_000, 6.467e-4)])
def test_standard_error_is_that_of_a_binomial_rate(rate, n, expected):
    assert standard_error(rate, n) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [([HOLDS, HOLDS], HOLDS), ([HOLDS, UNDECIDED], UNDECIDED), ([UNDECIDED, FAILS, HOLDS], FAILS)],
)
def test_a_claim_of_parts_is_as_good_as_its_weakest(parts, whole):
    assert overall(parts) == whole


def test_verdicts_are_counted_in_words():
    assert tally([HOLDS, UNDECIDED, HOLDS]) == "2 hold, 1 undecided"
    assert tally(iter([FAILS])) == "1 does not hold"
