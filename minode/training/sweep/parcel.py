"""The files of a run on their way from a worker to the folder of the sweep, and back after the worker has died."""

from collections.abc import Mapping
from pathlib import Path

from minode.base.files import replacing
from minode.training.saved.run_folder import BEST, CONFIG, HISTORY, LAST, RESULT

# What a checkpoint relies on is as new as the checkpoint or newer: it is read after it, and written before it.
ORDER = (LAST, HISTORY, BEST, CONFIG, RESULT)


def read_files(folder: Path) -> dict[str, bytes]:
    """Read the files of a run, which may be at work; empty without a checkpoint."""
    if not (folder / LAST).is_file():
        return {}
    return {name: (folder / name).read_bytes() for name in ORDER if (folder / name).is_file()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a run, so that its folder has a run to go on with at any instant."""
    for name in reversed(ORDER):
        if name in files:
            with replacing(folder / name) as temporary:
                temporary.write_bytes(files[name])
