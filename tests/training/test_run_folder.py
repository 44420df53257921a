"""The folder of a run: one process at a time, a history that can be cut back."""

import contextlib
import errno
import os
import signal
import subprocess
import sys

import pytest

from minode.training.saved import history as run_folder_history
from minode.training.saved import run_folder
from tests import tiny

HOLD = """
import sys, time
from minode.training.saved import run_folder as runs
with runs.occupied(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_by_one_process_until_that_dies(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(OSError, match=f"{tmp_path.name}' is in use by another process"),
            run_folder.occupied(tmp_path),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
    with run_folder.occupied(tmp_path) as folder:
        assert folder == tmp_path


def test_a_file_system_without_locks_is_told_and_not_called_in_use(tmp_path, monkeypatch):
    def no_locks(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(run_folder.fcntl, "flock", no_locks)
    (tmp_path / ".last-abc.npz").write_text("perhaps of another process")
    with pytest.warns(RuntimeWarning, match=r"cannot be locked \(No locks available\).* no other process trains there"):
        with run_folder.occupied(tmp_path) as folder:
            assert folder == tmp_path
    assert (tmp_path / ".last-abc.npz").exists()


def test_where_there_are_no_locks_the_folder_is_used_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "fcntl", None)
    with run_folder.occupied(tmp_path) as folder:
        assert folder == tmp_path


def test_unfinished_files_of_a_killed_process_are_removed_and_no_others(tmp_path):
    for name in (".last-abc.npz", ".result-1_x.json", "notes.txt", ".hidden"):
        (tmp_path / name).write_text("")
    with run_folder.occupied(tmp_path):
        pass
    assert sorted(os.listdir(tmp_path)) == [".hidden", run_folder.LOCK, "notes.txt"]


def test_folders_are_made_and_count_as_empty(tmp_path):
    with run_folder.occupied(tmp_path / "a" / "b") as folder:
        run_folder.check_empty(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [("last.npz", "holds a run; continue it with --resume"), ("notes.txt", r"not empty: notes\.txt")],
)
def test_a_new_run_needs_an_empty_folder(tmp_path, name, message):
    (tmp_path / name).write_text("")
    with pytest.raises(ValueError, match=message):
        run_folder.check_empty(tmp_path)


def test_an_absent_run_cannot_be_resumed_and_no_folder_is_made(tmp_path):
    with pytest.raises(ValueError, match=r"no run in .*typo"):
        run_folder.check_begun(tmp_path / "typo")
    assert os.listdir(tmp_path) == []


def test_history_rows_are_in_the_file_at_once(tmp_path):
    history = run_folder_history.History(tmp_path / run_folder.HISTORY)
    history.append("batch", epoch=1, step=2, loss=0.1, error=0.25, seconds=0.5, nfe_forward=14, nfe_backward=20)
    history.append("validation", epoch=1, step=2, loss=1 / 3, error=0.5, seconds=3.0)
    assert (tmp_path / run_folder.HISTORY).read_text().splitlines() == [
        "kind,epoch,step,loss,error,seconds,nfe_forward,nfe_backward,learning_rate",
        "batch,1,2,0.1,0.25,0.5,14,20,",
        "validation,1,2,0.333333333,0.5,3,,,",
    ]
    assert history.size == (tmp_path / run_folder.HISTORY).stat().st_size
    history.close()


def test_history_is_read_a_list_a_column(tmp_path):
    history = run_folder_history.History(tmp_path / run_folder.HISTORY)
    history.append("batch", epoch=1, step=1, loss=2.5)
    history.append("train", epoch=1, step=1, loss=3.5)
    history.append("batch", epoch=1, step=2, loss=1.5)
    history.close()
    columns = run_folder_history.read_history(tmp_path, "batch")
    assert (columns["step"], columns["loss"], columns["error"]) == ([1, 2], [2.5, 1.5], [None, None])


@pytest.mark.parametrize("rest", ["", "batch,1,2,0.5\n", "batch,1,2,0."], ids=["nothing", "a row", "half a row"])
def test_history_is_cut_back_to_the_checkpoint(tmp_path, rest):
    path = tmp_path / run_folder.HISTORY
    history = run_folder_history.History(path)
    history.append("batch", epoch=1, step=1)
    history.close()
    kept = path.read_text()
    path.write_text(kept + rest)
    history = run_folder_history.History(path, history.size)
    history.append("batch", epoch=1, step=2)
    history.close()
    assert path.read_text() == kept + "batch,1,2,,,,,,\n"


def test_a_history_shorter_than_the_checkpoint_knew_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"history\.csv' has 0 bytes, 100 when the checkpoint was written"):
        run_folder_history.History(tmp_path / run_folder.HISTORY, 100)


def test_a_full_disk_names_the_history_and_the_rest_is_cut_off_later(tmp_path):
    path = tmp_path / run_folder.HISTORY
    history = run_folder_history.History(path)
    size = history.size
    with tiny.full_disk(size + 10), pytest.raises(OSError, match=r"cannot write .*history\.csv"):
        history.append("batch", epoch=1, step=1)
    assert history.size == size
    history.close()
    run_folder_history.History(path, size).close()
    assert path.read_text() == ",".join(run_folder_history.COLUMNS) + "\n"


def test_damaged_json_is_named(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": NaN}')
    with pytest.raises(ValueError, match=r"cannot read .*config\.json': NaN"):
        run_folder.read_json(tmp_path / "config.json")


@contextlib.contextmanager
def failing(folder):
    """Hold a folder, and fail in the end."""
    with run_folder.occupied(folder):
        yield folder
        raise ValueError("refused")


@pytest.mark.parametrize("there", [[], ["a"], ["a", "a/b"]], ids=["nothing", "a parent", "the folder"])
def test_a_run_that_is_refused_leaves_what_it_found(tmp_path, there):
    for name in there:
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="refused"), failing(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / run_folder.LOCK).exists()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == there


def test_what_others_have_put_into_a_refused_folder_stays(tmp_path):
    with pytest.raises(ValueError, match="refused"), failing(tmp_path / "a" / "b") as folder:
        (folder.parent / "notes.txt").write_text("")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "notes.txt"]


def test_a_run_that_has_begun_stays_when_it_fails(tmp_path):
    with pytest.raises(ValueError, match="refused"), failing(tmp_path / "run") as folder:
        (folder / run_folder.LAST).write_text("")
    assert sorted(os.listdir(tmp_path / "run")) == [run_folder.LOCK, run_folder.LAST]


def test_a_process_that_is_refused_leaves_the_lock_of_another(tmp_path):
    with run_folder.occupied(tmp_path / "run") as folder:
        with pytest.raises(OSError, match="in use by another process"), run_folder.occupied(folder):
            pass
        assert os.listdir(folder) == [run_folder.LOCK]


def test_hidden_files_of_the_users_are_not_ours(tmp_path):
    names = {".pre-commit-config.yaml", ".config-1.toml", ".lock-1.json"}
    for name in names:
        (tmp_path / name).write_text("")
    with run_folder.occupied(tmp_path):
        pass
    assert names <= set(os.listdir(tmp_path))
