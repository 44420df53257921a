"""Error, loss and confusion matrix of a network on the images of a split."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minode.base.blas import blas_in_one_thread
from minode.base.checks import one_of
from minode.base.progress import bar
from minode.base.types import Array, Params, PathLike
from minode.data.dataset import Split, class_counts
from minode.nn.layers.layer import Layer
from minode.nn.losses import cross_entropy
from minode.ode.field.nfe import count_nfe
from minode.training.saved import checkpoint
from minode.training.saved.run_folder import BEST
from minode.training.setup import batches, recipes
from minode.training.setup.config import Config

# As in training, because a solver chooses its steps by the error of a whole batch.
BATCH = 128


class Evaluation(NamedTuple):
    """The results on a split.

    Attributes
    ----------
    loss : float
        Mean cross-entropy.
    error : float
        Fraction of the images for which the most probable class was wrong.
    confusion : array of int, shape (classes, classes)
        Entry (i, j) counts the images of class i that were taken for class j.
    nfe_forward : float
        Mean number of evaluations of f in a batch.
    seconds : float
    """

    loss: float
    error: float
    confusion: np.ndarray
    nfe_forward: float
    seconds: float


def logits(network: Layer, params: Params, x: Array) -> Array:
    """Apply a network to images, `BATCH` at a time; each batch is a solve of its own."""
    with bar(range(0, len(x), BATCH), desc="evaluating", unit="batch", leave=False) as starts:
        return np.concatenate([network.apply(params, x[start : start + BATCH]) for start in starts])


def evaluate(network: Layer, params: Params, split: Split) -> Evaluation:
    """Evaluate a network on the images of a split.

    Parameters
    ----------
    network : Layer
    params : tree of arrays
    split : data.dataset.Split

    Returns
    -------
    Evaluation
    """
    start = time.perf_counter()
    with blas_in_one_thread(), count_nfe() as nfe:
        z = logits(network, params, split.x)
    classes = z.shape[1]
    confusion = class_counts(split.y * classes + z.argmax(axis=1), classes**2).reshape(classes, classes)
    return Evaluation(
        loss=float(cross_entropy(z, split.y)),
        error=(len(split.y) - int(np.trace(confusion))) / len(split.y),
        confusion=confusion,
        nfe_forward=nfe.forward / -(-len(split.x) // BATCH),
        seconds=time.perf_counter() - start,
    )


def load_best(folder: PathLike) -> checkpoint.Checkpoint:
    """Read the checkpoint with the lowest validation error of a run.

    Raises
    ------
    FileNotFoundError
        If no epoch of the run has ended, or the folder has no run.
    CheckpointError
        If the file cannot be used.
    """
    path = Path(folder) / BEST
    if not path.is_file():
        where = repr(str(folder)) if path.parent.is_dir() else f"{str(folder)!r}, which is no folder"
        raise FileNotFoundError(f"there is no {BEST} in {where}; expected a run with an epoch behind it")
    return checkpoint.load(path)


def images_of(
    best: checkpoint.Checkpoint, split: str = "test", root: PathLike | None = None, skip_bad: bool = False
) -> tuple[Split, tuple[str, ...]]:
    """Load the images that a run is evaluated on: all images of a split, even if the run was trained on a subset.

    Parameters
    ----------
    best : checkpoint.Checkpoint
        As `load_best` returns it.
    split : {"train", "validation", "test"}
    root : path, optional
        Folder of the data.
    skip_bad : bool
        As for `batches.load_data`.

    Returns
    -------
    images : data.dataset.Split
    notes : tuple of str
        The notes of the data set, and one that says how the run used these images.
    """
    one_of(split, "split", batches.SPLITS)
    config = best.config
    dataset = batches.load_data({**vars(config), "subset": None}, root, skip_bad)
    seen = dataset if config.subset is None else batches.subset_of(dataset, config.subset, config.seed)
    images = getattr(dataset, split)
    if batches.fingerprint(seen.train) == config.data_crc32:
        training, validation = (
            f"{len(part.y):,} of {len(whole.y):,}" for part, whole in zip(seen[:2], (dataset.train, dataset.validation))
        )
        history = f"trained on {training} training images, chosen by {validation} validation images"
    else:
        history = "trained on other data: the training images found here are not those of the run"
    note = f"all {len(images.y):,} {split} images of {config.data}; weights of epoch {best.best_epoch}, {history}"
    return images, (*dataset.notes, note)


def evaluate_run(
    folder: PathLike,
    split: str = "test",
    root: PathLike | None = None,
    skip_bad: bool = False,
    announce: Callable[[str], object] | None = None,
    **changes: Any,
) -> tuple[Config, Evaluation, tuple[str, ...]]:
    """Evaluate the best weights of a run on all images of a split, if wanted at another tolerance.

    A network trained at a tight tolerance can be tested at a loose one, with fewer evaluations of f (section 3.3).

    Parameters
    ----------
    folder : path
        Folder of the run.
    split, root, skip_bad
        As for `images_of`.
    announce : callable, optional
        ``announce(note)`` is called with each note before the evaluation begins, since that can take minutes.
    **changes
        Fields of the configuration to replace: tol, method.

    Returns
    -------
    config : Config
        The configuration with the changes.
    evaluation : Evaluation
    notes : tuple of str
        As `images_of` returns them.

    Raises
    ------
    ValueError
        If the run's network has no block that uses the changes.
    """
    best = load_best(folder)
    recipes.refuse_solver_options(best.config.model, changes)
    config = dataclasses.replace(best.config, **changes)
    images, notes = images_of(best, split, root, skip_bad)
    if announce is not None:
        for note in notes:
            announce(note)
    return config, evaluate(recipes.network(config), best.params, images), notes
