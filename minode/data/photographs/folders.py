"""Finding UFPR-AMR and UFPR-ALPR, and the files in them that belong together."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from minode.base import files
from minode.base.checks import one_of
from minode.base.types import PathLike
from minode.data.photographs import synthetic
from minode.data.photographs.annotations import FORMS

NAMES = {"amr": "UFPR-AMR", "alpr": "UFPR-ALPR"}
SPLITS = tuple(synthetic.SPLITS)
IMAGES = {".jpg", ".jpeg", ".png"}


class Listing(NamedTuple):
    """The files of a split.

    Attributes
    ----------
    images : list of Path
        The images that have an annotation beside them.
    problems : list of str
        What is wrong with the other files.
    """

    images: list
    problems: list


def locate(kind: str, root: PathLike | None = None) -> tuple[Path, str]:
    """Find a data set, or make a small stand-in for it.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    root : path-like, optional
        Without it the data are looked for in `$MINODE_DATA` and in the user's cache.

    Returns
    -------
    root : Path
        The folder that has the folders training, validation and testing.
    origin : str
        A sentence that says what the data are; for a stand-in it says so.

    Raises
    ------
    FileNotFoundError
        If `root` does not have these folders; the message names its parent or a child that has them.
    """
    one_of(kind, "kind", tuple(FORMS))
    root = find(kind) if root is None else Path(root)
    if root is None:
        root = files.cache_folder() / f"{NAMES[kind]}-synthetic-{synthetic.SMALL[kind]}-version-{synthetic.VERSION}"
        if not root.is_dir():
            synthetic.write(kind, root)
    return _checked(root, kind), _origin(root, kind)


def find(kind: str) -> Path | None:
    """Look for the photographs of a data set in `$MINODE_DATA` and in the user's cache.

    Returns
    -------
    Path or None
    """
    places: list[PathLike | None] = [os.environ.get("MINODE_DATA"), files.cache_folder()]
    for place in places:
        if place and (found := Path(place) / NAMES[kind]).is_dir():
            return found
    return None


def photographs(root: Path, split: str) -> Listing:
    """List the photographs of a split that have annotations, and files without a partner or outside of the root.

    Parameters
    ----------
    root : Path
    split : str

    Returns
    -------
    Listing
    """
    inside = root.resolve()
    by_name: dict[Path, list[Path]] = {}
    problems = []
    for path in sorted((root / split).rglob("*")):
        if path.name.startswith(".") or path.suffix.lower() not in {*IMAGES, ".txt"}:
            continue
        if not path.resolve().is_relative_to(inside):
            problems.append(f"{path}: it leads outside of {str(root)!r}")
        else:
            by_name.setdefault(path.with_suffix(""), []).append(path)
    images = []
    for found in by_name.values():
        of_images = [path for path in found if path.suffix.lower() in IMAGES]
        if len(of_images) > 1:
            problems.append(f"{of_images[1]}: there is another image of this name, {of_images[0].name}")
        elif not of_images:
            problems.append(f"{found[0]}: there is no image to this annotation")
        elif len(found) == 1:
            problems.append(f"{found[0]}: there is no annotation to this image, {found[0].stem}.txt")
        else:
            images += of_images
    return Listing(images, problems)


def _checked(root, kind):
    missing = [name for name in SPLITS if not (root / name).is_dir()]
    if not missing:
        return root
    if not root.is_dir():
        raise FileNotFoundError(f"root {str(root)!r} is not a folder; expected that of {NAMES[kind]}")
    hint = ""
    candidates = [root.resolve().parent, *(child for child in sorted(root.iterdir()) if child.is_dir())]
    for candidate in candidates:
        if all((candidate / name).is_dir() for name in SPLITS):
            hint = f"; {str(candidate)!r} has them: is that one meant?"
            break
    raise FileNotFoundError(
        f"root {str(root)!r} has no folder {', '.join(missing)}; expected that of {NAMES[kind]} with "
        f"{', '.join(SPLITS)}{hint}"
    )


def is_stand_in(root: PathLike) -> bool:
    """Whether a folder has a synthetic stand-in."""
    return (Path(root) / synthetic.MARKER).is_file()


def _origin(root, kind):
    if not is_stand_in(root):
        return f"{NAMES[kind]}, photographs of {'meters' if kind == 'amr' else 'vehicles'}"
    made = json.loads((root / synthetic.MARKER).read_text(encoding="utf-8"))
    things = "meters" if kind == "amr" else "vehicles"
    return (
        f"a synthetic stand-in for {NAMES[kind]} ({made['n']} {things}, seed {made['seed']}, version "
        f"{made['version']}): its errors are not those of the real photographs"
    )
