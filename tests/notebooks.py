"""The notebooks of the course, executed: their cells, and the solutions of their exercises after them.

``python -m tests.notebooks [NAME ...]`` executes notebooks (all of them by default) and writes them with their outputs,
what belongs on top (how to open them), and a thumbnail for README.
"""

import argparse
import copy
import hashlib
import io
import re
import tempfile
import time
from base64 import b64decode, b64encode
from pathlib import Path

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from PIL import Image

from minode.base.files import replacing

# Where the project can be cloned from, such as "https://github.com/OWNER/NAME"; None until there is such a place. It
# switches on the links to Colab, and then setup.cfg (url) and CITATION.cff (repository-code) name it, too.
ADDRESS = None
ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
THUMBNAILS = FOLDER / "thumbnails"
THUMBNAIL_WIDTH = 400
# Of one cell: far above what any takes, since machines are shared.
TIMEOUT = 900
COLAB = "https://colab.research.google.com"
OPENED = (
    "*To run this notebook, start Jupyter in minode's folder, the one that holds `setup.cfg`:* "
    "`python3 -m venv .venv && .venv/bin/pip install '.[notebooks]' && .venv/bin/jupyter lab notebooks`"
)
SOLUTION = re.compile(r"<details>.*?</details>", re.DOTALL)
WIDGET = "application/vnd.jupyter.widget-view+json"
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def paths():
    """The notebooks, in the order of their numbers."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))


def read(path):
    """Read a notebook."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    """The cells that are executed."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def solutions(notebook):
    """The code in the folded solutions of the exercises."""
    return [
        code
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for folded in SOLUTION.findall(cell.source)
        for code in CODE.findall(folded)
    ]


def fingerprint(notebook):
    """What identifies the code that a notebook's outputs came from."""
    return hashlib.sha256("\0".join(cell.source for cell in code_cells(notebook)).encode()).hexdigest()


def execute(notebook):
    """Execute a notebook and then, in the same process, the solutions of its exercises.

    Returns
    -------
    notebook
        A copy, with outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell or a solution raises an error.
    """
    executed = copy.deepcopy(notebook)
    executed.cells += map(new_code_cell, solutions(notebook))
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(
            executed,
            timeout=TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
            # Prints of a slow cell may arrive in parts, as it happens.
            coalesce_streams=True,
        ).execute()
    del executed.cells[len(notebook.cells) :]
    for cell in code_cells(executed):
        # A slider is dead without its kernel. The picture that it moves is an output of its own.
        cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    return executed


def outputs(notebook):
    """What a notebook shows: for each executed cell, for each of its outputs, the kind and the text or data."""
    return [[(_kind(output), _content(output)) for output in cell.outputs] for cell in code_cells(notebook)]


def opening(name):
    """The cells on top of a notebook: how to open it from a checkout and, where there is an address, in Colab."""
    if ADDRESS is None:
        return [new_markdown_cell(OPENED)]
    path = ADDRESS.removeprefix("https://github.com/")
    badge = f"{COLAB}/assets/colab-badge.svg"
    link = f"{COLAB}/github/{path}/blob/main/notebooks/{name}.ipynb"
    return [
        new_markdown_cell(f"{OPENED}\n\n[![Open in Colab]({badge})]({link})"),
        new_code_cell(f'import sys\n\nif "google.colab" in sys.modules:\n    %pip install --quiet git+{ADDRESS}'),
    ]


def body(notebook):
    """The cells of a notebook from its title on: what is above is written anew each time."""
    titled = (
        i for i, cell in enumerate(notebook.cells) if cell.cell_type == "markdown" and cell.source.startswith("# ")
    )
    return notebook.cells[next(titled, 0) :]


def write(path):
    """Execute the notebook at `path` and write it with its outputs, and its thumbnail; the seconds it took."""
    notebook = read(path)
    notebook.cells = opening(path.stem) + body(notebook)
    start = time.perf_counter()
    notebook = execute(notebook)
    seconds = time.perf_counter() - start
    for i, cell in enumerate(notebook.cells):
        cell.id = f"cell-{i:02}"
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if cell.metadata.get(key)}
    for output in (output for cell in code_cells(notebook) for output in cell.outputs if _kind(output) == "image/png"):
        output.data["image/png"] = lighter(output.data["image/png"])
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "minode": {"executed": fingerprint(notebook)},
    }
    notebook.nbformat_minor = 5
    with replacing(path) as temporary:
        nbformat.write(notebook, temporary)
    THUMBNAILS.mkdir(exist_ok=True)
    with replacing(THUMBNAILS / f"{path.stem}.png") as temporary:
        thumbnail(notebook).save(temporary, format="png", optimize=True)
    return seconds


def lighter(png):
    """A picture in 256 colours, base64 as it came: half the bytes or less, and the eye sees no difference."""
    with io.BytesIO() as buffer:
        image = Image.open(io.BytesIO(b64decode(png))).convert("RGB")
        image.quantize(256, kmeans=1, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
        return b64encode(buffer.getvalue()).decode()


def thumbnail(notebook):
    """The picture of the cell tagged "thumbnail", made small."""
    (cell,) = [cell for cell in code_cells(notebook) if "thumbnail" in cell.metadata.get("tags", [])]
    (png,) = [output.data["image/png"] for output in cell.outputs if _kind(output) == "image/png"]
    image = Image.open(io.BytesIO(b64decode(png))).convert("RGB")
    height = round(image.height * THUMBNAIL_WIDTH / image.width)
    small = image.resize((THUMBNAIL_WIDTH, height), Image.Resampling.LANCZOS)
    return small.quantize(128, kmeans=1, dither=Image.Dither.NONE)


def main(arguments=None):
    """Execute and write the notebooks named on the command line."""
    parser = argparse.ArgumentParser(description="Execute notebooks and write them with their outputs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01 or 01_resnet_is_euler; all by default")
    options = parser.parse_args(arguments)
    for name in options.names:
        if not any(path.stem.startswith(name) for path in paths()):
            parser.error(f"NAME is {name!r}; expected the beginning of one of {[path.stem for path in paths()]}")
    for path in paths():
        if not options.names or path.stem.startswith(tuple(options.names)):
            print(f"{path.stem}: {write(path):.0f} s", flush=True)


def _kind(output):
    if output.output_type in ("stream", "error"):
        return output.get("name", "error")
    return next((kind for kind in ("image/png", "image/gif", "text/html") if kind in output.data), "text/plain")


def _content(output):
    return output.text if output.output_type == "stream" else output.get("data", output)


if __name__ == "__main__":
    main()
