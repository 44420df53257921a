"""The course: every notebook runs, its outputs are those of its cells, and it is made as a lesson should be."""

import ast
import base64
import io
import json
import re
from pkgutil import resolve_name

import nbclient
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from tests import notebooks

PATHS = notebooks.paths()
README = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
MEBIBYTE = 2**20

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@pytest.mark.notebooks
@each
def test_runs_from_top_to_bottom(path):
    committed = notebooks.read(path)
    shown = notebooks.outputs(notebooks.execute(committed))
    assert kinds(shown) == kinds(notebooks.outputs(committed))
    assert "stderr" not in {kind for cell in shown for kind, _ in cell}


@each
def test_outputs_are_those_of_the_committed_cells(path):
    notebook = notebooks.read(path)
    assert notebook.metadata["minode"]["executed"] == notebooks.fingerprint(notebook)
    cells = notebooks.code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@each
def test_outputs_are_clean(path):
    shown = [output for cell in notebooks.outputs(notebooks.read(path)) for output in cell]
    assert not {"stderr", "error"} & {kind for kind, _ in shown}
    texts = [str(content) for kind, content in shown if not kind.startswith("image/")]
    # Absolute paths, addresses of objects, warnings.
    assert [text for text in texts if re.search(r"(^|[\s'\"(])/\w+/|\bat 0x|Warning:|Traceback", text)] == []
    assert max(len(text.splitlines()) for text in texts) <= 25


@each
def test_is_light(path):
    assert path.stat().st_size < MEBIBYTE


@each
def test_begins_and_ends_as_a_lesson(path):
    notebook = notebooks.read(path)
    top = [cell.source for cell in notebooks.opening(path.stem)]
    assert [cell.source for cell in notebook.cells[: len(top)]] == top
    assert notebook.cells[len(top)].source.startswith(f"# {int(path.stem[:2])}. ")
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    assert {"What you'll do", "What you'll learn", "What you need", "Exercises", "Where to read on"} <= set(headings)
    assert len(re.findall(r"^\*\*Hint[.:]", text, re.MULTILINE)) == 3
    assert len(notebooks.SOLUTION.findall(text)) >= 3
    assert len(notebooks.solutions(notebook)) >= 3


def lines_to_follow(source):
    """Lines but for imports: names are looked up there, one by one."""
    imports = [node for node in ast.parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return len(source.splitlines()) - sum(node.end_lineno - node.lineno + 1 for node in imports)


@each
def test_cells_are_short(path):
    lines = {cell.id: lines_to_follow(cell.source) for cell in notebooks.code_cells(notebooks.read(path))}
    assert {cell: n for cell, n in lines.items() if n > 24} == {}


@each
def test_names_of_the_package_in_the_text_exist(path):
    text = "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown")
    for name in set(re.findall(r"`(minode(?:\.\w+)+)", text)):
        resolve_name(name)
    files = set(re.findall(r"`((?:\w+/)+\w+\.py)`", text))
    missing = {file for file in files if not any((notebooks.ROOT / top / file).is_file() for top in ("", "minode"))}
    assert missing == set()


@each
def test_is_listed_with_its_thumbnail(path):
    assert f"notebooks/{path.name}" in README
    assert f"notebooks/thumbnails/{path.stem}.png" in README
    assert (notebooks.THUMBNAILS / f"{path.stem}.png").is_file()


def test_the_course_has_all_its_lessons():
    assert [path.stem[:2] for path in PATHS] == [f"{i:02}" for i in range(1, 13)]


def test_a_solution_that_fails_is_an_error():
    solution = "<details><summary>Solution</summary>\n\n```python\nassert x == {}\n```\n\n</details>"
    cells = [new_code_cell("x = 1"), new_markdown_cell(solution.format(1))]
    assert notebooks.outputs(notebooks.execute(new_notebook(cells=cells))) == [[]]
    cells[1] = new_markdown_cell(solution.format(2))
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="assert x == 2"):
        notebooks.execute(new_notebook(cells=cells))


def test_a_slider_is_not_kept_and_its_picture_is():
    pytest.importorskip("ipywidgets")
    source = """
from matplotlib import pyplot
from minode.experiments.common.interactive import sliders

def draw(n=1):
    return pyplot.subplots()[0]

sliders(draw, n=[1, 2])"""
    executed = notebooks.execute(new_notebook(cells=[new_code_cell(source)]))
    assert kinds(notebooks.outputs(executed)) == [["image/png"]]


def test_pictures_are_kept_in_fewer_bytes():
    figure = Figure()
    figure.subplots().imshow(np.random.default_rng(0).uniform(size=(30, 30)))
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format="png")
        before = base64.b64encode(buffer.getvalue()).decode()
    after = notebooks.lighter(before)
    assert len(after) < len(before)
    was, is_now = (
        np.array(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), float) for png in (before, after)
    )
    assert np.abs(is_now - was).mean() < 3  # Of 255; a colour of a map of 256 may become its neighbour.


def test_an_edited_cell_makes_the_outputs_stale():
    notebook = new_notebook(cells=[new_code_cell("1 + 1")])
    before = notebooks.fingerprint(notebook)
    notebook.cells[0].source = "1 + 2"
    assert notebooks.fingerprint(notebook) != before


def test_what_is_above_the_title_is_written_anew():
    title, code = new_markdown_cell("# 1. A lesson"), new_code_cell("1 + 1")
    for above in ([], [new_markdown_cell("how to open it")], [new_markdown_cell("a link"), new_code_cell("# setup")]):
        assert notebooks.body(new_notebook(cells=[*above, title, code])) == [title, code]


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit):
        notebooks.main(["99"])
    assert "NAME is '99'; expected the beginning of one of" in capsys.readouterr().err


@each
def test_is_plain_json_with_a_final_newline(path):
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert json.loads(text)["nbformat"] == 4


def kinds(shown):
    return [[kind for kind, _ in cell] for cell in shown]
