"""Runs that figures are made of: trained once, taken up again, and put on record."""

import json

import numpy as np
import pytest

from minode.base import trees
from minode.experiments.common.records import long_runs, trained_runs
from minode.nn import models
from minode.training import evaluation, loop
from minode.training.saved import run_folder
from minode.training.setup import config, recipes
from tests import made_up, tiny

FIELDS = dict(recipe="fast", epochs=2, batch_size=16, padding=1, seed=0)


@pytest.fixture(autouse=True)
def _small(monkeypatch, tmp_path):
    tiny.install(monkeypatch.setattr)
    for record in ("MNIST", "UFPR"):
        (tmp_path / record).mkdir()
        made_up.empty_record(monkeypatch, record, tmp_path / record)


@pytest.fixture
def folder(tmp_path):
    return trained_runs.train_if_missing(tmp_path, "mlp", **FIELDS)


def test_a_run_is_named_by_what_it_is(folder, tmp_path):
    assert folder == tmp_path / "mnist-mlp-fast-2-epochs-of-all-seed-0"
    other = trained_runs.train_if_missing(tmp_path, "node", **FIELDS | {"epochs": 1, "subset": 32, "seed": 5})
    assert other.name == "mnist-node-fast-1-epochs-of-32-seed-5"


def test_a_finished_run_is_not_trained_again(folder, tmp_path, monkeypatch):
    before = (folder / run_folder.HISTORY).read_bytes()
    monkeypatch.setattr(loop.Trainer, "run", None)
    assert trained_runs.train_if_missing(tmp_path, "mlp", **FIELDS) == folder
    assert (folder / run_folder.HISTORY).read_bytes() == before


def test_an_interrupted_run_goes_on(folder, tmp_path, monkeypatch):
    wanted = trained_runs.read_run(folder)
    end_epoch = loop.Trainer.end_epoch

    def interrupted(self, state):
        if state.epoch == 2:
            raise KeyboardInterrupt
        return end_epoch(self, state)

    monkeypatch.setattr(loop.Trainer, "end_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained_runs.train_if_missing(tmp_path / "other", "mlp", **FIELDS)
    monkeypatch.setattr(loop.Trainer, "end_epoch", end_epoch)
    found = trained_runs.read_run(trained_runs.train_if_missing(tmp_path / "other", "mlp", **FIELDS))
    for kind in ("train", "validation"):
        assert found[kind]["error"] == wanted[kind]["error"]
    assert found["result"]["test_error"] == wanted["result"]["test_error"]


def test_a_run_of_another_configuration_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="batch_size is 32, in the run 16"):
        trained_runs.train_if_missing(tmp_path, "mlp", **FIELDS | {"batch_size": 32})


def test_what_is_read_has_a_number_an_epoch(folder):
    run = trained_runs.read_run(folder)
    assert run["result"] == json.loads((folder / run_folder.RESULT).read_text())
    assert run["config"]["epochs"] == 2
    assert run["train"].keys() == {"epoch", "step", "loss", "error", "seconds", "nfe_forward", "nfe_backward"}
    assert run["validation"].keys() == {"epoch", "step", "loss", "error", "seconds"}
    assert {len(column) for kind in ("train", "validation") for column in run[kind].values()} == {2}
    assert min(run["validation"]["error"]) == run["result"]["validation_error"]
    assert trained_runs.size(run) == "2 epochs on 200 images"


def test_an_unfinished_run_cannot_be_read(folder):
    (folder / run_folder.RESULT).unlink()
    with pytest.raises(ValueError, match=r"no finished run in .*: no result\.json"):
        trained_runs.read_run(folder)


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, "--seed 0 --epochs 150"),
        ({"epochs": 3, "subset": 500, "seed": 4}, "--seed 4 --subset 500 --epochs 3"),
        ({"tol": 1e-5, "batch_size": 64}, "--batch-size 64 --seed 0 --tol 1e-05 --epochs 150 --learning-rate 0.05"),
    ],
    ids=["the recipe", "of a size", "of a tolerance"],
)
def test_the_command_makes_the_same_run_again(changes, options):
    fields = recipes.complete({"data": "mnist", "model": "node", "recipe": "thesis", **changes})
    content = config.to_dict(recipes.configure(fields, tiny.dataset()))
    assert trained_runs.command(content) == f"minode train mnist --model node --recipe thesis {options}"


