"""Stand-ins for UFPR-AMR and UFPR-ALPR: made-up photographs with the folders and annotations of the real ones.

The data sets of Laroca et al. (2018, 2019) are lent under licence, so nobody can be expected to have them. The same
loader reads the stand-ins. **They are not the real data:** errors on them show how networks compare on images of this
kind, but not how they do on the real photographs.
"""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from minode.base.checks import one_of, positive_int
from minode.base.files import writable_folder, write_json
from minode.base.progress import bar
from minode.base.threads import workers
from minode.base.types import PathLike
from minode.data.photographs.synthetic.meters import meter
from minode.data.photographs.synthetic.plates import FRAMES, LETTERS, vehicle

# The shares of the splits in fifths, as in the originals.
SPLITS = {"training": 2, "validation": 1, "testing": 2}
FULL = {"amr": 2000, "alpr": 150}
# The default numbers, which take seconds to make and suffice for a first look.
SMALL = {"amr": 500, "alpr": 50}
# A file in the folder that says that it is a stand-in.
MARKER = "SYNTHETIC.json"
VERSION = 1


def write(kind: str, root: PathLike, n: int | None = None, seed: int = 0) -> Path:
    """Write a stand-in to `root`: the folders training, validation and testing with 40, 20 and 40 per cent of it.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    root : path
        A new or empty folder. It gets all of the files or, if anything fails, none.
    n : int, optional
        Number of meters, or of vehicles with 30 frames each. `SMALL` has the default, `FULL` that of the originals.
    seed : int

    Returns
    -------
    Path
        `root`.

    Raises
    ------
    ValueError
        If the kind is unknown, `n` is less than five, or the seed is negative.
    FileExistsError
        If `root` exists and is no folder, or a folder that is not empty.
    OSError
        If it cannot be made.
    """
    draw = {"amr": _write_meter, "alpr": _write_vehicle}[one_of(kind, "kind", tuple(FULL))]
    n = SMALL[kind] if n is None else positive_int(n, "n")
    if n < sum(SPLITS.values()):
        raise ValueError(f"n is {n}; expected at least {sum(SPLITS.values())}, one for each fifth of the splits")
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected zero or more")
    root = Path(root)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        state = "not empty" if root.is_dir() else "no folder"
        raise FileExistsError(f"root {str(root)!r} is {state}; expected a new or an empty folder")
    writable_folder(root.parent)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=f".{root.name}-") as temporary:
        unfinished = Path(temporary) / "data"
        folders = split_names(n)
        for name in SPLITS:
            (unfinished / name).mkdir(parents=True)
        with workers() as apply:
            drawn = apply(partial(draw, unfinished, seed), range(n), folders)
            for _ in bar(drawn, total=n, desc=f"drawing {root.name}", leave=False):
                pass
        write_json(unfinished / MARKER, {"kind": kind, "n": n, "seed": seed, "version": VERSION})
        if root.exists():
            root.rmdir()
        shutil.move(unfinished, root)
    return root


def split_names(n: int) -> list[str]:
    """Name the split of each of `n` items: in order, two fifths, one fifth and two fifths of them."""
    names, ends = list(SPLITS), np.cumsum(list(SPLITS.values()))
    ends = np.rint(ends * n / ends[-1])
    return [names[int(np.searchsorted(ends[:-1], i, side="right"))] for i in range(n)]


def _write_meter(root, seed, i, split):
    one = meter(np.random.default_rng((seed, i)))
    name = root / split / f"meter{i + 1:04}"
    one.image.save(name.with_suffix(".jpg"), quality=90)
    lines = [f"counter: {_numbers(one.counter)}", f"reading: {one.reading}"]
    lines += [f"digit {j}: {_numbers(box)}" for j, box in enumerate(one.digits, start=1)]
    _write_text(name.with_suffix(".txt"), lines)


def _write_vehicle(root, seed, i, split):
    one = vehicle(np.random.default_rng((seed, i)), FRAMES)
    track = f"track{i + 1:04}"
    folder = root / split / track
    folder.mkdir()
    for j, frame in enumerate(one.frames, start=1):
        name = folder / f"{track}[{j:02}].png"
        frame.image.save(name)
        lines = ["camera: synthetic", f"position_vehicle: {_numbers(frame.vehicle)}"]
        lines += [f"\ttype: {one.kind}", f"\tmake: {one.make}", f"\tmodel: {one.model}", f"\tyear: {one.year}"]
        lines += [f"plate: {one.plate[:LETTERS]}-{one.plate[LETTERS:]}", f"position_plate: {_numbers(frame.plate)}"]
        lines += [f"\tchar {k}: {_numbers(box)}" for k, box in enumerate(frame.characters, start=1)]
        _write_text(name.with_suffix(".txt"), lines)


def _numbers(box):
    return " ".join(map(str, box))


def _write_text(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
