"""Files are whole or not there."""

import errno
import json
import os

import pytest

from minode.base.files import replacing, writable_folder, write_json


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["numbers.json"]


def test_a_finished_write_replaces_with_ordinary_permissions(tmp_path):
    path, ordinary = tmp_path / "numbers.json", tmp_path / "ordinary"
    ordinary.write_text("")
    path.write_text("old")
    write_json(path, {"loss": 0.5})
    assert json.loads(path.read_text()) == {"loss": 0.5}
    assert path.stat().st_mode == ordinary.stat().st_mode


def test_permissions_do_not_hang_on_umask_and_it_is_not_touched(tmp_path, monkeypatch):
    """A browser's Python calls it 0o777; and other threads would make files while it is changed."""
    (tmp_path / "ordinary").write_text("")
    monkeypatch.delattr(os, "umask")
    write_json(tmp_path / "numbers.json", {})
    assert (tmp_path / "numbers.json").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def refuse(number):
    def fsync(handle):
        raise OSError(number, os.strerror(number))

    return fsync


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP], ids=os.strerror)
def test_a_file_system_that_cannot_sync_will_do(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "fsync", refuse(number))
    write_json(tmp_path / "numbers.json", {"loss": 0.5})
    assert json.loads((tmp_path / "numbers.json").read_text()) == {"loss": 0.5}


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=os.strerror)
def test_a_broken_disk_is_told_and_the_old_file_kept(tmp_path, monkeypatch, number):
    (tmp_path / "numbers.json").write_text("old")
    monkeypatch.setattr(os, "fsync", refuse(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        write_json(tmp_path / "numbers.json", {"loss": 0.5})
    assert (tmp_path / "numbers.json").read_text() == "old"
    assert os.listdir(tmp_path) == ["numbers.json"]


def test_json_refuses_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "numbers.json", {"loss": float("nan")})
    assert os.listdir(tmp_path) == []


def test_folders_are_made_and_left_empty(tmp_path):
    folder = writable_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert os.listdir(folder) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write to the output folder .*file"):
        writable_folder(tmp_path / "file" / "inside")
