"""The history of a run: a CSV file with a row for each batch, each epoch and each evaluation."""

import csv
import os
from pathlib import Path

from minode.base.files import sync
from minode.base.types import PathLike
from minode.training.saved.run_folder import HISTORY

COLUMNS = ("kind", "epoch", "step", "loss", "error", "seconds", "nfe_forward", "nfe_backward", "learning_rate")
# Bytes that hold the last few rows.
TAIL = 2000


class History:
    """The open history of a run; each row is given to the operating system before the next step begins.

    Parameters
    ----------
    path : path
    size : int
        Number of bytes to keep. The rest was written after the checkpoint from which the run goes on.

    Raises
    ------
    ValueError
        If the file is shorter than `size`.
    """

    def __init__(self, path: PathLike, size: int = 0) -> None:
        # The file is unbuffered, so that a full disk is noticed at the row that does not fit.
        self.file = open(path, "ab", buffering=0)
        found = self.file.seek(0, os.SEEK_END)
        if found < size:
            self.file.close()
            raise ValueError(f"{str(path)!r} has {found} bytes, {size} when the checkpoint was written; restore it")
        self.file.truncate(size)
        self.size = size
        if not size:
            self._write(COLUMNS)

    def append(self, event: str, **values: float | None) -> None:
        """Write a row; columns without a value stay empty."""
        self._write([event, *(_text(values.get(column)) for column in COLUMNS[1:])])

    def sync(self) -> None:
        """Make the operating system write all rows to the disk, before a checkpoint relies on them."""
        sync(self.file)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _write(self, cells):
        line = (",".join(cells) + "\n").encode()
        try:
            if self.file.write(line) < len(line):
                raise OSError("no space left")
        except OSError as error:
            raise OSError(f"cannot write {str(self.file.name)!r}: {error.strerror or error}") from error
        self.size += len(line)


def read_history(folder: PathLike, event: str) -> dict[str, list]:
    """Read the rows of one kind, as one list for each column.

    Parameters
    ----------
    folder : path
        Folder of the run.
    event : {"batch", "train", "validation", "validation-average", "test"}
        The kind. "train" has the means over the batches of an epoch, and the sum of their seconds.

    Returns
    -------
    dict of list
        For each of `COLUMNS` except the kind: numbers, or None where a cell is empty.
    """
    with open(Path(folder) / HISTORY, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == event]
    return {column: [float(row[column]) if row[column] else None for row in rows] for column in COLUMNS[1:]}


def steps_made(folder: PathLike) -> int:
    """Count the steps in the history of a run, from its last rows alone; a run that another process makes, too."""
    try:
        with open(Path(folder) / HISTORY, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            # The first line may have lost its beginning, and the last one its end.
            lines = file.read().decode(errors="replace").split("\n")[1:-1]
    except FileNotFoundError:
        return 0
    rows = [line.split(",") for line in lines]
    # The row of the test images stands at the best epoch, not at the end.
    return max((int(row[2]) for row in rows if len(row) == len(COLUMNS) and row[0] != "test"), default=0)


def _text(value):
    """Format a number with nine digits, which are enough to distinguish all float32 numbers."""
    return "" if value is None else f"{value:.9g}"
