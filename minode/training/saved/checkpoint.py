"""Checkpoints: all that a run needs to go on, in one npz file that is whole or not there."""

import io
import json
import math
import os
import struct
import tokenize
import zipfile
from typing import NamedTuple

import numpy as np

from minode.base.files import replacing
from minode.base.trees import leaves, rebuild
from minode.training.saved.environment import describe_environment
from minode.training.setup import recipes
from minode.training.setup.config import Config, from_dict, strict_json, to_dict

VERSION = 1
POSITION = ("epoch", "step", "best_error", "best_epoch", "history_size")
# The record beside the arrays is a page of text; more is damage.
LARGEST_RECORD = 2**20
# What damaged files were seen to raise in zipfile, NumPy and json.
DAMAGE = (zipfile.BadZipFile, struct.error, EOFError, KeyError, MemoryError, OSError, OverflowError, RuntimeError)
DAMAGE += (TypeError, ValueError, tokenize.TokenError)


class CheckpointError(ValueError):
    """The checkpoint at `path` cannot be used, for the `cause` that it names."""

    def __init__(self, path, cause):
        super().__init__(f"checkpoint {str(path)!r} cannot be used: {cause}")
        self.path, self.cause = path, cause


class Sums(NamedTuple):
    """Sums over the steps made in an epoch, of which its means are made."""

    loss: float = 0.0
    error: float = 0.0
    seconds: float = 0.0
    nfe_forward: int = 0
    nfe_backward: int = 0


class Checkpoint(NamedTuple):
    """A moment between two steps of a run.

    Attributes
    ----------
    config : Config
    params, optimizer_state : trees of arrays
    epoch : int
        The one under way, from 1; one more than there are when the run is done.
    step : int
        Steps made in it.
    sums : Sums
        Over these steps.
    best_error : float or None
        Lowest validation error so far.
    best_epoch : int or None
    history_size : int
        Bytes of the history up to this moment.
    environment : dict
        Where it was written.
    """

    config: Config
    params: list
    optimizer_state: list
    epoch: int = 1
    step: int = 0
    sums: Sums = Sums()
    best_error: float | None = None
    best_epoch: int | None = None
    history_size: int = 0
    environment: dict | None = None


def save(path, checkpoint):
    """Write a checkpoint over `path`, which at any instant holds the old one or the new one.

    Raises
    ------
    OSError
        If it cannot be written, for want of space perhaps; the old one is then still there.
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


def load(path):
    """Read a checkpoint; nothing is unpickled, and nothing allocated before its size was checked.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointError
        If the file is damaged, of another version, or its arrays are not those of the network it names.
    OSError
        If it cannot be opened.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive, os.fstat(file.fileno()).st_size)
        except DAMAGE as error:
            raise CheckpointError(path, error or type(error).__name__) from error


def _members(checkpoint):
    parts = {"params": checkpoint.params, "optimizer": checkpoint.optimizer_state}
    return {
        f"{part}_{i:03}": np.asarray(leaf, order="C")
        for part, tree in parts.items()
        for i, leaf in enumerate(leaves(tree))
    }


def _read(archive, file_size):
    infos = archive.infolist()
    # Stored, not compressed: no member can then be larger than the file.
    if any(info.compress_type != zipfile.ZIP_STORED or info.file_size > file_size for info in infos):
        raise ValueError("a member is compressed or longer than the file")
    record = _record(archive)
    config = from_dict(record["config"])
    params = recipes.initial_params(config)
    template = Checkpoint(config, params, recipes.optimizer(config).init(params))
    expected = _members(template)
    names = sorted(info.filename for info in infos)
    if names != sorted(f"{name}.npy" for name in ("record", *expected)):
        raise ValueError(f"its members are {names}; expected record.npy and those of the network {config.model!r}")
    arrays = [_like(_array(archive, f"{name}.npy"), leaf, name) for name, leaf in expected.items()]
    n_params = len(leaves(params))
    checkpoint = template._replace(
        params=rebuild(params, arrays[:n_params]),
        optimizer_state=rebuild(template.optimizer_state, arrays[n_params:]),
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
    # zipfile compares the checksum once it has read a member to its end: not a byte is interpreted before.
    member = io.BytesIO(archive.read(name))
    if np.lib.format.read_magic(member) != (1, 0):
        raise ValueError(f"{name} is no npy file of version 1.0")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    content = member.read()
    if fortran_order or dtype.hasobject or len(content) != dtype.itemsize * math.prod(shape):
        raise ValueError(f"{name} has {len(content)} bytes of data; expected shape {shape}, dtype {dtype}, C order")
    # Into memory of NumPy's own: that of `bytes` is read-only.
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
