"""The page as one HTML file: its parts put together, the numbers embedded. It asks no network for anything."""

import json
import re
from pathlib import Path

from minode.base.files import replacing, writable_folder
from minode.base.types import PathLike
from minode.experiments.common.records import long_runs
from minode.explore.weights import encoded
from minode.ode.steps import tableau

FOLDER = Path(__file__).parent
NAME = "explore.html"
# By this a page is known to be one of ours, which a new one may replace.
MARK = '<meta name="generator" content="minode explore">'
# The modules of `numbers/`; each has a file of what it computed there.
SUBJECTS = ("line", "backward", "rings", "digits")
CHAPTERS = ("layers", "training", "tolerance", "backward", "rings", "digits")
# What needs no document, and runs in Node as well as in browsers.
MATHEMATICS = (
    *("words", "random", "solver", "perceptron", "adjoint", "optimiser"),
    *("line", "backward", "rings", "convolution", "digits", "checks"),
)
DRAWING = ("theme", "plot", "handle", "controls", "figure", "trajectories", "space", "pad")
STYLES = ("colours", "page", "controls")


def numbers() -> dict:
    """Return all that is embedded in the page: a dict a subject, weights of the digits' NODE, and dopri5's tableau."""
    content = {subject: json.loads(_read(f"numbers/{subject}.json")) for subject in SUBJECTS}
    _, params = long_runs.MNIST.node()
    content["digits"]["weights"] = encoded(params)
    content["tableau"] = {name: getattr(tableau, name) for name in "CAEP"}
    return content


def mathematics() -> str:
    """Return the scripts that only compute, as one text in which `NUMBERS` is defined, too."""
    # "</" would end the script element that the page embeds it in.
    embedded = json.dumps(numbers(), separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    scripts = [_read(f"parts/mathematics/{name}.js") for name in MATHEMATICS]
    return "\n".join([f"const NUMBERS = {embedded};", *scripts])


def assemble() -> str:
    """Return the page."""
    names = [f"drawing/{name}.js" for name in DRAWING] + [f"chapters/{name}.js" for name in CHAPTERS] + ["start.js"]
    parts = {
        "mark": MARK,
        "style": "\n".join(_read(f"parts/style/{name}.css") for name in STYLES),
        "chapters": "\n".join(_read(f"parts/chapters/{name}.html") for name in CHAPTERS),
        "script": "\n".join([mathematics(), *(_read(f"parts/{name}") for name in names)]),
    }
    return re.sub(r"<!-- part: (\w+) -->", lambda found: parts[found[1]], _read("parts/page.html"))


def write(folder: PathLike) -> Path:
    """Write the page into a folder, whole or not at all; it replaces an older one.

    Parameters
    ----------
    folder : path
        Made if it is not there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        If there is something of that name that is no such page.
    OSError
        If the folder cannot be written to.
    """
    path = writable_folder(folder) / NAME
    if path.exists() and not (path.is_file() and MARK in path.read_text(encoding="utf-8", errors="replace")):
        raise FileExistsError(f"{str(path)!r} is no page of `minode explore`; name another folder, or move it away")
    with replacing(path) as temporary:
        temporary.write_text(assemble(), encoding="utf-8", newline="\n")
    return path


def _read(name):
    return (FOLDER / name).read_text(encoding="utf-8")
