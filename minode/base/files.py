"""Files that are whole or not there: written beside their place, then renamed."""

import errno
import json
import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """Write a file beside `path` and rename it over `path` once it is complete.

    Yields
    ------
    Path
        The temporary file, with the suffix of `path`; removed if the block raises.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(8)}{path.suffix}")
    try:
        # Not by `tempfile`, whose files are private: this one has the permissions of any other.
        temporary.open("xb").close()
        yield temporary
        with temporary.open("rb+") as written:
            sync(written)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync(file):
    """Bring an open file to the disk, as far as its file system can.

    Raises
    ------
    OSError
        If the disk is full or broken.
    """
    try:
        os.fsync(file.fileno())
    except OSError as error:
        # Some file systems, of networks and in memory, do not know how.
        if error.errno not in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}:
            raise


def cache_folder():
    """Return the folder for what minode keeps for this user between runs; it may not be there yet."""
    from platformdirs import user_cache_path

    return user_cache_path("minode")


def write_json(path, content):
    """Write `content`, of numbers, strings, lists and dicts, as JSON; NaN and infinity are refused.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(content, indent=1, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def writable_folder(path):
    """Make the folder `path` if need be and check, before any work, that files can be written there.

    Raises
    ------
    OSError
        If it cannot be made or written to; the message names it.
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
