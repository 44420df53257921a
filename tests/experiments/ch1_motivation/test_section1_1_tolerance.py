"""Section 1.1, tolerance: rules that break, the pairing by image, and a small run on made-up digits."""

import json

import numpy as np
import pytest

from minode.data import mnist
from minode.experiments.ch1_motivation.section1_1_tolerance import claims as tolerance_claims
from minode.experiments.ch1_motivation.section1_1_tolerance import compute as tolerance
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

N = 5000
WRONG = list(range(30))


def solve(tol, wrong=WRONG, nfe=(26.0, 26.0, 27.0), seconds=(0.3, 0.31, 0.3)):
    return {"tolerance": tol, "n_images": N, "wrong_images": wrong, "nfe": list(nfe), "cpu_seconds": list(seconds)}


def verdicts(loose, loosest=None):
    solves = [solve(1e-4), solve(1e-3), loose, loosest or solve(1.0)]
    judged = tolerance_claims.judge_tolerances({"trained_at": 1e-3, "solvers": {"VODE": solves}})
    return [claim.verdict for claim in judged]


CHEAP = dict(nfe=(8.0, 8.0, 9.0), seconds=(0.1, 0.11, 0.1))
VARIED = dict(nfe=(4.0, 40.0, 1.0), seconds=(0.01, 0.5, 0.02))


@pytest.mark.parametrize(
    ("loose", "loosest", "expected"),
    [
        (solve(0.1, **CHEAP), None, [HOLDS, HOLDS, HOLDS, HOLDS, HOLDS]),
        (solve(0.1), None, [HOLDS, FAILS, FAILS, HOLDS, HOLDS]),
        (solve(0.1, list(range(130)), **CHEAP), None, [FAILS, HOLDS, HOLDS, HOLDS, HOLDS]),
        (solve(0.1, list(range(38)), **CHEAP), None, [UNDECIDED, HOLDS, HOLDS, HOLDS, HOLDS]),
        (solve(0.1, **CHEAP), solve(1.0, list(range(400))), [HOLDS, HOLDS, HOLDS, FAILS, HOLDS]),
        (
            solve(0.1, **VARIED),
            None,
            [HOLDS, UNDECIDED, UNDECIDED, HOLDS, HOLDS],
        ),
    ],
)
def test_numbers_break_each_claim_either_way(loose, loosest, expected):
    assert verdicts(loose, loosest) == expected


def test_few_images_that_are_all_read_alike_decide_nothing():
    same = {"wrong_images": []}
    more = tolerance_claims.more_errors(same, same, 100)
    assert (more.value, more.error) == (0, 0.01)
    assert more.interval()[1] > tolerance_claims.SAME


def test_errors_are_paired_by_image():
    more = tolerance_claims.more_errors({"wrong_images": [0, 1, 2]}, {"wrong_images": [2]}, 10)
    differences = np.array([1, 1, *[0] * 8])
    assert more.value == pytest.approx(0.2)
    assert more.error == pytest.approx(differences.std(ddof=1) / 10**0.5)


def test_a_small_run_is_complete_and_repeatable(monkeypatch):
    data = tiny.dataset()
    monkeypatch.setattr(mnist, "load", lambda root=None: data)
    monkeypatch.setattr(tolerance, "BATCH", 4)
    first, second = (tolerance.compute(seed=1, n_images=8, tolerances=(1e-3, 1e-1, 1.0)) for _ in range(2))
    for data in (first, second):
        json.dumps(data, allow_nan=False)
        assert f"Claim: {data['verdict']}" in tolerance.table(data)
    assert len(tolerance.draw(first).axes) == 4
    for name, solves in first["solvers"].items():
        tight, loose, _ = solves
        assert sum(loose["nfe"]) < sum(tight["nfe"])
        assert [len(tight["nfe"]), tight["n_images"]] == [2, 8]
        assert min(min(each["cpu_seconds"]) for each in solves) > 0
        assert [each["wrong_images"] for each in solves] == [each["wrong_images"] for each in second["solvers"][name]]
        assert [each["nfe"] for each in solves] == [each["nfe"] for each in second["solvers"][name]]
