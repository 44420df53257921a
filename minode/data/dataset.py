"""The form of every data set: images and labels in three splits, and the names of the classes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minode.base.checks import described, positive_int
from minode.base.types import Array


class Split(NamedTuple):
    """Images and their labels.

    Attributes
    ----------
    x : array of float32, shape (n, height, width, channels)
        Pixels in [0, 1].
    y : array of int64, shape (n,)
        Indices into the names of the classes.
    """

    x: np.ndarray
    y: np.ndarray


class Dataset(NamedTuple):
    """Three splits: one to train on, one to choose the model by, and one for a single test at the end.

    Attributes
    ----------
    train, validation, test : Split
    class_names : tuple of str
    notes : tuple of str
        Facts that belong beside every result on the data: that they are a stand-in, or that images were left out.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple
    notes: tuple = ()


def make_dataset(
    train: Split, validation: Split, test: Split, class_names: Sequence[str], notes: Sequence[str] = ()
) -> Dataset:
    """Make a data set after checking its parts.

    Parameters
    ----------
    train, validation, test : Split
    class_names, notes : sequence of str

    Returns
    -------
    Dataset

    Raises
    ------
    TypeError, ValueError
        If images are not float32 of shape (n, height, width, channels) with pixels in [0, 1], if the splits have images
        of different shapes, or if labels are not one integer per image that stands for a class. The message names the
        split.
    """
    class_names = tuple(class_names)
    splits = {"train": train, "validation": validation, "test": test}
    for name, split in splits.items():
        _check_images(split.x, f"{name}.x")
        if split.x.shape[1:] != train.x.shape[1:]:
            raise ValueError(
                f"{name}.x has images of shape {split.x.shape[1:]}; expected that of train.x, {train.x.shape[1:]}"
            )
        check_labels(split.y, len(split.x), len(class_names), f"{name}.y")
    train, validation, test = (Split(x, y.astype(np.int64, copy=False)) for x, y in splits.values())
    return Dataset(train, validation, test, class_names, tuple(notes))


def pixels(images: Array) -> Array:
    """Scale bytes from 0 to 255 to pixels in [0, 1], in float32.

    Parameters
    ----------
    images : array of uint8

    Returns
    -------
    array of float32, of the same shape
    """
    # Divide in float32: in float64 the training images of MNIST alone would take 376 MB.
    return np.divide(images, np.float32(255), dtype=np.float32)


def check_labels(y: Array, n_images: int, n_classes: int, name: str) -> None:
    """Check that `y` has one label for each image, and that each label is the index of a class.

    Raises
    ------
    TypeError, ValueError
        If this is not so; the message starts with `name`.
    """
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        raise TypeError(f"{name} is {described(y)}; expected an array of integers")
    if y.shape != (n_images,):
        raise ValueError(f"{name} has shape {y.shape}; expected one label for each of {n_images} images")
    wrong = np.flatnonzero((y < 0) | (y >= n_classes))
    if wrong.size:
        raise ValueError(f"{name} holds the label {y[wrong[0]]} at index {wrong[0]}; expected 0 to {n_classes - 1}")


def subset(split: Split, n: int, seed: int) -> Split:
    """Choose `n` images at random; for one seed, a smaller choice is part of every larger one.

    Parameters
    ----------
    split : Split
    n : int
    seed : int

    Returns
    -------
    Split

    Raises
    ------
    TypeError, ValueError
        If `n` is not an integer from 1 to the number of images.
    """
    if positive_int(n, "n") > len(split.x):
        raise ValueError(f"n is {n}; expected at most the number of images, {len(split.x)}")
    chosen = np.random.default_rng(seed).permutation(len(split.x))[:n]
    return Split(split.x[chosen], split.y[chosen])


def class_counts(y: Array, n_classes: int) -> Array:
    """Count the images of each class.

    Parameters
    ----------
    y : array of int, shape (n,)
        Indices of classes.
    n_classes : int

    Returns
    -------
    array of int, shape (n_classes,)
    """
    # On a 32-bit machine `bincount` refuses int64.
    return np.bincount(y.astype(np.intp, copy=False), minlength=n_classes)


def table(dataset: Dataset) -> str:
    """Tabulate the number of images in each split and class, with one line for each split.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    str
    """
    names = dataset.class_names
    lines = [f"{'split':10}{'images':>8}" + "".join(f"{name:>7}" for name in names)]
    for name, (_, y) in zip(dataset._fields, dataset[:3]):
        counts = class_counts(y, len(names))
        lines.append(f"{name:10}{len(y):>8,}" + "".join(f"{count:>7,}" for count in counts))
    return "\n".join(lines)


def _check_images(x, name):
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        raise TypeError(f"{name} is {described(x)}; expected an array of dtype float32")
    if x.ndim != 4:
        raise ValueError(f"{name} has shape {x.shape}; expected (n, height, width, channels)")
    if x.size == 0:
        raise ValueError(f"{name} is empty (shape {x.shape}); expected at least one image")
    low, high = x.min(), x.max()
    # Written so that NaN, for which every comparison is false, is refused.
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} has pixels from {low} to {high}; expected 0 to 1")
