"""A file from the network, from the first of several mirrors that delivers it as it was published."""

import sys
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten


def fetch(file, sha256, mirrors, folder):
    """Download a file into a folder; one that is there and right is kept, one that is wrong is replaced.

    Parameters
    ----------
    file : str
        Its name.
    sha256 : str
        Checksum of what was published.
    mirrors : sequence of str
        Addresses of folders.
    folder : path
        Made if need be.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If no mirror delivers it; the message says why. Also where pooch, which downloads, cannot be imported: it needs
        `lzma`, which not every Python has.
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
    """Keep back a report of each attempt: it would stand beside the progress bar, or beside our one line of error."""
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)
