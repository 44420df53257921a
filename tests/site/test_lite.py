"""Notebooks for the browser, and what is refused before anything is built."""

import json
import zipfile

import nbformat
import pytest

from tests import notebooks
from tests.site import lite, pyodide_distribution
from tests.site.__main__ import main


@pytest.mark.parametrize("path", lite.running(), ids=lambda path: path.stem)
def test_a_notebook_for_the_browser_installs_minode_and_is_else_the_same(path):
    prepared, original = lite.prepared(path), notebooks.read(path)
    (install,) = [cell for cell in prepared.cells if cell.source == lite.INSTALL]
    assert prepared.cells.index(install) == 1
    assert prepared.cells[2:] == notebooks.body(original)
    nbformat.validate(prepared)


def test_a_folder_without_pyodide_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no pyodide\.mjs and no pyodide-lock\.json"):
        lite.build(tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_site_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").touch()
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path)])
    assert "is no site of ours" in capsys.readouterr().err
    assert (tmp_path / "mine").exists()


def test_what_is_needed_is_followed_to_its_end():
    packages = {name: {"depends": depends} for name, depends in [("a", ["b_c"]), ("b-c", ["a"]), ("d", [])]}
    assert pyodide_distribution.closure(packages, ("a",)) == {"a", "b-c"}


@pytest.mark.parametrize("interface", ["2026_0", "2025_0"])
def test_libraries_are_taken_if_they_are_made_for_this_python(tmp_path, interface):
    wheel, theirs = tmp_path / "carrier.whl", {"file_name": "a-2.whl", "version": "2", "depends": []}
    with zipfile.ZipFile(wheel, "w") as archive:
        content = {"info": {"abi_version": interface}, "packages": {"a": theirs}}
        archive.writestr(pyodide_distribution.CARRIED + pyodide_distribution.LOCK, json.dumps(content))
        archive.writestr(pyodide_distribution.CARRIED + "a-2.whl", b"code")
    lock = {"info": {"abi_version": "2026_0"}, "packages": {"a": {"file_name": "a-1.whl"}}}
    if interface == "2026_0":
        pyodide_distribution.take(wheel, {"a"}, lock, tmp_path)
        assert lock["packages"]["a"] == theirs
        assert (tmp_path / "a-2.whl").read_bytes() == b"code"
    else:
        with pytest.raises(ValueError, match="for 2025_0; expected 2026_0"):
            pyodide_distribution.take(wheel, {"a"}, lock, tmp_path)
