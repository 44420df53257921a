"""How many seeds decide: by simulation, and by what is known of large samples."""

import math

import numpy as np
import pytest
from scipy import stats

from minode.experiments.common.power import POWER, effect_needed, pairs_needed, spread_of
from minode.experiments.common.verdicts import FAILS, HOLDS, below_zero, paired

REPETITIONS = 2000
# Three standard deviations of a rate of 80 % found in so many repetitions.
CHANCE = 3 * math.sqrt(POWER * (1 - POWER) / REPETITIONS)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_judge_finds_the_effect_needed_in_so_many_cases(n, sign):
    rng = np.random.default_rng(n)
    gaps = rng.normal(sign * effect_needed(0.3, n), 0.3, size=(REPETITIONS, n))
    found = [below_zero(paired(row, np.zeros(n))) for row in gaps]
    assert found.count(HOLDS if sign < 0 else FAILS) / REPETITIONS == pytest.approx(POWER, abs=CHANCE)


@pytest.mark.parametrize("n", [1000, 100_000])
def test_many_pairs_need_what_the_normal_distribution_says(n):
    sum_of_quantiles = stats.norm.ppf(0.975) + stats.norm.ppf(POWER)
    # Student's t differs from it by a part of order 1 / n.
    assert effect_needed(2.0, n) == pytest.approx(2.0 * sum_of_quantiles / math.sqrt(n), rel=3 / n)


@pytest.mark.parametrize("difference", [0.03, -0.1, 0.5, 1.0, -3.0])
def test_pairs_needed_are_the_fewest_that_find_the_difference(difference):
    n = pairs_needed(1.0, difference)
    assert effect_needed(1.0, n) <= abs(difference)
    assert n == 2 or effect_needed(1.0, n - 1) > abs(difference)


@pytest.mark.parametrize(("spread", "difference", "n"), [(1.0, 0.0, math.inf), (1.0, 1e-9, math.inf), (1e-13, 0.1, 2)])
def test_no_difference_needs_more_than_there_are_and_a_plain_one_two(spread, difference, n):
    assert pairs_needed(spread, difference) == n


def test_one_pair_finds_nothing():
    assert effect_needed(1.0, 1) == math.inf


def test_the_spread_behind_an_estimate_is_that_of_its_pairs():
    values, others = np.random.default_rng(0).normal(size=(2, 7))
    assert spread_of(paired(values, others)) == pytest.approx(np.std(values - others, ddof=1))
