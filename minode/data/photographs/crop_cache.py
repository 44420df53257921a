"""A cache of characters that were cut out before; its key is computed from the folder of the photographs."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from minode.base import files
from minode.data.photographs.crops import Crops, Reading
from minode.data.photographs.folders import Listing

# Increase this whenever the code cuts out characters differently.
VERSION = 1


def cached(root: Path, listing: dict[str, Listing], settings: dict, make: Callable[[], Reading]) -> Reading:
    """Take a reading from the user's cache, or make it and store it there.

    Parameters
    ----------
    root : Path
    listing : dict
        The `folders.Listing` of each split.
    settings : dict
        Everything else that the reading depends on.
    make : callable
        ``make() -> Reading``

    Returns
    -------
    Reading
        It is made again if the file in the cache is damaged.
    """
    path = files.cache_folder() / f"crops-{key(root, listing, settings)}.npz"
    with suppress(OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return _load(path)
    reading = make()
    # If the cache cannot be written to, the only harm is that the next call takes as long.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as temporary:
            _save(temporary, reading)
    return reading


def key(root: Path, listing: dict[str, Listing], settings: dict) -> str:
    """Hash everything a reading depends on: the settings, all annotations, and each image's name, size and time."""
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
