"""The built site in headless Chromium, without a network: mathematics, search, and notebooks that run."""

import os
import re
from pathlib import Path

import pytest

from tests.notebooks import paths
from tests.site import browser, lite
from tests.site.documentation.links import faults

SITE = Path(os.environ.get("MINODE_SITE", "-"))
HAS_NUMPY = any((SITE / lite.NAME / "static" / "pyodide").glob("numpy-*.whl"))
NAMES = [path.name for path in lite.running()]
RUNNING = """
import json
from pyodide.http import pyfetch

async def installed(deps):
    import piplite
    await piplite.install(["minode", "ipywidgets"] if deps else ["minode"], deps=deps)
    import minode
    return minode.__version__

async def executed(name):
    await installed(True)
    cells = json.loads(await (await pyfetch(f"/files/{name}")).string())["cells"]
    shell = get_ipython()
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.startswith("%pip"):
            result = shell.run_cell(source)
            if not result.success:
                return f"{source}\\n{result.error_in_exec or result.error_before_exec!r}"
    return "all cells ran"
"""

pytestmark = [
    pytest.mark.skipif(not SITE.is_dir(), reason="needs a built site, in the folder that MINODE_SITE names"),
    pytest.mark.skipif(browser.CHROMIUM is None, reason="neither `chromium` nor `google-chrome` is on the path"),
]


def test_no_link_is_broken_and_nothing_comes_from_elsewhere():
    assert faults(SITE, apart=lite.NAME) == []


@pytest.mark.parametrize("path", paths(), ids=lambda path: path.stem)
def test_mathematics_is_set_from_disk(path):
    page = (SITE / "notebooks" / f"{path.stem}.html").resolve()
    shown = browser.document(page.as_uri())
    assert shown.count("<mjx-container") == len(re.findall(r'<(?:span|div) class="math\b', page.read_text("utf-8"))) > 0
    assert '<g data-mml-node="merror"' not in shown


def test_search_finds_from_disk():
    shown = browser.document(f"{(SITE / 'search.html').resolve().as_uri()}?q=adjoint")
    assert "3. The adjoint, derived and checked" in re.sub(r"<[^>]+>", "", shown[shown.index('id="search-results"') :])


def test_the_browsers_python_starts_and_has_minode():
    import minode

    assert browser.run(SITE / lite.NAME, RUNNING, "installed(False)") == minode.__version__


@pytest.mark.skipif(not HAS_NUMPY, reason="the site has no NumPy for Pyodide, which is at Pyodide's own address alone")
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_in_the_browser(name):
    assert browser.run(SITE / lite.NAME, RUNNING, f"executed({name!r})") == "all cells ran"
