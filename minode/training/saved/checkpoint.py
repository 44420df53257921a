"""Checkpoints: all that a run needs to go on, in one npz file that is complete or absent."""

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
from minode.base.types import PathLike
from minode.training.saved.environment import describe_environment
from minode.training.setup import recipes
from minode.training.setup.config import Config, from_dict, strict_json, to_dict

VERSION = 1
POSITION = ("epoch", "step", "best_error", "best_epoch", "history_size")
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


class Sums(NamedTuple):
    """Sums over the steps made so far in an epoch; its means are made from them."""

    loss: float = 0.0
    error: float = 0.0
    seconds: float = 0.0
    nfe_forward: int = 0
    nfe_backward: int = 0


class Checkpoint(NamedTuple):
    """The state of a run between two steps.

    Attributes
    ----------
    config : Config
    params, optimizer_state : trees of arrays
    epoch : int
        Number of the present epoch, from 1. Once the run is finished, it is one more than the number of epochs.
    step : int
        Number of steps made in this epoch.
    sums : Sums
        Sums over these steps.
    best_error : float or None
        Lowest validation error so far.
    best_epoch : int or None
        The epoch that had it.
    history_size : int
        Size of the history in bytes.
    environment : dict
        The environment in which the checkpoint was written.
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
    parts = {"params": checkpoint.params, "optimizer": checkpoint.optimizer_state}
    return {
        f"{part}_{i:03}": np.asarray(leaf, order="C")
        for part, tree in parts.items()
        for i, leaf in enumerate(leaves(tree))
    }


def _read(archive, file_size):
    infos = archive.infolist()
    # Members are not compressed, so none of them can be larger than the file.
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
