"""The images of a run: its data set, and the batches that it draws from it.

Random numbers are counted, not carried along: the order of an epoch and the crops of a step come from generators seeded
with the run's seed and that epoch and step. The position in a run is then all there is of a random state, and a resumed
run draws what an uninterrupted one would have drawn.
"""

import functools
import zlib
from importlib import import_module

import numpy as np

from minode.data.augment import random_crop
from minode.data.dataset import subset

# Module of `minode.data` and the options of its ``load(root, ...) -> Dataset``.
DATASETS = {
    "mnist": ("mnist", {}),
    "amr": ("photographs.ufpr", {"kind": "amr"}),
    "alpr": ("photographs.ufpr", {"kind": "alpr"}),
    "alpr-augmented": ("photographs.ufpr", {"kind": "alpr", "augmented": True}),
}
SPLITS = ("train", "validation", "test")
# What a generator is for. It comes first in the seed: [1] and [1, 0] are the same to NumPy.
WEIGHTS, ORDER, CROPS = 1, 2, 3


def generator(purpose, seed, *position):
    """Make the random generator of a purpose, at a position of the run."""
    return np.random.default_rng((purpose, seed, *position))


def kind_of(data):
    """Tell the kind of photographs, "amr" or "alpr", that a data set is cut out of; None if it is none of these."""
    return DATASETS[data][1].get("kind")


def source(data, skip_bad=False):
    """Find what loads a data set.

    Parameters
    ----------
    data : str
        A key of `DATASETS`.
    skip_bad : bool
        Of photographs, leave out what cannot be used.

    Returns
    -------
    module
        Of `minode.data`, with `load` and `describe_data`.
    options : dict
        Of both.

    Raises
    ------
    ValueError
        If `skip_bad` is set for data that are no photographs.
    """
    module, options = DATASETS[data]
    if skip_bad:
        if kind_of(data) is None:
            photographs = ", ".join(name for name in DATASETS if kind_of(name))
            raise ValueError(f"skip_bad is set for {data}; it is for photographs: {photographs}")
        options = {**options, "skip_bad": True}
    return import_module(f"minode.data.{module}"), options


def load_data(fields, root=None, skip_bad=False):
    """Load the data set that the fields of a configuration name, or part of it.

    A subset is drawn at random from each split; splits that are smaller stay whole.

    Parameters
    ----------
    fields : dict
        "data" and "subset", and the "seed" that the subset is drawn by.
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


def subset_of(dataset, n, seed):
    """Draw `n` images at random from each split of a data set; splits that are smaller stay whole."""
    parts = {name: getattr(dataset, name) for name in SPLITS}
    return dataset._replace(**{name: subset(part, min(n, len(part.y)), seed) for name, part in parts.items()})


def fingerprint(split):
    """Return the CRC-32 of the images and labels of a split."""
    return functools.reduce(lambda crc, array: zlib.crc32(np.ascontiguousarray(array), crc), split, 0)


def steps_per_epoch(config, n_images):
    """Count the full batches of an epoch; what remains is left out, as in the reference script.

    Raises
    ------
    ValueError
        If there is none.
    """
    if n_images < config.batch_size:
        raise ValueError(f"batch_size is {config.batch_size}; expected at most {n_images}, the training images")
    return n_images // config.batch_size


def draw(config, split, epoch, step):
    """Draw a batch of training images, cropped at random, and their labels.

    Parameters
    ----------
    config : Config
    split : data.dataset.Split
    epoch : int
        From 1.
    step : int
        Batches drawn before this one in the epoch.

    Returns
    -------
    x : array of float32, shape (batch, height, width, channels)
    y : array of int, shape (batch,)
    """
    start = step * config.batch_size
    chosen = _order(config.seed, epoch, len(split.y))[start : start + config.batch_size]
    x = split.x[chosen]
    if config.padding:
        x = random_crop(generator(CROPS, config.seed, epoch, step), x, padding=config.padding)
    return x, split.y[chosen]


@functools.lru_cache(maxsize=1)
def _order(seed, epoch, n_images):
    return generator(ORDER, seed, epoch).permutation(n_images)
