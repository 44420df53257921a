"""What the documentation is made of: all pages, and all modules beside experiments and commands."""

import pytest

from tests import notebooks
from tests.project.house import FILES
from tests.site import lite
from tests.site.documentation import sources


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    sources.lay(folder / "pages", folder / "files")
    return folder


def test_every_page_notebook_and_picture_is_there(laid):
    pages = {path.relative_to(laid / "pages").as_posix() for path in (laid / "pages").rglob("*") if path.is_file()}
    assert {"index.md", *sources.PAGES[1:], "figures/explore.html", "figures/fig3.4.gif"} <= pages
    assert {f"notebooks/{path.name}" for path in notebooks.paths()} <= pages
    figures = {path.name for path in (notebooks.ROOT / "figures").iterdir() if path.suffix in (".png", ".gif", ".html")}
    assert figures <= {path.name for path in (laid / "files" / "figures").iterdir()}


def test_every_module_beside_experiments_and_commands_is_in_the_reference(laid):
    text = "".join(path.read_text(encoding="utf-8") for path in (laid / "pages" / "reference").iterdir())
    files = [file for file in FILES if not file.startswith(("experiments/", "cli/")) and "__main__" not in file]
    modules = [f"minode/{file}".removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files]
    assert [module for module in modules if f".. automodule:: {module}\n" not in text] == []


def test_notebooks_lead_to_where_they_run(laid):
    for path in notebooks.paths():
        (first, *_), runs = notebooks.read(laid / "pages" / "notebooks" / path.name).cells, path in lite.running()
        assert (f"lite/lab/index.html?path={path.name}" in first.source) == runs