def test_no_record_is_no_error():
    assert long_runs.MNIST.read() == []
    assert long_runs.UFPR.by_network() == {}


def test_runs_are_put_on_record(folder, tmp_path, capsys):
    other = trained_runs.train_if_missing(tmp_path, "node", **FIELDS)
    long_runs.main([str(folder)])
    # The record of another model stays.
    long_runs.main([str(other)])
    assert long_runs.MNIST.read() == [trained_runs.read_run(folder), trained_runs.read_run(other)]
    assert list(long_runs.MNIST.by_network()) == [("mnist", "mlp"), ("mnist", "node")]
    assert capsys.readouterr().out.endswith("record.json\n")
    assert not long_runs.UFPR.runs.exists()


def test_a_run_takes_the_place_of_the_one_that_nothing_tells_it_from(folder, tmp_path):
    other = trained_runs.train_if_missing(tmp_path, "mlp", **FIELDS | {"seed": 1})
    for each in (folder, other):
        long_runs.MNIST.add([each])
    assert long_runs.MNIST.read() == [trained_runs.read_run(other)]


def test_runs_on_photographs_are_told_apart_by_seed_and_say_where_their_root_goes(monkeypatch):
    found = {seed: made_up.run("amr", "node", seed) for seed in (2, 1)}
    monkeypatch.setattr(long_runs, "read_run", found.get)
    long_runs.UFPR.add([2, 1])
    ((network, runs),) = long_runs.UFPR.by_network().items()
    assert network == ("amr", "node")
    assert [run["config"]["seed"] for run in runs] == [1, 2]
    assert {run["command"][-12:] for run in runs} == {" --root ROOT"}


def test_the_records_that_come_with_it_can_be_read(monkeypatch):
    monkeypatch.undo()
    assert {data for data, _ in long_runs.MNIST.by_network()} == {"mnist"}
    assert {data for data, _ in long_runs.UFPR.by_network()} == set(long_runs.UFPR.data)
    assert all(run["command"].endswith("--root ROOT") for run in long_runs.UFPR.read())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["mnist-mlp-fast-2-epochs-of-all-seed-0"] * 2, "two runs have data mnist, model mlp; expected one"),
        (["typo"], r"no finished run in .*typo"),
    ],
)
def test_what_cannot_go_on_record_leaves_it_as_it_is(folder, tmp_path, capsys, names, message):
    long_runs.MNIST.add([folder])
    before = long_runs.MNIST.runs.read_bytes()
    with pytest.raises(SystemExit) as stop:
        long_runs.main([str(tmp_path / name) for name in names])
    assert stop.value.code == 2
    with pytest.raises(ValueError, match=message):
        long_runs.MNIST.add([tmp_path / name for name in names])
    assert long_runs.MNIST.runs.read_bytes() == before


def test_a_run_on_other_data_is_refused(folder):
    with pytest.raises(ValueError, match="on other data; expected amr or alpr or alpr-augmented"):
        long_runs.UFPR.add([folder])


def test_weights_of_the_best_epoch_are_kept(tmp_path):
    node = trained_runs.train_if_missing(tmp_path, "node", **FIELDS | {"epochs": 1, "subset": 32})
    long_runs.main([str(node)])
    network, params = long_runs.MNIST.node(tol=1e-2)
    expected = evaluation.load_best(node).params
    assert all(np.array_equal(*pair) for pair in zip(trees.leaves(params), trees.leaves(expected), strict=True))
    assert network.apply(params, np.zeros((1, *network_input(node)), np.float32)).shape == (1, 10)


def network_input(folder):
    return models.SIZE, models.SIZE, evaluation.load_best(folder).config.channels
