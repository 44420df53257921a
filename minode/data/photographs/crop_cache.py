"""Characters that were cut out before, found again by what is in the folder of their photographs."""

import hashlib
import json
import zipfile
from contextlib import suppress

import numpy as np

from minode.base import files
from minode.data.photographs.crops import Crops, Reading

# To be raised whenever what is cut out changes.
VERSION = 1


def cached(root, listing, settings, make):
    """Take a reading from the user's cache, or make it and put it there.

    Parameters
    ----------
    root : Path
    listing : dict
        Split -> `folders.Listing`.
    settings : dict
        What else the reading depends on.
    make : callable
        ``make() -> Reading``

    Returns
    -------
    Reading
        Made anew if the file in the cache is damaged.
    """
    path = files.cache_folder() / f"crops-{key(root, listing, settings)}.npz"
    with suppress(OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return _load(path)
    reading = make()
    # A cache that cannot be written to costs time, and nothing else.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as temporary:
            _save(temporary, reading)
    return reading


def key(root, listing, settings):
    """Hash what a reading depends on: the settings, all annotations, and name, size and time of every image."""
    digest = hashlib.sha256(json.dumps({**settings, "version": VERSION, "root": str(root.resolve())}).encode())
    for split, found in listing.items():
        digest.update(json.dumps([split, found.problems]).encode())
        for image in found.images:
            about = image.stat()
            name = image.relative_to(root).as_posix()
            digest.update(json.dumps([name, about.st_size, about.st_mtime_ns]).encode())
            digest.update(image.with_suffix(".txt").read_bytes())
    return digest.hexdigest()[:32]


def _save(path, reading):
    arrays = {
        f"{split}_{name}": array for split, found in reading.splits.items() for name, array in found._asdict().items()
    }
    np.savez(path, splits=np.array(list(reading.splits)), left_out=np.array(reading.left_out, dtype=str), **arrays)


def _load(path):
    with np.load(path, allow_pickle=False) as archive:
        splits = {
            str(split): Crops(*(archive[f"{split}_{name}"] for name in Crops._fields)) for split in archive["splits"]
        }
        return Reading(splits, [str(problem) for problem in archive["left_out"]])
