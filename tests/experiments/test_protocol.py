"""The protocol: its rule, by simulation; its texts; and its runs, made by a tiny network, recorded and not repeated."""

import math
from pathlib import Path

import numpy as np
import pytest

from minode.experiments import deciding, gallery
from minode.experiments.common.power import POWER, pairs_to_agree
from minode.experiments.common.protocol.decisions import DECISIONS, describe
from minode.experiments.common.protocol.rule import agrees, judge_bounds, less
from minode.experiments.common.protocol.sweeps import SIZES, SWEEPS, Sweep, decides, seeds_of
from minode.experiments.common.records import deciding_runs
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED, Estimate, of_seeds
from minode.experiments.registry import REGISTRY
from minode.training.sweep.axes import grid
from tests import made_up

REPETITIONS = 2000
SWEEP = Sweep("mnist", ("node", "mlp"), (10, 11), dict(recipe="fast", epochs=1, batch_size=16))


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (-1.0, 0.1, HOLDS),
        (1.0, 0.1, FAILS),
        (-0.1, 0.1, FAILS),
        (-0.3, 0.3, UNDECIDED),
        (-0.1, math.inf, UNDECIDED),
        # Less, if by less than what matters.
        (-0.2, 0.05, HOLDS),
    ],
)
def test_a_difference_is_there_or_too_small_to_matter_or_undecided(value, error, verdict):
    assert less(Estimate(value, error, 100), 0.5) == verdict


@pytest.mark.parametrize("true", [-0.5, 0.5])
def test_a_difference_that_matters_is_taken_for_none_in_one_case_of_twenty(true):
    draws = np.random.default_rng(0).normal(true, 0.4, size=(REPETITIONS, 8))
    share = np.mean([agrees(of_seeds(row), 0.5) for row in draws])
    assert share < 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPETITIONS)


@pytest.mark.parametrize("spread", [0.2, 0.5])
def test_so_many_pairs_prove_that_there_is_no_difference(spread):
    n = pairs_to_agree(spread, 0.5)
    draws = np.random.default_rng(1).normal(0.0, spread, size=(REPETITIONS, n))
    share = np.mean([agrees(of_seeds(row), 0.5) for row in draws])
    assert share > POWER - 3 * math.sqrt(POWER * (1 - POWER) / REPETITIONS)


def test_an_error_of_the_images_may_be_too_large_for_any_number_of_seeds():
    assert pairs_to_agree(0.2, 0.5, beside=0.1) > pairs_to_agree(0.2, 0.5)
    assert pairs_to_agree(0.2, 0.5, beside=0.3) == math.inf


def test_each_entry_has_a_text_and_no_pilot_decides():
    assert set(DECISIONS) <= set(REGISTRY)
    for name in DECISIONS:
        assert describe(name)
    seeds = [each.seeds for name, decided in DECISIONS.items() if name != "fig4.1" for each in decided]
    assert min(map(min, seeds)) >= 10


def test_each_command_is_a_sweep_of_as_many_runs():
    for sweep in SWEEPS:
        words = sweep.command().split()
        options = dict(zip(words[3::2], words[4::2]))
        seeds = options.pop("--seeds")
        axes = {name.removeprefix("--").replace("-", "_"): value for name, value in options.items()}
        runs = grid(words[2], axes, seeds)
        assert len(runs) == len(sweep.models) * len(sweep.seeds)
        assert all(run[name] == value for run in runs for name, value in sweep.fields.items())


def test_the_committed_protocol_is_not_stale():
    text = (Path(__file__).parents[2] / "figures" / gallery.PROTOCOL).read_text(encoding="utf-8")
    assert text == gallery.protocol_as_markdown()


def test_runs_are_made_in_pairs_recorded_and_not_repeated(tmp_path, monkeypatch, capsys):
    made_up.install(monkeypatch, tmp_path)
    monkeypatch.setattr(deciding, "SWEEPS", (SWEEP,))
    runs, records = tmp_path / "runs", tmp_path / "records"
    assert deciding.missing(records, (SWEEP,)) == [(SWEEP, seed, ["node", "mlp"]) for seed in (10, 11)]
    assert deciding.make(SWEEP, 10, ["node"], runs, tmp_path / "other records") == {}
    arguments = [str(runs), "--records", str(records)]
    assert deciding.main([*arguments, "--collect"]) == 0
    assert deciding.missing(records, (SWEEP,)) == [(SWEEP, 10, ["mlp"]), (SWEEP, 11, ["node", "mlp"])]

    assert deciding.main([*arguments, "--dry-run"]) == 0
    assert "mnist, seed 10: mlp\n" in capsys.readouterr().out
    assert deciding.main(arguments) == 0
    found = deciding_runs.read(SWEEP, records)
    assert set(found) == {(model, seed) for model in SWEEP.models for seed in SWEEP.seeds}
    for run in found.values():
        # All of the test images were looked at in training, too.
        assert sum(run["clusters"]["wrong"]) / sum(run["clusters"]["images"]) == pytest.approx(
            run["result"]["test_error"], rel=1e-4
        )
    made_up.refuse_training(monkeypatch)
    assert deciding.main([str(tmp_path / "elsewhere"), "--records", str(records)]) == 0

    assert deciding_runs.read(SWEEP._replace(fields=SWEEP.fields | {"epochs": 2}), records) == {}
    with pytest.raises(ValueError, match="tested on other images of mnist"):
        deciding_runs.add(runs / "deciding-mnist" / "mnist-mlp-fast-seed-10", {"images": [1], "wrong": [0]}, records)


@pytest.mark.parametrize(
    ("values", "high", "verdict", "note"),
    [
        ([0.1, 0.2, 0.3], 1.0, HOLDS, ""),
        ([0.1, 0.2, 0.3], 0.01, UNDECIDED, "; 5 seeds would decide"),
        ([1.1, 1.2, 1.3], 0.1, FAILS, ""),
        ([0.1, 0.2, 0.3], 0.2, UNDECIDED, "; no number of seeds decides"),
        ([0.1], 1.0, UNDECIDED, ""),
    ],
)
def test_a_bound_that_is_missed_by_little_tells_how_many_seeds_it_takes(values, high, verdict, note):
    assert judge_bounds(of_seeds(values), -math.inf, high) == (verdict, note)


def test_as_many_seeds_as_were_told_decide_about_a_bound():
    """By simulation, for the spread and the mean that the note goes by."""
    first = of_seeds([0.1, 0.2, 0.3])
    n = int(judge_bounds(first, -math.inf, 0.25)[1].split()[1])
    draws = np.random.default_rng(2).normal(0.2, 0.1, size=(REPETITIONS, n))
    share = np.mean([judge_bounds(of_seeds(row), -math.inf, 0.25)[0] == HOLDS for row in draws])
    assert share > POWER - 3 * math.sqrt(POWER * (1 - POWER) / REPETITIONS)


def test_the_seeds_of_a_size_are_those_of_its_decisions():
    for name in SIZES:
        assert {each.seeds for each in DECISIONS[name]} == {seeds_of(name)}
        assert decides(name, len(seeds_of(name)))
        assert not decides(name, len(seeds_of(name)) - 1)
