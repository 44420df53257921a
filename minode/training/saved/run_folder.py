"""The folder of a run: what lies in it, who may write to it, and its history.

config.json     what the run follows from, to be read
history.csv     a row a batch, an epoch and a validation
last.npz        where the run stands
best.npz        where it stood after the epoch with the lowest validation error
result.json     once it is done
"""

import contextlib
import errno
import warnings
from pathlib import Path

from minode.base.files import writable_folder
from minode.training.setup.config import strict_json

# Which of them there is depends on the system; a browser has neither.
try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import msvcrt
except ImportError:
    msvcrt = None

CONFIG, HISTORY, LAST, BEST, RESULT = "config.json", "history.csv", "last.npz", "best.npz", "result.json"
LOCK = ".lock"
# What a lock says that somebody else has, or has just taken away; other errors come from file systems without locks.
HELD = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK, errno.ENOENT}


@contextlib.contextmanager
def occupied(folder):
    """Make the folder of a run if need be, and hold it against other processes for a ``with`` block.

    The lock is the operating system's: it ends with the process, however that ends. **Some systems have none**, such as
    a browser's Python, where there is no other process. On a file system without locks, as some of networks, a
    RuntimeWarning says so: there nothing keeps two processes from training in one folder, and spoiling it. Where the
    block raises before the run has a checkpoint, a folder that was there is left as it was found, and one that was made
    here is removed.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If another process holds it, or it cannot be written to.
    """
    folder = Path(folder)
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with _locked(writable_folder(folder) / LOCK) as alone:
            # Nobody else writes here: unfinished files are those of a process that was killed.
            for name in map(Path, (CONFIG, LAST, BEST, RESULT) if alone else ()):
                for unfinished in folder.glob(f".{name.stem}-*{name.suffix}"):
                    unfinished.unlink()
            yield folder
    except BaseException:
        # What holds a run, or what others have put there, is not empty and stays.
        with contextlib.suppress(OSError):
            for path in made:
                path.rmdir()
        raise


@contextlib.contextmanager
def _locked(path):
    """Hold the lock at `path`; if the block raises and no run has begun, remove the file that was made for it.

    Yields
    ------
    bool
        False where the file system has no locks.
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
        # Gone where another process gives it up at this moment.
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


def check_empty(folder):
    """Check that a new run may begin in `folder`, without making the folder.

    Raises
    ------
    ValueError
        If something is there already.
    """
    found = sorted(path.name for path in Path(folder).glob("*") if not path.name.startswith("."))
    if LAST in found:
        raise ValueError(f"the run folder {str(folder)!r} holds a run; continue it with --resume or name another")
    if found:
        raise ValueError(f"the run folder {str(folder)!r} is not empty: {', '.join(found[:3])}; name another folder")


def check_begun(folder):
    """Check that there is a run in `folder`, without making the folder.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not (Path(folder) / LAST).is_file():
        raise ValueError(f"there is no run in {str(folder)!r}: no {LAST}")


def read_json(path):
    """Read a JSON file of a run.

    Raises
    ------
    ValueError
        If it is damaged; it is named.
    """
    try:
        return strict_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"cannot read {str(path)!r}: {error}") from error
