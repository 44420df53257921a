"""Section 1.1, inputs: difficulty and correlation by hand, rules that break, a small run on made-up digits."""

import json
import math

import numpy as np
import pytest

from minode.data import mnist
from minode.experiments.ch1_motivation.section1_1_adapt import claims as adapt_claims
from minode.experiments.ch1_motivation.section1_1_adapt import compute as adapt
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

DIFFICULTY = np.linspace(0.1, 1.0, 200)
RISING, LEVEL = np.linspace(20, 40, 200), np.tile([25.0, 26.0], 100)


def verdicts(nfe, shuffled=(60.0, 61.0, 62.0), fonts=(60.0, 61.0, 62.0)):
    solver = {"nfe": list(nfe), "shuffled": list(shuffled), "fonts": list(fonts)}
    return [
        claim.verdict
        for claim in adapt_claims.judge_costs({"difficulty": DIFFICULTY.tolist(), "solvers": {"VODE": solver}})
    ]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((RISING,), [HOLDS, HOLDS, HOLDS, HOLDS]),
        ((RISING[::-1],), [FAILS, FAILS, HOLDS, HOLDS]),
        ((LEVEL,), [UNDECIDED, FAILS, HOLDS, HOLDS]),
        ((RISING, (10.0, 11.0, 12.0), (10.0, 11.0, 12.0)), [HOLDS, HOLDS, FAILS, FAILS]),
        ((RISING, (10.0, 30.0, 21.0), (10.0, 60.0, 21.0)), [HOLDS, HOLDS, UNDECIDED, UNDECIDED]),
    ],
)
def test_numbers_break_each_claim_either_way(numbers, expected):
    assert verdicts(*numbers) == expected


def test_many_images_rule_out_a_correlation_that_matters():
    rng = np.random.default_rng(0)
    z = adapt_claims.rank_correlation(rng.random(10_000), rng.integers(20, 27, 10_000))
    assert math.tanh(z.interval()[1]) < adapt_claims.SMALLEST


def test_equal_numbers_of_evaluations_are_correlated_with_nothing():
    assert adapt_claims.rank_correlation(DIFFICULTY, np.full(200, 26)).value == 0


def test_the_interval_of_a_rank_correlation_misses_it_about_as_often_as_it_should():
    """Normal pairs of correlation r have a Spearman's correlation of 6 / pi asin(r / 2)."""
    rng, r, n, trials = np.random.default_rng(0), 0.5, 60, 400
    truth, missed = math.atanh(6 / math.pi * math.asin(r / 2)), 0
    for _ in range(trials):
        x, noise = rng.standard_normal((2, n))
        low, high = adapt_claims.rank_correlation(x, r * x + (1 - r**2) ** 0.5 * noise).interval()
        missed += not low < truth < high
    assert 0.01 < missed / trials < 0.12


def test_difficulty_compares_the_nearest_images():
    neighbours, labels = np.array([[0.0, 0.0], [3.0, 0.0], [10.0, 0.0]])[..., None, None], np.array([0, 1, 0])
    x = np.array([[1.0, 0.0], [2.0, 0.0]])[..., None, None]
    np.testing.assert_allclose(adapt.difficulty(x, np.array([0, 0]), neighbours, labels), [0.5, 2.0])


def test_a_small_run_is_complete_and_repeatable(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset())
    first, second = (adapt.compute(seed=1, n_images=20, n_others=3, n_neighbours=100) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    assert {len(found["nfe"]) for found in first["solvers"].values()} == {20}
    assert f"Claim: {first['verdict']}" in adapt.table(first)
    assert len(adapt.draw(first).axes) == 3 * len(first["solvers"])
