"""The history of a run: a row a batch, an epoch and a validation."""

import csv
import os
from pathlib import Path

from minode.base.files import sync
from minode.training.saved.run_folder import HISTORY

COLUMNS = ("kind", "epoch", "step", "loss", "error", "seconds", "nfe_forward", "nfe_backward", "learning_rate")


class History:
    """The open history of a run; each row is handed to the operating system before the next step begins.

    Parameters
    ----------
    path : path
    size : int
        Bytes that are to stay: the rest was written after the checkpoint from which the run goes on.

    Raises
    ------
    ValueError
        If the file is shorter.
    """

    def __init__(self, path, size=0):
        # Unbuffered, so that nothing is left to be written when the disk is full.
        self.file = open(path, "ab", buffering=0)
        found = self.file.seek(0, os.SEEK_END)
        if found < size:
            self.file.close()
            raise ValueError(f"{str(path)!r} has {found} bytes, {size} when the checkpoint was written; restore it")
        self.file.truncate(size)
        self.size = size
        if not size:
            self._write(COLUMNS)

    def append(self, event, **values):
        """Write a row; columns without a value stay empty."""
        self._write([event, *(_text(values.get(column)) for column in COLUMNS[1:])])

    def sync(self):
        """Bring all rows to the disk, before a checkpoint counts on them."""
        sync(self.file)

    def close(self):
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


def read_history(folder, event):
    """Read the rows of one kind, a list a column.

    Parameters
    ----------
    folder : path
        Of the run.
    event : {"batch", "train", "validation", "test"}
        "train" has the means over an epoch's batches, and the seconds of all of them.

    Returns
    -------
    dict of list
        Numbers, or None where a cell is empty, for each of `COLUMNS` but the kind.
    """
    with open(Path(folder) / HISTORY, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == event]
    return {column: [float(row[column]) if row[column] else None for row in rows] for column in COLUMNS[1:]}


def _text(value):
    """Write a number with nine digits, which tell float32 numbers apart."""
    return "" if value is None else f"{value:.9g}"
