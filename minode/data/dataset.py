"""What every data set is: images and labels in three splits, and the names of the classes."""

from typing import NamedTuple

import numpy as np

from minode.base.checks import described, positive_int


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
    """Three splits: one to train on, one to choose the model by, one to look at once, at the end.

    Attributes
    ----------
    train, validation, test : Split
    class_names : tuple of str
    notes : tuple of str
        What has to be known of the data wherever a result is: that they are a stand-in, what was left out.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple
    notes: tuple = ()


def make_dataset(train, validation, test, class_names, notes=()):
    """Put a data set together once its parts have been checked.

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
        If images are not float32 of shape (n, height, width, channels) with pixels in [0, 1], splits differ in the
        images' shape, or labels are not one integer per image that stands for a class; the message names the split.
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
    return Dataset(*(Split(x, y.astype(np.int64, copy=False)) for x, y in splits.values()), class_names, tuple(notes))


def pixels(images):
    """Scale bytes from 0 to 255 to pixels in [0, 1], in float32.

    Parameters
    ----------
    images : array of uint8

    Returns
    -------
    array of float32, of the same shape
    """
    # One pass in float32: through float64 the training images of MNIST alone would take 376 MB.
    return np.divide(images, np.float32(255), dtype=np.float32)


def check_labels(y, n_images, n_classes, name):
    """Check that `y` holds one label for each image, each the index of a class.

    Raises
    ------
    TypeError, ValueError
        If it does not; the message starts with `name`.
    """
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        raise TypeError(f"{name} is {described(y)}; expected an array of integers")
    if y.shape != (n_images,):
        raise ValueError(f"{name} has shape {y.shape}; expected one label for each of {n_images} images")
    wrong = np.flatnonzero((y < 0) | (y >= n_classes))
    if wrong.size:
        raise ValueError(f"{name} holds the label {y[wrong[0]]} at index {wrong[0]}; expected 0 to {n_classes - 1}")


def subset(split, n, seed):
    """Choose `n` images at random; with one seed, a smaller choice is part of every larger one.

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


def class_counts(y, n_classes):
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
    # `bincount` refuses int64 where a machine's own indices have 32 bits.
    return np.bincount(y.astype(np.intp, copy=False), minlength=n_classes)


def table(dataset):
    """Tabulate the images of each split and class, a line a split.

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
    # NaN fails any comparison.
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} has pixels from {low} to {high}; expected 0 to 1")
