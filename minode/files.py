"""Files that are whole or not there: written beside their place, then renamed."""

import json
import os
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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes files private; give them what an ordinary `open` would have.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
