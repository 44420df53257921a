"""Constants and their intervals: the rules, the equations, and a small run that is repeatable."""

import copy

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minode.experiments.beyond.constants import compute as constants
from minode.experiments.beyond.constants.claims import CARPENTER, judge_intervals
from minode.experiments.beyond.constants.problems import PROBLEMS
from minode.ode.odeint import odeint
from tests.experiments.beyond.small_runs import assert_complete_and_repeatable

HELD = {name: {each: [True] * 20 for each in problem.constants} for name, problem in PROBLEMS.items()}
PELTS = {
    "low": {name: 0.9 * x for name, x in CARPENTER.items()},
    "high": {name: 1.1 * x for name, x in CARPENTER.items()},
}


def verdicts(held=HELD, pelts=PELTS):
    return [claim.verdict for claim in judge_intervals(held, pelts)]


def test_every_claim_can_hold():
    assert set(verdicts()) == {"holds"}


@pytest.mark.parametrize(("missed", "verdict"), [(2, "holds"), (3, "does not hold")])
def test_eighteen_of_twenty_are_enough(missed, verdict):
    held = HELD | {"SIR": {each: [False] * missed + [True] * (20 - missed) for each in HELD["SIR"]}}
    assert verdicts(held)[list(HELD).index("SIR")] == verdict
    assert verdicts(held)[-2:] == ["holds", "holds"]


def test_many_misses_everywhere_break_the_claim_on_all():
    rng = np.random.default_rng(0)
    half = {name: {each: (rng.random(20) < 0.5).tolist() for each in held} for name, held in HELD.items()}
    assert verdicts(half)[-2] == "does not hold"
    most = {name: {each: (rng.random(20) < 0.91).tolist() for each in held} for name, held in HELD.items()}
    assert verdicts(most)[-2] == "undecided"


def test_another_rate_breaks_the_claim_on_pelts():
    other = copy.deepcopy(PELTS)
    other["high"]["growth"] = 0.02
    assert verdicts(pelts=other)[-1] == "does not hold"


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_solution_is_that_of_scipy(name):
    problem = PROBLEMS[name]
    z = odeint(problem.f, problem.z0, problem.t, problem.constants, **problem.options)

    def rhs(t, z):
        return np.array(problem.f(t, z, problem.constants))

    reference = solve_ivp(
        rhs, problem.t[[0, -1]], problem.z0, "Radau", problem.t, rtol=1e-8, atol=1e-14, max_step=problem.t[-1] / 100
    )
    observed = (problem.observe(states, problem.constants) for states in (z, reference.y.T))
    np.testing.assert_allclose(*observed, atol=0.1 * problem.error)


def test_a_small_run_is_complete_and_repeatable(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "PROBLEMS", {"SIR": PROBLEMS["SIR"]})
    table = assert_complete_and_repeatable(constants, tmp_path / "constants.png", seed=3, repetitions=2)
    assert "contact" in table
