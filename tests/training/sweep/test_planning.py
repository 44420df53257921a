"""What a sweep finds in its folder: runs that are its own, and runs that are not."""

import json

import pytest

from minode.training import train_run
from minode.training.saved import run_folder
from minode.training.sweep.axes import grid
from minode.training.sweep.estimate import cost
from minode.training.sweep.planning import plan
from tests import tiny

AXES = {"model": "mlp", "recipe": "fast", "epochs": "1", "batch_size": "16"}


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


def planned(folder, seeds="0-1", **axes):
    return plan(grid("mnist", {**AXES, **axes}, seeds), folder).runs


@pytest.fixture
def swept(tmp_path):
    """A folder with one finished run, that of seed 0."""
    run = planned(tmp_path)[0]
    train_run.train(run.folder, run.given)
    return tmp_path


def test_a_plan_writes_nothing_and_counts_steps(tmp_path):
    runs = planned(tmp_path / "runs", epochs="2,5")
    assert [(run.n_steps, run.made(), run.is_begun()) for run in runs] == [
        (epochs * tiny.STEPS, 0, False) for epochs in (2, 2, 5, 5)
    ]
    assert not (tmp_path / "runs").exists()


def test_runs_that_are_there_are_found(swept):
    first, second = planned(swept)
    assert (first.is_finished(), first.made()) == (True, tiny.STEPS)
    assert (second.is_begun(), second.made()) == (False, 0)


def test_a_run_keeps_its_place_when_the_grid_grows(swept):
    old = planned(swept)[0].folder
    assert [run.folder == old for run in planned(swept, epochs="1,2")] == [True, False, False, False]
    old.rename(swept / "mine")
    assert planned(swept)[0].folder == swept / "mine"


def test_other_models_and_seeds_may_be_there(swept):
    assert len(planned(swept, model="node", seeds="5")) == 1


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({"epochs": "2"}, "epochs is 1, in the sweep 2"),
        ({"batch_size": "8"}, "batch_size is 16, in the sweep 8"),
        ({"recipe": "long"}, "recipe is 'fast', in the sweep 'long'"),
        ({"model": "node", "epochs": "3"}, "epochs is 1, in the sweep 3"),
        ({"subset": "60"}, "data_crc32 is [0-9]+, in the sweep [0-9]+"),
    ],
)
def test_runs_of_another_configuration_are_refused(swept, axes, told):
    with pytest.raises(ValueError, match=f"mnist-mlp-fast-seed-0' holds a run of another configuration: {told}"):
        planned(swept, seeds="0", **axes)


def test_a_place_that_another_seed_has_taken_is_refused(swept):
    planned(swept)[0].folder.rename(swept / "mnist-mlp-fast-seed-1")
    with pytest.raises(ValueError, match="seed-1' holds a run of another configuration: seed is 0, in the sweep 1"):
        planned(swept)


def test_other_data_are_refused(swept, monkeypatch):
    monkeypatch.setattr("minode.data.mnist.load", lambda root=None: tiny.dataset(208))
    with pytest.raises(ValueError, match="data_crc32 is"):
        planned(swept)


def test_subsets_of_other_seeds_are_no_other_configuration(tmp_path):
    run = planned(tmp_path, subset="60")[0]
    train_run.train(run.folder, run.given)
    assert [run.is_finished() for run in planned(tmp_path, subset="60", seeds="1")] == [False]


def test_a_damaged_configuration_is_named(swept):
    path = planned(swept)[0].folder / run_folder.CONFIG
    path.write_text(json.dumps({"data": "mnist"}))
    with pytest.raises(ValueError, match=r"cannot read '.*config\.json'"):
        planned(swept)


@pytest.mark.parametrize(
    ("axes", "message"),
    [({"epochs": "0"}, "epochs is 0"), ({"batch_size": "300"}, "batch_size is 300"), ({"subset": "0"}, "subset is 0")],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path, axes, message):
    with pytest.raises(ValueError, match=message):
        planned(tmp_path / "runs", **axes)
    assert not (tmp_path / "runs").exists()


def test_a_runs_own_folder_is_no_folder_of_runs(swept):
    with pytest.raises(ValueError, match="is the folder of a run"):
        planned(planned(swept)[0].folder)


@pytest.mark.parametrize("inside", [(), ("runs", "of", "mine")])
def test_a_file_in_the_way_of_the_folder_is_named(tmp_path, inside):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotADirectoryError, match=r"notes\.txt' is a file"):
        planned(tmp_path.joinpath("notes.txt", *inside))


def test_an_estimate_counts_what_is_left_by_the_seconds_of_runs_there(swept):
    run = planned(swept)[0]
    history = run.folder / run_folder.HISTORY
    rows = [line.split(",") for line in history.read_text().splitlines()]
    history.write_text(
        "".join(",".join([*row[:5], "2" if row[0] == "batch" else row[5], *row[6:]]) + "\n" for row in rows)
    )
    told = cost(planned(swept, seeds="0-8"), swept, 2, 1)
    # Eight runs of twelve steps of two seconds, two at a time.
    assert told.startswith("9 runs: 1 finished, 0 begun, 8 to begin\ntime: about 0:01:36 h, 2 at a time, each on 1 of ")
    assert "  96 steps of 2 s; 1 of 1 kinds of runs by the history of runs there" in told
    assert cost(planned(swept, seeds="0"), swept, 2, 1) == "1 runs: 1 finished, 0 begun, 0 to begin"


def test_without_runs_an_estimate_times_some_steps_and_leaves_nothing(tmp_path):
    told = cost(planned(tmp_path / "runs"), tmp_path / "runs", 1, 1)
    assert "  24 steps of " in told
    assert "0 of 1 kinds of runs by the history" in told
    assert list(tmp_path.iterdir()) == []
