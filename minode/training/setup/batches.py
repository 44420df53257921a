"""The images of a run: its data set, and the batches that are drawn from it.

No random state is carried from step to step. The order of an epoch and the crops of a step come from new generators,
whose seeds are the run's seed with that epoch and step. A resumed run therefore draws the same batches as an
uninterrupted one.
"""

import functools
import zlib
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from minode.base.types import Array, PathLike
from minode.data.augment import random_affine, random_crop
from minode.data.dataset import Dataset, Split, subset
from minode.training.setup.config import Config

# For each name, the module in `minode.data` and the options of its ``load(root, ...) -> Dataset``.
DATASETS: dict[str, tuple[str, dict[str, Any]]] = {
    "mnist": ("mnist", {}),
    "amr": ("photographs.ufpr", {"kind": "amr"}),
    "alpr": ("photographs.ufpr", {"kind": "alpr"}),
    "alpr-augmented": ("photographs.ufpr", {"kind": "alpr", "augmented": True}),
}
SPLITS = ("train", "validation", "test")
# The purposes of generators. The purpose comes first in the seed, because NumPy takes [1] and [1, 0] for the same seed.
WEIGHTS, ORDER, CROPS = 1, 2, 3


def generator(purpose: int, seed: int, *position: int) -> np.random.Generator:
    """Make the random generator for a purpose, at a position of the run such as an epoch and a step."""
    return np.random.default_rng((purpose, seed, *position))


def kind_of(data: str) -> str | None:
    """Return the kind of photographs, "amr" or "alpr", that a data set is cut out of, or None for other data."""
    return DATASETS[data][1].get("kind")


def source(data: str, skip_bad: bool = False) -> tuple[ModuleType, dict]:
    """Find the module that loads a data set.

    Parameters
    ----------
    data : str
        A key of `DATASETS`.
    skip_bad : bool
        Leave out photographs that cannot be used.

    Returns
    -------
    module
        A module of `minode.data` with the functions `load` and `describe_data`.
    options : dict
        Options of both functions.

    Raises
    ------
    ValueError
        If `skip_bad` is set for data that are not photographs.
    """
    module, options = DATASETS[data]
    if skip_bad:
        if kind_of(data) is None:
            photographs = ", ".join(name for name in DATASETS if kind_of(name))
            raise ValueError(f"skip_bad is set for {data}; it is for photographs: {photographs}")
        options = {**options, "skip_bad": True}
    return import_module(f"minode.data.{module}"), options


def load_data(fields: Mapping, root: PathLike | None = None, skip_bad: bool = False) -> Dataset:
    """Load the data set that a configuration names, or a subset of it.

    A subset is drawn at random from each split. A split that is smaller than the subset stays whole.

    Parameters
    ----------
    fields : dict
        Fields of a configuration: "data", "subset", and the "seed" for drawing the subset.
    root : path, optional
        Folder of the data.
    skip_bad : bool
        As for `source`.

    Returns
    -------
    data.dataset.Dataset
    """
    module, options = source(fields["data"], skip_bad)
    dataset = module.load(root=root, **options)
    return dataset if fields["subset"] is None else subset_of(dataset, fields["subset"], fields["seed"])


def subset_of(dataset: Dataset, n: int, seed: int) -> Dataset:
    """Draw `n` images at random from each split of a data set; a split that has fewer stays whole."""
    parts = {name: getattr(dataset, name) for name in SPLITS}
    return dataset._replace(**{name: subset(part, min(n, len(part.y)), seed) for name, part in parts.items()})


def fingerprint(split: Split) -> int:
    """Return the CRC-32 of the images and labels of a split."""
    return functools.reduce(lambda crc, array: zlib.crc32(np.ascontiguousarray(array).data, crc), split, 0)


def steps_per_epoch(config: Config, n_images: int) -> int:
    """Count the full batches of an epoch; the remaining images are left out, as in the reference script.

    Raises
    ------
    ValueError
        If there are fewer images than a batch has.
    """
    if n_images < config.batch_size:
        raise ValueError(f"batch_size is {config.batch_size}; expected at most {n_images}, the training images")
    return n_images // config.batch_size


def draw(config: Config, split: Split, epoch: int, step: int) -> tuple[Array, Array]:
    """Draw a batch of training images, randomly changed, and their labels.

    Parameters
    ----------
    config : Config
    split : data.dataset.Split
    epoch : int
        Number of the epoch, from 1.
    step : int
        Number of batches drawn before this one in the epoch.

    Returns
    -------
    x : array of float32, shape (batch, height, width, channels)
    y : array of int, shape (batch,)
    """
    start = step * config.batch_size
    chosen = _order(config.seed, epoch, len(split.y))[start : start + config.batch_size]
    x, y = split.x[chosen], split.y[chosen]
    if epoch > config.epochs - config.calm_epochs:
        return x, y
    rng = generator(CROPS, config.seed, epoch, step)
    if config.rotation or config.scaling or config.shear:
        x = random_affine(rng, x, config.rotation, config.scaling, config.shear, shift=config.padding)
    elif config.padding:
        x = random_crop(rng, x, padding=config.padding)
    return x, y


@functools.lru_cache(maxsize=1)
def _order(seed, epoch, n_images):
    return generator(ORDER, seed, epoch).permutation(n_images)
