"""Section 3.2, cost: rules that break, exponents by hand, a small run; nothing here rests on the clock."""

import json

import pytest

from minode.experiments.ch3_nodes.section3_2_cost import claims as cost_claims
from minode.experiments.ch3_nodes.section3_2_cost import compute as cost
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED


def verdicts(ratios=(1.0, 1.1, 0.9), time=(1.0, 1.02, 0.98), memory=(1.0, 1.01, 0.99)):
    scaling = {"block": {"size": "images", "time_exponents": list(time), "memory_exponents": list(memory)}}
    claims = cost_claims.judge_costs({"products": {"block": list(ratios)}, "scaling": scaling})
    return [claim.verdict for claim in claims]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({}, [HOLDS, HOLDS, HOLDS]),
        (dict(ratios=(2.5, 2.7, 2.6)), [FAILS, HOLDS, HOLDS]),
        (dict(ratios=(0.2, 0.22, 0.21)), [FAILS, HOLDS, HOLDS]),
        (dict(ratios=(1.5, 3.0, 2.0)), [UNDECIDED, HOLDS, HOLDS]),
        (dict(time=(2.0, 2.1, 1.9)), [HOLDS, FAILS, HOLDS]),
        (dict(memory=(0.4, 0.41, 0.39)), [HOLDS, HOLDS, HOLDS]),
        (dict(memory=(1.3, 1.31, 1.29)), [HOLDS, HOLDS, FAILS]),
        (dict(memory=(0.4, 1.4, 0.9)), [HOLDS, HOLDS, UNDECIDED]),
    ],
)
def test_numbers_break_each_claim_either_way(numbers, expected):
    assert verdicts(**numbers) == expected


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_an_exponent_is_that_of_a_power(power):
    assert cost.exponent([2, 4, 8], [3 * n**power for n in (2, 4, 8)]) == pytest.approx(power)


def test_a_small_run_is_complete_and_its_memory_grows(monkeypatch):
    monkeypatch.setattr(cost, "WIDTHS", (4, 8))
    monkeypatch.setattr(cost, "IMAGES", 2)
    data = cost.compute(seed=1, n_seeds=2, repeats=1, images=(1, 4), widths=(8, 32))
    json.dumps(data, allow_nan=False)
    for found in data["scaling"].values():
        small, large = found["peak_mib"]
        assert max(small) < min(large)
    # Two layers with biases.
    assert data["scaling"]["perceptron"]["sizes"] == [2 * (n * n + n) for n in (8, 32)]
    assert f"Claim: {data['verdict']}" in cost.table(data)
    assert len(cost.draw(data).axes) == 5
