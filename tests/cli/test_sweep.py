"""`minode sweep` as a user types it."""

import json

import pytest

from minode.training.sweep import estimate, process
from tests import tiny

SWEEP = [
    "sweep",
    "mnist",
    "--model",
    "mlp",
    "--recipe",
    "fast",
    "--epochs",
    "1",
    "--batch-size",
    "16",
    "--runs",
    "runs",
]


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch, tmp_path):
    tiny.install(monkeypatch.setattr)
    monkeypatch.chdir(tmp_path)


def error_of(outcome):
    code, _, err = outcome
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("minode: ")
    return err


def test_a_sweep_makes_runs_and_does_not_repeat_them(command, tmp_path):
    code, out, err = command(*SWEEP, "--seeds", "0,3", "--learning-rate", 0.05)
    assert (code, err) == (0, "")
    assert out.endswith("2 finished; `minode compare runs` compares them\n")
    assert out.count(": test error ") == 2
    for seed in (0, 3):
        config = json.loads((tmp_path / "runs" / f"mnist-mlp-fast-seed-{seed}" / "config.json").read_text())
        expected = dict(model="mlp", epochs=1, batch_size=16, learning_rate=0.05, seed=seed)
        assert expected.items() <= config.items()
    again = command(*SWEEP, "--seeds", "0,3", "--learning-rate", 0.05)
    assert again == (0, "2 finished; `minode compare runs` compares them\n", "")
    assert "learning_rate is 0.05, in the sweep 0.0125" in error_of(command(*SWEEP, "--seeds", "0-3"))


def test_a_dry_run_says_what_it_costs_and_begins_nothing(command, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "_timed", lambda *arguments: 3.0)
    code, out, err = command(*SWEEP, "--seeds", "0-9", "--jobs", "2", "--dry-run")
    assert (code, err) == (0, "")
    # Ten runs of twelve steps of three seconds, two at a time.
    assert out.startswith("10 runs: 0 finished, 0 begun, 10 to begin\ntime: about 0:03:00 h, 2 at a time, each on ")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_is_named_at_the_end(command, monkeypatch):
    monkeypatch.setattr(process, "PROGRAM", ("-c", "raise ValueError('this one')"))
    assert error_of(command(*SWEEP)) == "minode: mnist-mlp-fast-seed-0: ValueError: this one\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "9-0"], "runs backwards; expected 0-9"),
        (["--seeds", ","], "so that the grid has no runs"),
        (["--model", "mlp,mpl"], "unknown model 'mpl'"),
        (["--epochs", "0"], "epochs is 0"),
        (["--jobs", "0"], "jobs is 0; expected at least 1"),
        (["--jobs", "-1", "--dry-run"], "jobs is -1; expected at least 1"),
        (["--tol", "0.1"], "the model mlp has no ODE block"),
        (["--skip-bad"], "skip_bad is set for mnist"),
    ],
)
def test_bad_options_end_in_one_line_and_write_nothing(command, tmp_path, options, message):
    assert message in error_of(command(*SWEEP, *options))
    assert list(tmp_path.iterdir()) == []
