"""A known part and a network: the rules, the equation, and a small training that is repeatable."""

import copy

import autograd.numpy as anp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minode.experiments.beyond.hybrid import compute as hybrids
from minode.experiments.beyond.hybrid import models
from minode.experiments.beyond.hybrid.claims import judge_extrapolation
from minode.experiments.beyond.hybrid.training import train
from minode.nn.layers import Dense
from minode.ode.odeint import odeint
from tests.experiments.beyond.small_runs import assert_complete_and_repeatable

MADE = {
    "hybrid": {"beyond": [0.1, 0.12, 0.09], "rate_error": [0.1, 0.12, 0.08]},
    "plain": {"beyond": [0.9, 0.5, 1.2]},
}
PELTS = {
    "equation": {"taught": 0.25, "beyond": 0.3},
    "network": {"taught": [0.1, 0.12, 0.11], "beyond": [0.9, 0.7, 1.1]},
}
CLAIMS = ["beyond", "rate", "fits", "tells"]


def verdicts(made=MADE, pelts=PELTS):
    return dict(zip(CLAIMS, (claim.verdict for claim in judge_extrapolation(made, pelts)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts().values()) == {"holds"}


@pytest.mark.parametrize(
    ("part", "name", "values", "broken"),
    [
        ("hybrid", "beyond", [2.0, 1.5, 2.5], {"beyond": "does not hold"}),
        ("hybrid", "beyond", [0.1, 1.5, 0.9], {"beyond": "undecided"}),
        ("hybrid", "rate_error", [0.5, 0.6, 0.4], {"rate": "does not hold"}),
        ("network", "taught", [0.4, 0.5, 0.45], {"fits": "does not hold"}),
        ("network", "beyond", [0.1, 0.12, 0.11], {"tells": "does not hold"}),
        ("network", "beyond", [0.1, 0.9, 0.3], {"tells": "undecided"}),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(part, name, values, broken):
    made, pelts = copy.deepcopy(MADE), copy.deepcopy(PELTS)
    (made if part in made else pelts)[part][name] = values
    assert {key: value for key, value in verdicts(made, pelts).items() if value != "holds"} == broken


def test_the_truth_is_rosenzweig_and_macarthur():
    def by_numbers(t, z):
        x, y = z
        eaten = models.ATTACK * x * y / (1 + models.HANDLING * x)
        return [models.GROWTH * x * (1 - x / models.CAPACITY) - eaten, models.YIELD * eaten - models.DEATH * y]

    z = solve_ivp(by_numbers, (0, 10), np.exp(models.START), rtol=1e-9, atol=1e-9).y[:, -1]
    np.testing.assert_allclose(np.exp(odeint(models.truth, models.START, [0.0, 10.0])[-1]), z, rtol=1e-4)


def test_windows_and_the_whole_find_a_linear_field():
    t = np.linspace(0.0, 4.0, 17)
    A = np.array([[-0.3, 1.5], [-1.5, -0.3]])

    def field(t, z, params):
        return anp.dot(z, params[0])

    y = odeint(lambda t, z, params: z @ A, np.array([1.0, 0.0]), t)
    (found, _), start = train("linear", Dense(2), field, t, y, seed=0, n_updates=150)
    np.testing.assert_allclose(found, A, atol=0.25)
    np.testing.assert_allclose(start, [1.0, 0.0], atol=0.25)


def test_a_small_training_is_complete_and_repeatable(tmp_path, monkeypatch):
    monkeypatch.setattr(hybrids, "BEYOND", hybrids.BEYOND[:81])
    assert "pelts: network" in assert_complete_and_repeatable(
        hybrids, tmp_path / "hybrid.png", seed=1, n_updates=2, n_seeds=1
    )
