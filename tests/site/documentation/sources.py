"""What Sphinx reads: the repository's pages at their own places, and pages of reference made from its modules."""

import pkgutil
import shutil
from importlib import import_module
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from tests.notebooks import FOLDER as NOTEBOOKS
from tests.notebooks import ROOT, paths, read
from tests.site import lite

# It becomes the site's first page.
FIRST = "README.md"
PAGES = (
    FIRST,
    "figures/README.md",
    "figures/protocol.md",
    "minode/README.md",
    "tests/README.md",
    "tests/benchmarks/README.md",
    "figures/unfinished/README.md",
)
# Pictures, numbers and the interactive page: linked to and shown, not read by Sphinx.
FILES = ("figures/*.png", "figures/*.gif", "figures/*.json", "figures/*.html", "CITATION.cff")
# In reading order. Experiments speak by the gallery, and commands by their help.
PACKAGES = ("ode", "gradcheck", "estimation", "nn", "data", "training", "explore", "base")
# In HTML, since Markdown's links lead to pages that Sphinx knows.
IN_THE_BROWSER = (
    '<a href="../{lite}/lab/index.html?path={name}">Run it in the browser</a>, without installing anything.'
)
# What README has beside its text in the documentation: what is where.
CONTENTS = """
```{{toctree}}
:hidden:

{pages}
```

```{{toctree}}
:hidden:
:caption: The course
:glob:

notebooks/*
```

```{{toctree}}
:hidden:
:caption: Reference
:glob:

reference/minode
{reference}
```
"""


def lay(folder: Path, files: Path) -> None:
    """Lay what Sphinx reads into one folder, and into another the files that become part of the site as they are."""
    for page in PAGES:
        _copy(ROOT / page, folder / ("index.md" if page == FIRST else page))
    for path in [*paths(), *(NOTEBOOKS / "thumbnails").glob("*.png")]:
        _copy(path, folder / path.relative_to(ROOT))
    for path in lite.running():
        notebook = read(path)
        notebook.cells.insert(0, new_markdown_cell(IN_THE_BROWSER.format(lite=lite.NAME, name=path.name)))
        nbformat.write(notebook, folder / path.relative_to(ROOT))
    for pattern in FILES:
        for path in ROOT.glob(pattern):
            # Sphinx looks for what pages link to and show.
            for place in (folder, files):
                _copy(path, place / path.relative_to(ROOT))
    reference = folder / "reference"
    reference.mkdir()
    names = [name for package in PACKAGES for name in packages(f"minode.{package}")]
    for name in ["minode", *names]:
        (reference / f"{name}.rst").write_text(page_of(name), encoding="utf-8")
    lists = {
        "pages": "\n".join(page[:-3] for page in PAGES[1:]),
        "reference": "\n".join(f"reference/{n}" for n in names),
    }
    with open(folder / "index.md", "a", encoding="utf-8") as first:
        first.write(CONTENTS.format(**lists))


def packages(name: str) -> list[str]:
    """A package and all packages in it, by their dotted names."""
    path = import_module(name).__path__
    inner = [f"{name}.{each.name}" for each in pkgutil.iter_modules(path) if each.ispkg]
    return [name, *(deeper for package in inner for deeper in packages(package))]


def page_of(name: str) -> str:
    """The reference of a package: its own docstring, then its modules with all that is public in them."""
    package = import_module(name)
    members = "" if name != "minode" else "\n   :members:\n   :imported-members:"
    parts = [f"{name}\n{'=' * len(name)}\n", f".. automodule:: {name}{members}\n"]
    if name != "minode":
        for module in pkgutil.iter_modules(package.__path__, f"{name}."):
            if not module.ispkg and not module.name.endswith("__main__"):
                title = module.name.removeprefix("minode.")
                parts.append(f"{title}\n{'-' * len(title)}\n\n.. automodule:: {module.name}\n   :members:\n")
    return "\n".join(parts)


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
