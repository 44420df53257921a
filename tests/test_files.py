"""Files are whole or not there."""

import json
import os

import pytest

from minode.files import replacing, writable_folder, write_json


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
