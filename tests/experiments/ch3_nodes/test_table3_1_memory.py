"""Memory over depth: what is measured against what is known to be kept, and a rule that can say no."""

import json

import numpy as np
import pytest

from minode.experiments.ch3_nodes.table3_1_memory import claims as memory_claims
from minode.experiments.ch3_nodes.table3_1_memory import compute as memory
from minode.experiments.common import memory_meter, plots
from minode.ode.field.nfe import counted

MIB = 2**20
DEPTHS = [[20, 22], [80, 84]]
ADJOINT = {"depth": DEPTHS, "peak_mib": [[3.0, 3.1], [3.0, 3.1]], "states_per_evaluation": [0.0, 0.01]}
BACKPROP = {"depth": DEPTHS, "peak_mib": [[2.0, 2.1], [8.0, 8.2]], "states_per_evaluation": [3.1, 3.2]}


@pytest.fixture(scope="module")
def data():
    with pytest.MonkeyPatch.context() as patch:
        # A training step of the NODE takes too long for a test.
        patch.setattr(memory, "_node", lambda rng, images: memory._flow(rng))
        patch.setitem(memory.TOLERANCES, "node", memory.TOLERANCES["flow"])
        return memory.compute(seed=0, n_seeds=2, n_depths=2, images=1)


def verdicts(adjoint=ADJOINT, backprop=BACKPROP):
    return [claim.verdict for claim in memory_claims.judge_memory("flow", {"adjoint": adjoint, "backprop": backprop})]


def record(data):
    return {key: value for key, value in data.items() if key != "curves"}


def test_the_peak_is_what_is_held_at_once():
    def work():
        for _ in range(3):
            np.ones(MIB)

    assert memory_meter.peak_allocated(work) == pytest.approx(8 * MIB, rel=0.01)


@pytest.mark.parametrize("kept", [0, 2])
def test_the_slope_is_what_an_evaluation_leaves_behind(monkeypatch, kept):
    state = np.ones(5000)

    def gradient(n_steps, **options):
        evaluate = counted(lambda: [state.copy() for _ in range(kept)], "forward")
        return [evaluate() for _ in range(n_steps)]

    monkeypatch.setattr(memory, "WAYS", {"euler": dict(method="euler")})
    ways = memory._measured([(gradient, state.nbytes)], None, 3)["ways"]
    assert ways["euler"]["depth"] == [[8], [23], [64]]
    assert ways["euler"]["states_per_evaluation"][0] == pytest.approx(kept, abs=0.02)


def test_the_flow_bears_the_thesis_out(data):
    assert data["verdict"] == "holds"
    ways = data["flow"]["ways"]
    assert np.abs(ways["adjoint, dopri5"]["states_per_evaluation"]).max() < 0.1
    # What f was given, what it gave, and a state between: tanh's output is what f gave.
    assert 2 < min(ways["backprop, Euler (ResNet)"]["states_per_evaluation"]) < 4


def test_rk4_evaluates_four_times_a_step_and_nothing_again(data):
    found = data["flow"]["ways"]["backprop, RK4 (RK-Net)"]
    assert found["depth"] == [[8, 8], [64, 64]]
    assert found["nfe_backward"] == [[0, 0], [0, 0]]


def test_a_training_step_of_the_node_keeps_what_its_block_evaluated():
    gradient, state = memory._node(np.random.default_rng(0), 1)
    few, many = (memory._measure(gradient, dict(method="euler", gradient="backprop", n_steps=n)) for n in (1, 3))
    assert (few["depth"], many["depth"]) == (1, 3)
    assert state == 4 * 6 * 6 * 64
    assert (many["peak_mib"] - few["peak_mib"]) * MIB > 2 * state


def test_the_rule_holds():
    assert verdicts() == ["holds", "holds", "holds"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"peak_mib": [[2.0, 2.1], [2.9, 2.1]]}, "does not hold"),
        ({"depth": [[20, 22], [25, 26]]}, "undecided"),
    ],
    ids=["grows with one seed", "hardly deeper"],
)
def test_the_adjoint_is_not_taken_for_constant(changes, expected):
    assert verdicts(adjoint=ADJOINT | changes)[0] == expected


@pytest.mark.parametrize(
    ("slopes", "expected"), [([0.01, 0.02], "does not hold"), ([0.0, 3.0], "undecided")], ids=["flat", "scattered"]
)
def test_backpropagation_is_not_taken_for_linear(slopes, expected):
    assert verdicts(backprop=BACKPROP | {"states_per_evaluation": slopes})[1] == expected


@pytest.mark.parametrize(
    ("deepest", "expected"), [([1.0, 1.1], "does not hold"), ([1.0, 8.0], "undecided")], ids=["less", "scattered"]
)
def test_the_adjoint_may_take_more(deepest, expected):
    assert verdicts(backprop=BACKPROP | {"peak_mib": [[0.5, 0.5], deepest]})[2] == expected


def test_the_same_seed_gives_the_same_numbers(data, monkeypatch):
    found = data["flow"]["ways"]["adjoint, dopri5"]
    monkeypatch.setattr(memory, "WAYS", {"adjoint, dopri5": memory.WAYS["adjoint, dopri5"]})
    again = memory._measured([memory._flow(np.random.default_rng(0))], memory.TOLERANCES["flow"], 2)["ways"]
    for key in ("depth", "nfe_backward", "peak_mib"):
        # Python's own objects are in the peaks, too.
        np.testing.assert_allclose(again["adjoint, dopri5"][key], np.array(found[key])[:, :1], rtol=0.01)


def test_record_table_and_picture(data):
    json.dumps(record(data), allow_nan=False)
    assert "O(L) by backpropagation: holds" in memory.table(data)
    with plots.styled():
        assert len(memory.draw(data).axes) == 2
