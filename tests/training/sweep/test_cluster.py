"""A sweep on a cluster of two processes here, of which one is killed in mid-run."""

import os
import signal
import threading
import time

import pytest

from minode.training import train_run
from minode.training.saved import checkpoint, environment, run_folder
from minode.training.saved.history import steps_made
from minode.training.sweep import worker
from minode.training.sweep.axes import grid
from minode.training.sweep.connection import connected
from minode.training.sweep.planning import Plan, plan
from minode.training.sweep.running import run_sweep
from tests import tiny
from tests.runs import assert_same_run

distributed = pytest.importorskip("distributed", reason="clusters need the package distributed")

AXES = {"model": "mlp", "recipe": "fast", "batch_size": "16", "epochs": "120"}


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


@pytest.fixture(scope="module")
def cluster():
    """Two workers, a process each."""
    settings = dict(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50)
    with distributed.LocalCluster(**settings) as found:
        yield found


def planned(folder, seeds="0-1", **axes):
    return plan(grid("mnist", {**AXES, **axes}, seeds), folder)


def kill_in_mid_run(cluster, run, killed):
    """Kill the worker that makes a run, as soon as some steps of it are known here."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        pids = client.run(os.getpid)
        while steps_made(run.folder) <= 20:
            time.sleep(0.01)
        (victim,) = (
            address for address, keys in client.processing().items() if any(key.startswith(run.name) for key in keys)
        )
        os.kill(pids[victim], signal.SIGKILL)
        killed.append(victim)


def test_a_worker_that_dies_loses_nothing_and_results_are_those_of_runs_here(cluster, tmp_path, capfd):
    killed = []
    runs = planned(tmp_path / "there")
    threading.Thread(target=kill_in_mid_run, args=(cluster, runs.runs[0], killed), daemon=True).start()
    found = run_sweep(runs, tmp_path / "there", scheduler=cluster.scheduler_address, checkpoint_every=20)
    assert (found.summary(), found.failed, len(killed)) == ("2 finished", {}, 1)
    lines = [line for line in capfd.readouterr().out.splitlines() if "goes on" in line]
    assert lines == [f"{runs.runs[0].name}: its worker is lost; the run goes on from its checkpoint"]
    for run in runs.runs:
        here = tmp_path / "here" / run.name
        train_run.train(here, run.given)
        # The environments differ in the share of the cores, which changes no bit.
        assert_same_run(run.folder, here, but=("environment",))
        with run_folder.occupied(run.folder):
            pass


def test_what_ends_a_sweep_brings_the_last_checkpoints_back(cluster, tmp_path):
    runs = planned(tmp_path, "0", epochs="4000")

    def interrupt():
        while steps_made(runs.runs[0].folder) < 100:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(SystemExit, match="0 finished, 1 unfinished; the same command goes on") as stop:
        run_sweep(runs, tmp_path, scheduler=cluster.scheduler_address)
    assert stop.value.code == 128 + signal.SIGTERM
    (run,) = runs.runs
    state = checkpoint.load(run.folder / run_folder.LAST)
    # The last checkpoint came back, not only one at the end of an epoch or after a hundred steps.
    assert (state.epoch - 1) * tiny.STEPS + state.step == run.made()


def test_a_result_comes_back_without_another_checkpoint(cluster, tmp_path, capfd):
    """As of a run whose worker died while it looked at the test images."""
    (run,) = runs = planned(tmp_path, "0", epochs="2").runs
    train_run.train(run.folder, run.given)
    result = run.folder / run_folder.RESULT
    result.unlink()
    found = run_sweep(Plan(runs, ()), tmp_path, scheduler=cluster.scheduler_address)
    assert (found.summary(), result.is_file()) == ("1 finished", True)
    assert "goes on" not in capfd.readouterr().out


def test_a_run_that_fails_names_its_worker(cluster, tmp_path):
    runs = planned(tmp_path, "0", learning_rate="1000000")
    found = run_sweep(runs, tmp_path, scheduler=cluster.scheduler_address)
    (reason,) = found.failed.values()
    assert reason.startswith("training stopped in epoch ")
    assert " at tcp://127.0.0.1:" in reason


def test_workers_with_other_versions_are_named_before_work_starts(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "__version__", "99.0")
    with pytest.raises(ValueError, match=r"the worker tcp://127.0.0.1:\d+ has minode [\d.]+ \(here 99.0\); the worker"):
        run_sweep(planned(tmp_path, "0"), tmp_path, scheduler=cluster.scheduler_address)
    assert list(tmp_path.iterdir()) == []


def test_differences_name_packages_and_both_versions():
    here = dict.fromkeys(worker.PACKAGES, "1.0")
    assert worker.differences(here, {**here, "python": "3.0"}) == []
    assert worker.differences(here, {**here, "numpy": "2.0"}) == ["numpy 2.0 (here 1.0)"]
    assert worker.differences(here, {}) == [f"{name} None (here 1.0)" for name in worker.PACKAGES]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1", "nonsense"])
def test_a_scheduler_that_does_not_answer_is_told_with_the_time_that_was_waited(address):
    with pytest.raises(OSError, match=rf"no Dask scheduler answers at '{address}': waited \d+\.\d s \("):
        with connected(address, timeout=0.3):
            pass


def test_files_on_their_way_leave_a_run_to_go_on_with(tmp_path):
    run = planned(tmp_path, "0", epochs="2").runs[0]
    train_run.train(run.folder, run.given)
    files = run_folder.read_files(run.folder)
    (tmp_path / "there").mkdir()
    run_folder.write_files(tmp_path / "there", files)
    assert_same_run(tmp_path / "there", run.folder)
    (tmp_path / "nothing").mkdir()
    assert run_folder.read_files(tmp_path / "nothing") == {}
