"""What is small enough to be read in one sitting: files, folders, and nothing twice."""

import pytest

from tests.project.house import FILES, ROOT

LINES, FILES_OF_A_FOLDER, EQUAL_LINES = 200, 12, 10
CHECKOUT = ROOT.parent
KEPT = {".py", ".md", ".json", ".npz"}
FOLDERS = sorted(
    {
        path.parent.relative_to(CHECKOUT).as_posix()
        for top in ("minode", "tests")
        for path in (CHECKOUT / top).rglob("*.py")
    }
)


def text_of(file):
    return (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_read_in_one_sitting(file):
    assert len(text_of(file).splitlines()) <= LINES


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_seen_at_a_glance(folder):
    assert len([path for path in (CHECKOUT / folder).iterdir() if path.suffix in KEPT]) <= FILES_OF_A_FOLDER


def runs(text, n):
    """All runs of `n` lines, each with the number of its first one."""
    lines = [line.rstrip() for line in text.splitlines()]
    for start in range(len(lines) - n + 1):
        yield start + 1, tuple(lines[start : start + n])


def repeated(texts, n):
    """Runs of `n` lines that stand in two places; `texts` is name -> text."""
    first, again = {}, []
    for name, text in texts.items():
        for line, run in runs(text, n):
            place = first.setdefault(run, (name, line))
            again += [(place, (name, line))] if place != (name, line) else []
    return again


def test_nothing_is_written_twice():
    assert repeated({file: text_of(file) for file in FILES}, EQUAL_LINES + 1) == []


def test_what_is_written_twice_is_found():
    block = "\n".join(f"line {i}" for i in range(11))
    assert repeated({"a": block, "b": f"before\n{block}"}, 11) == [(("a", 1), ("b", 2))]
    assert repeated({"a": block, "b": block.replace("line 5", "line")}, 11) == []
