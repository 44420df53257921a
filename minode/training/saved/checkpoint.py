"""Checkpoints: all that a run needs to go on, in one npz file that is complete or absent."""

import io
import itertools
import json
import math
import os
import struct
import tokenize
import zipfile

import numpy as np

from minode.base.files import replacing
from minode.base.trees import leaves, rebuild
from minode.base.types import PathLike
from minode.training.saved.environment import describe_environment
from minode.training.saved.state import Checkpoint, Sums, first
from minode.training.setup import recipes
from minode.training.setup.config import from_dict, strict_json, to_dict

VERSION = 1
POSITION = ("epoch", "step", "best_error", "best_epoch", "history_size")
# What the arrays of each tree are called in the file.
PARTS = {"params": "params", "optimizer": "optimizer_state", "average": "average"}
# The record beside the arrays is about a page of text, so a much larger one is damaged.
LARGEST_RECORD = 2**20
# The exceptions that zipfile, NumPy and json were seen to raise on damaged files.
DAMAGE: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, struct.error, tokenize.TokenError, EOFError, KeyError, MemoryError),
    *(OSError, OverflowError, RuntimeError, TypeError, ValueError),
)


class CheckpointError(ValueError):
    """The checkpoint at `path` cannot be used; `cause` says why."""

    def __init__(self, path: PathLike, cause: object) -> None:
        super().__init__(f"checkpoint {str(path)!r} cannot be used: {cause}")
        self.path, self.cause = path, cause


def save(path: PathLike, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint at `path`; at any instant there is the old one or the new one.

    Raises
    ------
    OSError
        If it cannot be written, for example because the disk is full; the old one is then still there.
    """
    record = {
        "version": VERSION,
        "config": to_dict(checkpoint.config),
        **{name: getattr(checkpoint, name) for name in POSITION},
        "sums": list(checkpoint.sums),
        "environment": describe_environment(),
    }
    text = json.dumps(record, allow_nan=False).encode()
    try:
        with replacing(path) as temporary:
            np.savez(temporary, record=np.frombuffer(text, np.uint8), **_members(checkpoint))
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"cannot save the checkpoint {str(path)!r}: {reason}; the one before it is intact") from error


def load(path: PathLike) -> Checkpoint:
    """Read a checkpoint without unpickling anything, and check sizes before allocating memory.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointError
        If the file is damaged, has another version, or has arrays that are not those of the network it names.
    OSError
        If the file cannot be opened.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive, os.fstat(file.fileno()).st_size)
        except DAMAGE as error:
            raise CheckpointError(path, error or type(error).__name__) from error


def _members(checkpoint):
    return {
        f"{part}_{i:03}": np.asarray(leaf, order="C")
        for part, name in PARTS.items()
        for i, leaf in enumerate(leaves(getattr(checkpoint, name)))
    }


def _read(archive, file_size):
    infos = archive.infolist()
    # Members are not compressed, so none of them can be larger than the file.
    if any(info.compress_type != zipfile.ZIP_STORED or info.file_size > file_size for info in infos):
        raise ValueError("a member is compressed or longer than the file")
    record = _record(archive)
    config = from_dict(record["config"])
    template = first(config, recipes.initial_params(config))
    expected = _members(template)
    names = sorted(info.filename for info in infos)
    if names != sorted(f"{name}.npy" for name in ("record", *expected)):
        raise ValueError(f"its members are {names}; expected record.npy and those of the network {config.model!r}")
    arrays = (_like(_array(archive, f"{name}.npy"), leaf, name) for name, leaf in expected.items())
    trees = {name: getattr(template, name) for name in PARTS.values()}
    checkpoint = template._replace(
        **{name: rebuild(tree, itertools.islice(arrays, len(leaves(tree)))) for name, tree in trees.items()},
        sums=Sums(*record["sums"]),
        environment=dict(record["environment"]),
        **{name: record[name] for name in POSITION},
    )
    _check_position(checkpoint)
    return checkpoint


def _record(archive):
    info = archive.getinfo("record.npy")
    if info.file_size > LARGEST_RECORD:
        raise ValueError(f"its record has {info.file_size} bytes; expected at most {LARGEST_RECORD}")
    record = strict_json(_array(archive, "record.npy").tobytes().decode())
    if record.get("version") != VERSION:
        raise ValueError(f"its format is of version {record.get('version')!r}; this minode reads version {VERSION}")
    return record


def _array(archive, name):
    # zipfile checks a member's checksum at its end, so the whole member is read before any byte is interpreted.
    member = io.BytesIO(archive.read(name))
    if np.lib.format.read_magic(member) != (1, 0):
        raise ValueError(f"{name} is no npy file of version 1.0")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    content = member.read()
    if fortran_order or dtype.hasobject or len(content) != dtype.itemsize * math.prod(shape):
        raise ValueError(f"{name} has {len(content)} bytes of data; expected shape {shape}, dtype {dtype}, C order")
    # The copy can be written to, unlike the memory of `bytes`.
    return np.frombuffer(content, dtype).reshape(shape).copy()


def _like(array, leaf, name):
    if (array.shape, array.dtype) != (leaf.shape, leaf.dtype):
        raise ValueError(f"{name} is {array.dtype} {array.shape}; expected {leaf.dtype} {leaf.shape}")
    return array


def _check_position(checkpoint):
    numbers = (checkpoint.epoch, checkpoint.step, checkpoint.history_size, *checkpoint.sums)
    best = [number for number in (checkpoint.best_epoch, checkpoint.best_error) if number is not None]
    if not all(type(number) in (int, float) and number >= 0 for number in (*numbers, *best)):
        raise ValueError(f"its position is {numbers}, its best epoch {best}; expected numbers of at least zero")
