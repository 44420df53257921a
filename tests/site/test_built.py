"""The built site in headless Chromium, without a network: mathematics, search, and notebooks that run."""

import os
import re
from pathlib import Path

import pytest

import minode
from tests.chromium import ABSENT, CHROMIUM
from tests.notebooks import paths
from tests.site import browser, lite
from tests.site.documentation.links import faults

SITE = Path(os.environ.get("MINODE_SITE", "-"))
PYODIDE = SITE / lite.NAME / "static" / "pyodide"
HAS_NUMPY = any(PYODIDE.glob("numpy-*.whl"))
NAMES = [path.name for path in lite.running()]
# What the browser's Python is asked to do.
PROGRAM = """
import json
from pyodide.http import pyfetch

async def version(**options):
    import piplite
    await piplite.install("minode", **options)
    import minode
    return minode.__version__

async def sources(name):
    await version()
    import piplite
    await piplite.install("ipywidgets")
    cells = json.loads(await (await pyfetch(f"/files/{name}")).string())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

def failure(sources):
    for source in sources:
        if not source.startswith("import piplite"):
            result = get_ipython().run_cell(source)
            if not result.success:
                return f"{source}\\n{result.error_in_exec or result.error_before_exec!r}"

async def tried():
    good = ["import piplite\\nno Python", "x = 1", "assert x == 1"]
    return await version(deps=False), failure(good), failure(["x = 1", "assert x == 2"])

async def notebook(name):
    return failure(await sources(name))
"""

pytestmark = [
    pytest.mark.skipif(not SITE.is_dir(), reason="needs a built site, in the folder that MINODE_SITE names"),
    pytest.mark.skipif(CHROMIUM is None, reason=ABSENT),
]


def test_no_link_is_broken_and_nothing_comes_from_elsewhere():
    assert faults(SITE, apart=lite.NAME) == []


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_mathematics_is_set_from_disk(path):
    page = (SITE / "notebooks" / f"{path.stem}.html").resolve().as_uri()
    shown = browser.document(page, until="MathJax.startup.promise.then(() => true)")
    formulas = re.findall(r'<(?:span|div) class="math [^>]*>\s*(.{14})', shown, re.DOTALL)
    assert {*formulas} == {"<mjx-container"}
    assert '<g data-mml-node="merror"' not in shown


def test_search_finds_from_disk():
    page = f"{(SITE / 'search.html').resolve().as_uri()}?q=adjoint"
    shown = browser.document(page, until="Search.status.textContent")
    assert "3. The adjoint, derived and checked" in re.sub(r"<[^>]+>", "", shown[shown.index('id="search-results"') :])


@pytest.mark.skipif(
    not PYODIDE.is_dir(), reason="the site was built without --pyodide, so that its Python is elsewhere"
)
def test_the_browsers_python_starts_has_minode_and_tells_what_fails():
    version, nothing, failure = browser.run(SITE / lite.NAME, PROGRAM, "tried()")
    assert (version, nothing) == (minode.__version__, None)
    assert failure.startswith("assert x == 2")
    assert "AssertionError" in failure


@pytest.mark.skipif(not HAS_NUMPY, reason="the site was built without NumPy for Pyodide: --pyodide full has it")
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_a_notebook_runs_in_the_browser(name):
    assert browser.run(SITE / lite.NAME, PROGRAM, f"notebook({name!r})") is None
