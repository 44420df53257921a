"""Downloading a file from the first of several mirrors that delivers it as it was published."""

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten

from minode.base.types import PathLike


def fetch(file: str, sha256: str, mirrors: Sequence[str], folder: PathLike) -> Path:
    """Download a file into a folder, unless the right file is already there; a wrong one is replaced.

    Parameters
    ----------
    file : str
        Name of the file.
    sha256 : str
        Checksum of the file as it was published.
    mirrors : sequence of str
        Addresses of folders.
    folder : path
        It is made if it does not exist.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If no mirror delivers the file; the message says why. Also if pooch, which does the download, cannot be
        imported: it needs `lzma`, which not every Python has.
    """
    try:
        import pooch
    except ImportError as error:
        raise OSError(f"nothing can be downloaded without pooch, whose import fails: {error}") from error
    failures = []
    with _silent(pooch.get_logger()):
        for mirror in mirrors:
            try:
                bar = sys.stderr.isatty()
                return Path(pooch.retrieve(mirror + file, f"sha256:{sha256}", file, folder, progressbar=bar))
            except (OSError, ValueError) as error:
                failures.append(f"{mirror}: {type(error).__name__}, {shorten(str(error), 100)}")
    raise OSError(f"no mirror delivers {file} to {str(folder)!r} ({'; '.join(failures)})")


@contextmanager
def _silent(logger):
    """Silence pooch's report of each attempt, which would be mixed with the progress bar or our one line of error."""
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)
