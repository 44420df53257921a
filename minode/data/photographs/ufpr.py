"""UFPR-AMR and UFPR-ALPR: the characters of electricity meters and licence plates, cut out of photographs.

Laroca et al. (2019) and Laroca et al. (2018) lend their photographs under licence. Where there are none, a synthetic
stand-in in the same form is made (see `minode.data.synthetic`), and named as such wherever its results are.
"""

from functools import partial
from pathlib import Path

import numpy as np

from minode.base.progress import bar
from minode.base.threads import workers
from minode.data.dataset import Split, make_dataset, pixels, table
from minode.data.photographs import annotations, crops, folders
from minode.data.photographs.crop_cache import cached
from minode.data.photographs.crops import Crops, Reading

# Ours by theirs: trained on training, chosen by validation, reported on testing.
SPLITS = dict(zip(("train", "validation", "test"), folders.SPLITS))
CLASS_NAMES = {"amr": tuple("0123456789"), "alpr": tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
# Labels from here on are of letters.
LETTER = CLASS_NAMES["alpr"].index("A")
# Of a plate, whose first three characters are letters.
AUGMENTED = range(3)


def load(kind, root=None, augmented=False, skip_bad=False):
    """Load the characters of a data set.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    root : path-like, optional
        Folder with training, validation and testing. Without it "UFPR-AMR" or "UFPR-ALPR" is looked for in
        `$MINODE_DATA`, then in the user's cache; then a small synthetic stand-in is made there.
    augmented : bool
        Two copies more of each letter of a plate, one grey, one sharpened, in training and validation (section 4.3).
        The reference script has them in the test set, too.
    skip_bad : bool
        Leave photographs out that cannot be used. They are named in the notes of the data set.

    Returns
    -------
    Dataset
        Images of shape (28, 28, 3).

    Raises
    ------
    ValueError
        If photographs or annotations cannot be used and `skip_bad` is not set, a split is empty, or no letters are
        there to be augmented.
    FileNotFoundError
        If `root` does not have the folders; if its parent or a child does, the message says so.
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
    splits = [_split(reading.splits[theirs]) for theirs in SPLITS.values()]
    notes = [origin, *(f"left out: {problem}" for problem in reading.left_out)]
    return make_dataset(*splits, CLASS_NAMES[kind], notes)


def describe_data(kind, root=None, augmented=False, skip_bad=False):
    """Load a data set and tell where it was found and what is in it.

    Parameters
    ----------
    kind, root, augmented, skip_bad
        As for `load`, which says what is raised.

    Returns
    -------
    str
        The place and the notes, then a table of characters per split and class.
    """
    place, _ = folders.locate(kind, root)
    dataset = load(kind, place, augmented, skip_bad)
    return "\n".join([f"{folders.NAMES[kind]} from {place}", *dataset.notes, table(dataset)])


def read_folder(kind, root, augmented=False):
    """Cut the characters of all splits out of their photographs, or take them from the cache of an earlier time.

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


def read_character_boxes(kind, path):
    """Read an annotated photograph.

    Returns
    -------
    image : PIL.Image
    annotation : Annotation

    Raises
    ------
    ValueError, OSError
        If it or its annotation cannot be used.
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
    """The characters of a photograph, or what is wrong with it."""
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
