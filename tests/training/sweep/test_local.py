"""A sweep here: what kills its processes or ends it loses nothing, and what fails is told."""

import signal
import subprocess
import sys
import time

import pytest

from minode.training import train_run
from minode.training.saved import run_folder
from minode.training.sweep import outcomes, process
from minode.training.sweep.axes import grid
from minode.training.sweep.planning import plan
from minode.training.sweep.running import run_sweep
from tests import tiny
from tests.runs import assert_same_run, killing

AXES = {"model": "mlp", "recipe": "fast", "batch_size": "16", "epochs": "30"}
# They say how many cores a process had, and here all runs are compared with one of this process.
THREADS = ("environment",)


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    tiny.install(monkeypatch.setattr)


def planned(folder, seeds="0-1", **axes):
    return plan(grid("mnist", {**AXES, **axes}, seeds), folder)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The folder of a run that nothing disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        tiny.install(patch.setattr)
        run = planned(tmp_path_factory.mktemp("reference"), "0").runs[0]
        train_run.train(run.folder, run.given)
    return run.folder


def test_runs_whose_processes_are_killed_go_on_and_are_the_same(tmp_path, reference):
    runs = planned(tmp_path)
    # No more kills than a run has patience for.
    with killing(5, mean=0.8) as killed:
        found = run_sweep(runs, tmp_path, 2, checkpoint_every=10)
    assert (found.summary(), found.failed) == ("2 finished", {})
    assert killed
    assert_same_run(runs.runs[0].folder, reference, but=THREADS)


def test_finished_runs_are_not_repeated(tmp_path, reference, capsys, monkeypatch):
    (tmp_path / "here").symlink_to(reference)
    monkeypatch.setattr(process, "PROGRAM", ("-c", "raise SystemExit('begun')"))
    assert run_sweep(planned(tmp_path, "0"), tmp_path).summary() == "1 finished"
    assert capsys.readouterr().out == ""


def test_a_process_has_its_share_of_the_cores(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    script = "import os; print(os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])"
    script += "; from minode.base.cores import usable_cores; print(usable_cores())"
    one = process.RunProcess({}, 1, ("-c", script))
    assert (one.wait(), one.said()) == (0, ["1 1", "1"])


def test_runs_that_fail_are_told_and_others_finish(tmp_path, capsys):
    good = planned(tmp_path, "0", epochs="2")
    (steep,) = planned(tmp_path / "steep", "0", epochs="2", learning_rate="1000000").runs
    found = run_sweep(good._replace(runs=[steep._replace(name="steep"), *good.runs]), tmp_path, 2)
    assert found.summary() == "1 finished, 1 failed"
    assert found.failed["steep"].startswith("training stopped in epoch ")
    assert "steep: failed: training stopped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import os; os.kill(os.getpid(), 9)", "given up after 3 deaths without another checkpoint, the last: its pro"),
        ("raise KeyError('a bug')", "KeyError: 'a bug'"),
        ("raise SystemExit(7)", "given up after 3 deaths without another checkpoint, the last: exit code 7"),
    ],
)
def test_a_run_that_dies_again_and_again_is_given_up(tmp_path, monkeypatch, script, message):
    monkeypatch.setattr(process, "PROGRAM", ("-c", script))
    monkeypatch.setattr(outcomes, "PATIENCE", 3)
    found = run_sweep(planned(tmp_path, "0"), tmp_path)
    (reason,) = found.failed.values()
    assert reason.startswith(message)
    assert found.summary() == "0 finished, 1 failed"


def test_warnings_of_a_run_are_told_once(tmp_path, monkeypatch, capsys):
    script = "import sys; print('epoch 1/2'); print('a note'); print('a warning', file=sys.stderr); sys.exit(7)"
    monkeypatch.setattr(process, "PROGRAM", ("-c", script))
    monkeypatch.setattr(outcomes, "PATIENCE", 3)
    runs = planned(tmp_path, "0")
    run_sweep(runs._replace(notes=("a note",)), tmp_path)
    out = capsys.readouterr().out
    assert (out.count("a note"), out.count("a warning"), out.count("epoch")) == (1, 1, 0)


def test_a_run_that_is_at_work_elsewhere_is_refused(tmp_path):
    run = planned(tmp_path, "0").runs[0]
    with run_folder.occupied(run.folder):
        found = run_sweep(planned(tmp_path, "0"), tmp_path)
    assert "is in use by another process" in found.failed[run.name]


def test_other_data_than_were_planned_are_refused(tmp_path):
    run = planned(tmp_path, "0").runs[0]
    with pytest.raises(ValueError, match=r"data_crc32 of the training images of mnist found here is \d+; expected 7"):
        train_run.train(run.folder, {**run.given, "data_crc32": 7})
    assert not run.folder.exists()


@pytest.mark.parametrize(
    ("options", "message"), [({"n_jobs": 0}, "jobs is 0"), ({"checkpoint_every": 0}, "every is 0")]
)
def test_bad_numbers_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run_sweep(planned(tmp_path), tmp_path, **options)


def begun(folder, signum):
    """Start a sweep of long runs, strike it when both are at work, and return its exit code, stdout and stderr."""
    words = ["mnist", "--model", "mlp", "--recipe", "fast", "--batch-size", "16", "--epochs", "4000", "--seeds", "0-2"]
    arguments = [sys.executable, "-m", "tests.tiny", "sweep", *words, "--jobs", "2", "--runs", str(folder)]
    root = tiny.__file__.rsplit("/", 2)[0]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as sweep:
        until = time.monotonic() + 120
        while len(list(folder.glob("*/best.npz"))) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        sweep.send_signal(signum)
        return *sweep.communicate(timeout=300), sweep.returncode


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [("SIGINT", 130, "interrupted"), ("SIGKILL", -9, None)],
)
def test_what_ends_a_sweep_ends_its_runs_at_a_checkpoint(tmp_path, name, code, told):
    _, err, returned = begun(tmp_path, getattr(signal, name))
    assert returned == code
    if told:
        assert err == f"minode: {told} 0 finished, 3 unfinished; the same command goes on\n"
    # Processes that lost their sweep notice by themselves.
    left, until = sorted(tmp_path.iterdir()), time.monotonic() + 300
    assert len(left) == 2
    for folder in left:
        while True:
            try:
                with run_folder.occupied(folder):
                    break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.05)
        history = (folder / run_folder.HISTORY).stat()
        # The checkpoint was written after the last step of the history.
        assert (folder / run_folder.LAST).stat().st_mtime_ns >= history.st_mtime_ns
