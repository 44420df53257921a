"""Ratios of errors: smaller, larger, the same within a factor, or undecided by as many seeds as would do."""

import math

import numpy as np
import pytest

from minode.experiments.beyond.cnf.claims import judge_flows
from minode.experiments.beyond.hamiltonian_pendulum.claims import judge_energy
from minode.experiments.beyond.ratios import judge_smaller, middle
from minode.experiments.common.protocol.sweeps import seeds_of

ONES = np.ones(6)
WAVE = np.exp(0.2 * np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0]))


@pytest.mark.parametrize(
    ("values", "factor", "verdict", "note"),
    [
        (0.5 * WAVE, 2.0, "holds", "0.5 and 1"),
        (2.0 * WAVE, 2.0, "does not hold", "2 and 1"),
        (WAVE, 2.0, "does not hold", "1 and 1; the same within a factor of 2"),
        (WAVE, 1.1, "undecided", "1 and 1; 45 seeds would decide"),
        (WAVE, None, "undecided", "1 and 1"),
        # Less, if by less than what matters.
        (0.7 * WAVE, 2.0, "holds", "0.7 and 1"),
    ],
)
def test_errors_are_compared_by_their_ratio(values, factor, verdict, note):
    found, numbers = judge_smaller(values, ONES, factor)
    assert found == verdict
    assert numbers.partition(";")[0] == note.partition(";")[0]
    assert ("seeds would decide" in numbers) == ("seeds" in note)
    assert ("the same within" in numbers) == ("the same within" in note)


def test_units_do_not_matter():
    assert judge_smaller(1e6 * WAVE, 1e6 * ONES, 2.0)[0] == judge_smaller(WAVE, ONES, 2.0)[0]
    assert middle([1.0, 100.0]) == pytest.approx(10.0)


def energies(n):
    ratio = np.exp(0.2 * np.cos(np.arange(n) * math.pi))
    same = {"early_energy_error": [0.1] * n, "late_energy_error": [0.1] * n, "own_drift": [1e-6] * n}
    return {"hamiltonian": same | {"state_error": list(ratio)}, "plain": same | {"state_error": [1.0] * n}}


def test_fewer_seeds_than_the_protocols_find_nothing_too_small_to_matter():
    n = len(seeds_of("hamiltonian"))
    pilot, deciding = (judge_energy(energies(k))[-1] for k in (n - 1, n))
    assert (pilot.verdict, deciding.verdict) == ("undecided", "does not hold")
    assert deciding.numbers.endswith("the same within a factor of 1.5")


def test_flows_as_good_as_a_kernel_estimate_are_no_better():
    n = len(seeds_of("cnf"))
    rival = [2.45 + 0.01 * (-1) ** i for i in range(n)]
    one = {"nll": [2.45] * n, "truth": [2.4] * n, "kde": [2.7] * n, "tuned_kde": rival}
    one |= {"mass": [1.0] * n, "nfe": [50] * n}
    flows = {name: dict(one) for name in ("two moons", "eight Gaussians", "picture", "two moons, regularised")}
    tuned = [claim for claim in judge_flows({"flows": flows}) if "best kernel" in claim.text]
    assert {claim.verdict for claim in tuned} == {"does not hold"}
    assert all(claim.numbers.endswith("the same within 0.05") for claim in tuned)
