"""JupyterLite: the notebooks of the course that run in the browser, with minode's wheel.

Python there is Pyodide's, which comes from its public address or, with a folder of one's own, from the site itself.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.notebooks import ROOT, body, paths, read

# Its folder in the site.
NAME = "lite"
# Convolutions take seconds there, and trainings hours: these are shown as they were executed.
TOO_SLOW = ("06_", "07_", "08_")
# What minode and the notebooks need and Pyodide's own distribution has not; all in plain Python.
WHEELS = ("autograd", "pooch", "comm", "ipywidgets", "jupyterlab_widgets", "widgetsnbextension")
# JupyterLite's own installer, which looks into the site first.
INSTALL = 'import piplite\n\nawait piplite.install(["minode", "ipywidgets"])'
# A copy of Pyodide is known by these files, which its distribution has in a folder.
PYODIDE = ("pyodide.mjs", "pyodide-lock.json")


def running() -> list[Path]:
    """The notebooks that run in the browser."""
    return [path for path in paths() if not path.name.startswith(TOO_SLOW)]


def build(out: Path, pyodide: Path | None = None) -> None:
    """Build the site of notebooks into a folder.

    Parameters
    ----------
    out : Path
    pyodide : Path, optional
        A folder with the full distribution of Pyodide, which becomes part of the site. By default browsers fetch it
        from its public address, and then need a network.

    Raises
    ------
    FileNotFoundError
        If the folder holds no distribution of Pyodide.
    subprocess.CalledProcessError
        If a tool fails; it says why.
    """
    if pyodide is not None and (missing := [name for name in PYODIDE if not (pyodide / name).is_file()]):
        raise FileNotFoundError(
            f"{str(pyodide)!r} holds no distribution of Pyodide: it has no {' and no '.join(missing)}"
        )
    with tempfile.TemporaryDirectory() as scratch:
        lite, contents = Path(scratch, "lite"), Path(scratch, "contents")
        contents.mkdir()
        for path in running():
            nbformat.write(prepared(path), contents / path.name)
        wheels = lite / "pypi"
        wheels.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "--quiet"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", wheels, _source(scratch)], check=True)
        subprocess.run([*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", wheels, *WHEELS], check=True)
        if pyodide is not None:
            shutil.copytree(pyodide, lite / "static" / "pyodide")
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--apps=lab", "--apps=repl"]
        command += [f"--lite-dir={lite}", f"--contents={contents}", f"--output-dir={out.resolve()}"]
        # It leaves a record of what it built where it is started, and trusts what it finds there.
        subprocess.run(command, check=True, cwd=scratch, stdout=subprocess.DEVNULL)


def prepared(path: Path) -> nbformat.NotebookNode:
    """A notebook as the site has it: minode is installed on top, and the outputs are there to be compared with."""
    notebook = read(path)
    top = [
        new_markdown_cell("*This notebook runs in your browser. The first cell fetches what it needs.*"),
        new_code_cell(INSTALL),
    ]
    notebook.cells = top + body(notebook)
    return notebook


def _source(scratch):
    """A copy of what the wheel is made of: setuptools leaves a folder, whose old files the next wheel would have."""
    source = Path(scratch, "source")
    shutil.copytree(ROOT / "minode", source / "minode", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    return source
