"""Writing files so that they are complete or absent: each is written under another name, then renamed."""

import errno
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from minode.base.types import PathLike


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """Write a temporary file beside `path`, and rename it to `path` when the ``with`` block has ended.

    Yields
    ------
    Path
        The temporary file. It has the suffix of `path`, and is removed if the block raises.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(8)}{path.suffix}")
    try:
        # `tempfile` would make a file that only its owner can read; this one has the usual permissions.
        temporary.open("xb").close()
        yield temporary
        with temporary.open("rb+") as written:
            sync(written)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync(file: IO) -> None:
    """Make the operating system write an open file to the disk, if the file system supports that.

    Raises
    ------
    OSError
        If the disk is full or broken.
    """
    try:
        os.fsync(file.fileno())
    except OSError as error:
        # Some network and in-memory file systems do not support it.
        if error.errno not in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}:
            raise


def cache_folder() -> Path:
    """Return the folder where minode keeps files for this user between runs; it may not exist yet."""
    from platformdirs import user_cache_path

    return user_cache_path("minode")


def write_json(path: PathLike, content: Any) -> None:
    """Write numbers, strings, lists and dicts as a JSON file, which cannot hold NaN or infinity.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(content, indent=1, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def writable_folder(path: PathLike) -> Path:
    """Make the folder `path` if it does not exist, and check that files can be written there before any work is done.

    Raises
    ------
    OSError
        If the folder cannot be made or written to; the message names it.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        reason = f"{error.strerror or error}; name a folder that can be written to"
        raise OSError(f"cannot write to the output folder {str(path)!r}: {reason}") from error
    return path


def no_file_on_the_way(path: PathLike) -> Path:
    """Check, where nothing is to be written yet, that neither a folder to be nor one above it is a file.

    Raises
    ------
    NotADirectoryError
        The message names both.
    """
    path = Path(path)
    for place in (path, *path.parents):
        if place.exists() and not place.is_dir():
            raise NotADirectoryError(f"the folder {str(path)!r} cannot be made: {str(place)!r} is a file")
    return path
