"""UFPR-AMR and UFPR-ALPR: the characters of electricity meters and licence plates, cut out of photographs.

Laroca et al. (2019) and Laroca et al. (2018) lend their photographs under licence. If they are not found, a synthetic
stand-in in the same form is made (see `minode.data.photographs.synthetic`). Every result on it says so.
"""

from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from minode.base.progress import bar
from minode.base.threads import workers
from minode.base.types import PathLike
from minode.data.dataset import Dataset, Split, make_dataset, pixels, table
from minode.data.photographs import annotations, crops, folders
from minode.data.photographs.crop_cache import cached
from minode.data.photographs.crops import Crops, Reading

# Our names of the splits, and the names of their folders.
SPLITS = dict(zip(("train", "validation", "test"), folders.SPLITS))
CLASS_NAMES = {"amr": tuple("0123456789"), "alpr": tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
# The first label that is a letter.
LETTER = CLASS_NAMES["alpr"].index("A")
# Places of the characters of a plate that are augmented: its three letters.
AUGMENTED = range(3)


def load(kind: str, root: PathLike | None = None, augmented: bool = False, skip_bad: bool = False) -> Dataset:
    """Load the characters of a data set.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    root : path-like, optional
        Folder with training, validation and testing. Without it "UFPR-AMR" or "UFPR-ALPR" is looked for in
        `$MINODE_DATA`, then in the user's cache. If neither has it, a small synthetic stand-in is made in the cache.
    augmented : bool
        Add two copies of each letter of a plate, one grey and one sharpened, in training and validation (section 4.3).
        The reference script adds them to the test set, too.
    skip_bad : bool
        Leave out photographs that cannot be used. The notes of the data set name them.

    Returns
    -------
    Dataset
        Images of shape (28, 28, 3).

    Raises
    ------
    ValueError
        If photographs or annotations cannot be used and `skip_bad` is not set, if a split is empty, or if `augmented`
        is set for "amr", which has no letters.
    FileNotFoundError
        If `root` does not have the folders; the message names its parent or a child that has them.
    """
    root, origin = folders.locate(kind, root)
    reading = read_folder(kind, root, augmented)
    if reading.left_out and not skip_bad:
        raise ValueError(
            f"{len(reading.left_out)} files of {str(root)!r} cannot be used; the first: {reading.left_out[0]}. "
            "Mend them, or leave them out with --skip-bad"
        )
    for name, found in reading.splits.items():
        if not len(found.y):
            raise ValueError(f"the split {name!r} of {str(root)!r} has no photograph that can be used")
    train, validation, test = (_split(reading.splits[theirs]) for theirs in SPLITS.values())
    notes = [origin, *(f"left out: {problem}" for problem in reading.left_out)]
    return make_dataset(train, validation, test, CLASS_NAMES[kind], notes)


def describe_data(kind: str, root: PathLike | None = None, augmented: bool = False, skip_bad: bool = False) -> str:
    """Load a data set and describe where it was found and what is in it.

    Parameters
    ----------
    kind, root, augmented, skip_bad
        As for `load`, which also says what errors are raised.

    Returns
    -------
    str
        The place and the notes, then a table with the number of characters per split and class.
    """
    place, _ = folders.locate(kind, root)
    dataset = load(kind, place, augmented, skip_bad)
    return "\n".join([f"{folders.NAMES[kind]} from {place}", *dataset.notes, table(dataset)])


def read_folder(kind: str, root: Path, augmented: bool = False) -> Reading:
    """Cut the characters of all splits out of their photographs, or take them from the cache.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    root : path
        As `folders.locate` returns it.
    augmented : bool

    Returns
    -------
    Reading
    """
    if augmented and kind != "alpr":
        raise ValueError(f"augmented data of {kind!r} were asked for; expected 'alpr', letters of plates are augmented")
    listing = {name: folders.photographs(root, name) for name in SPLITS.values()}
    settings = {"kind": kind, "augmented": augmented, "margin": crops.MARGIN[kind], "size": crops.SIZE}
    return cached(root, listing, settings, lambda: _read(kind, root, listing, augmented))


def read_character_boxes(kind: str, path: PathLike) -> tuple[Image.Image, annotations.Annotation]:
    """Read a photograph and its annotation.

    Returns
    -------
    image : PIL.Image
    annotation : Annotation

    Raises
    ------
    ValueError, OSError
        If the photograph or its annotation cannot be used.
    """
    image = crops.read_photograph(path)
    return image, annotations.read_annotation(Path(path).with_suffix(".txt"), kind, image.size)


def _read(kind, root, listing, augmented):
    left_out = [problem for found in listing.values() for problem in found.problems]
    splits = {}
    total = sum(len(found.images) for found in listing.values())
    with bar(total=total, desc=f"reading {root.name}", leave=False, unit="photograph") as done, workers() as apply:
        for name, found in listing.items():
            copied = augmented and name != SPLITS["test"]
            parts = []
            for part in apply(partial(_photograph, kind, root, copied), found.images):
                (left_out if isinstance(part, str) else parts).append(part)
                done.update()
            splits[name] = _joined(parts)
    return Reading(splits, left_out)


def _photograph(kind, root, augmented, path):
    """Cut out the characters of a photograph; return a string that says what is wrong if it cannot be used."""
    try:
        image, annotation = read_character_boxes(kind, path)
    except (ValueError, OSError) as error:
        return str(error)
    margin, relative, classes = crops.MARGIN[kind], path.relative_to(root).as_posix(), CLASS_NAMES[kind]
    x, y, source = [], [], []
    for i, (character, box) in enumerate(zip(annotation.text, annotation.boxes)):
        variants = {"": crops.cut(image, box, margin)}
        if augmented and i in AUGMENTED:
            variants |= dict(zip((" grey", " sharp"), crops.copies(image, box, margin)))
        for suffix, crop in variants.items():
            x.append(crop)
            y.append(classes.index(character))
            source.append(f"{relative} {i + 1}{suffix}")
    return Crops(np.stack(x), np.array(y), np.array(source))


def _joined(parts):
    if not parts:
        return Crops(np.zeros((0, crops.SIZE, crops.SIZE, 3), np.uint8), np.zeros(0, int), np.zeros(0, "U1"))
    return Crops(*map(np.concatenate, zip(*parts)))


def _split(found):
    return Split(pixels(found.x), found.y)
