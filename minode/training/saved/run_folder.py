"""The folder of a run: the files in it, and the lock that lets only one process write there.

config.json     the configuration, for people to read
history.csv     a row for each batch, each epoch and each evaluation
last.npz        the state of the run
best.npz        its state after the epoch with the lowest validation error
result.json     the results, once the run is finished
"""

import contextlib
import errno
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from minode.base.files import replacing, writable_folder
from minode.base.types import PathLike
from minode.training.setup.config import strict_json

# Unix has the first of these modules and Windows the second; Python in a browser has neither.
try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]
try:
    import msvcrt
except ImportError:
    msvcrt = None  # type: ignore[assignment]

CONFIG, HISTORY, LAST, BEST, RESULT = "config.json", "history.csv", "last.npz", "best.npz", "result.json"
LOCK = ".lock"
# What a checkpoint relies on is as new as the checkpoint or newer: it is read after it, and written before it.
ORDER = (LAST, HISTORY, BEST, CONFIG, RESULT)
# Errors which mean that another process holds the lock, or has just removed it. Any other error means that the file
# system has no locks.
HELD = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK, errno.ENOENT}


@contextlib.contextmanager
def occupied(folder: PathLike) -> Iterator[Path]:
    """Make the folder of a run if it does not exist, and lock it against other processes for a ``with`` block.

    The operating system keeps the lock and releases it when the process ends, however that happens. **Some systems have
    no locks**, such as Python in a browser, where there is no other process either. On a file system without locks, as
    some network drives are, a RuntimeWarning says so: two processes could then train in one folder and spoil the run.
    If the block raises before the run has a checkpoint, a folder that existed is left as it was, and one that was made
    here is removed.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If another process has locked the folder, or if it cannot be written to.
    """
    folder = Path(folder)
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with _locked(writable_folder(folder) / LOCK) as alone:
            # Since no other process writes here, unfinished files were left by a process that was killed.
            for name in map(Path, (CONFIG, LAST, BEST, RESULT) if alone else ()):
                for unfinished in folder.glob(f".{name.stem}-*{name.suffix}"):
                    unfinished.unlink()
            yield folder
    except BaseException:
        # `rmdir` fails for a folder that is not empty, so one with a run or with other files stays.
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()
        raise


@contextlib.contextmanager
def _locked(path):
    """Hold the lock file `path`; if the block raises and no run has begun, remove the file if it was made here.

    Yields
    ------
    bool
        False if the file system has no locks.
    """
    new = not path.exists()
    with open(path, "a+b") as lock:
        alone = _try_to_lock(lock, path)
        try:
            yield alone
        except BaseException:
            if new and not path.with_name(LAST).exists():
                with contextlib.suppress(OSError):
                    path.unlink()
            raise


def _try_to_lock(lock, path):
    try:
        _lock(lock)
        # This raises if another process has just removed the file while giving up its lock.
        path.stat()
        return True
    except OSError as error:
        if error.errno in HELD:
            raise OSError(f"the run folder {str(path.parent)!r} is in use by another process") from None
        warnings.warn(
            f"the run folder {str(path.parent)!r} cannot be locked ({error.strerror or error}); see to it that no "
            "other process trains there",
            RuntimeWarning,
            stacklevel=6,
        )
        return False


def _lock(file):
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    elif msvcrt is not None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


def check_empty(folder: PathLike) -> None:
    """Check that `folder` is empty or absent, so that a new run may begin there; nothing is written.

    Raises
    ------
    ValueError
        If the folder has any visible file.
    """
    found = sorted(path.name for path in Path(folder).glob("*") if not path.name.startswith("."))
    if LAST in found:
        raise ValueError(f"the run folder {str(folder)!r} holds a run; continue it with --resume or name another")
    if found:
        raise ValueError(f"the run folder {str(folder)!r} is not empty: {', '.join(found[:3])}; name another folder")


def check_begun(folder: PathLike) -> None:
    """Check that `folder` has a run; nothing is written.

    Raises
    ------
    ValueError
        If it has none.
    """
    if not (Path(folder) / LAST).is_file():
        raise ValueError(f"there is no run in {str(folder)!r}: no {LAST}")


def read_json(path: PathLike) -> dict:
    """Read a JSON file of a run.

    Raises
    ------
    ValueError
        If the file is damaged; the message names it.
    """
    try:
        return strict_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"cannot read {str(path)!r}: {error}") from error


def read_files(folder: PathLike) -> dict[str, bytes]:
    """Read the files of a run, which may be at work, to take it elsewhere; none without a checkpoint."""
    folder = Path(folder)
    if not (folder / LAST).is_file():
        return {}
    return {name: (folder / name).read_bytes() for name in ORDER if (folder / name).is_file()}


def write_files(folder: PathLike, files: Mapping[str, bytes]) -> None:
    """Write the files of a run from elsewhere; at any instant the folder has a run to go on with."""
    for name in reversed(ORDER):
        if name in files:
            with replacing(Path(folder, name)) as temporary:
                temporary.write_bytes(files[name])
