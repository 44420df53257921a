"""The page: one file that asks for nothing, written whole, and never over what is not its own."""

import re
import webbrowser
from pathlib import Path

import pytest

from minode.explore import page
from tests.project.house import ROOT

PARTS = page.FOLDER / "parts"
HTML = page.assemble()
# A phone loads it at once, and a repository can hold it.
BYTES = 600_000
LINES, FILES = 200, 12


def test_it_asks_for_nothing_from_anywhere():
    asking = r"https?:|//[a-z]+\.|\bsrc=|url\(|@import|\bfetch\(|XMLHttpRequest|<link(?![^>]*href=\"data:)|\bimport\("
    assert re.findall(asking, HTML) == []


def test_it_is_small():
    assert len(HTML.encode()) < BYTES


def test_the_built_copy_beside_the_figures_is_this_page():
    # As text, since the copy may have been checked out with other line ends.
    assert (ROOT.parent / "figures" / page.NAME).read_text(encoding="utf-8") == HTML


def test_every_part_is_used_and_short_enough_to_be_read():
    files = [path for path in PARTS.rglob("*") if path.is_file()]
    listed = {
        *(f"mathematics/{name}.js" for name in page.MATHEMATICS),
        *(f"drawing/{name}.js" for name in page.DRAWING),
        *(f"chapters/{name}.{kind}" for name in page.CHAPTERS for kind in ("js", "html")),
        *(f"style/{name}.css" for name in page.STYLES),
        *("page.html", "start.js"),
    }
    assert {path.relative_to(PARTS).as_posix() for path in files} == listed
    assert {path.name: n for path in files if (n := len(path.read_text("utf-8").splitlines())) > LINES} == {}
    assert {folder.name for folder in PARTS.rglob("*") if folder.is_dir() and len([*folder.iterdir()]) > FILES} == set()
    assert "<!-- part:" not in HTML


def test_labels_links_and_scripts_name_what_there_is():
    ids = re.findall(r'\bid="([\w-]+)"', HTML)
    assert len(set(ids)) == len(ids)
    named = re.findall(r'\bfor="([\w-]+)"|aria-labelledby="([\w-]+)"|href="#([\w-]+)"', HTML)
    asked = re.findall(r'(?:byId|plot|slider|press|reading|figure)\("([\w-]+)"', HTML)
    assert {name for names in named for name in names if name} | set(asked) <= {*ids, "found"}
    for kind, sound in [("canvas", r'role="(img|application)"[^>]*aria-'), ("section", "aria-labelledby=")]:
        assert all(re.search(sound, tag) for tag in re.findall(rf"<{kind}\b[^>]*>", HTML))


def test_the_command_writes_it_and_replaces_an_older_one(command, tmp_path):
    folder = tmp_path / "new" / "folder"
    code, out, err = command("explore", "--out", folder)
    assert (code, err) == (0, "")
    assert str(folder / page.NAME) in out
    (folder / page.NAME).write_text(f"old {page.MARK}")
    command("explore", "--out", folder)
    assert (folder / page.NAME).read_text(encoding="utf-8") == HTML
    assert [path.name for path in folder.iterdir()] == [page.NAME]


@pytest.mark.parametrize(
    "make", [lambda path: path.write_bytes(b"<html>\xff mine"), Path.mkdir], ids=["file", "folder"]
)
def test_the_command_leaves_alone_what_is_not_its_own(command, tmp_path, make):
    make(tmp_path / page.NAME)
    code, out, err = command("explore", "--out", tmp_path)
    assert (code, out) == (2, "")
    assert "is no page of `minode explore`" in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [page.NAME]


@pytest.mark.parametrize("found", [True, False])
def test_the_command_opens_it_where_there_is_a_browser(command, tmp_path, monkeypatch, found):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or found)
    code, _, err = command("explore", "--out", tmp_path, "--open")
    assert opened == [(tmp_path / page.NAME).resolve().as_uri()]
    assert (code, "no browser was found" in err) == ((0, False) if found else (2, True))
