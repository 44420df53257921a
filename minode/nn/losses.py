"""Losses, each a mean over the batch, and softmax."""

import autograd.numpy as anp
import numpy as np

from minode.base.types import Array


def mse(prediction: Array, target: Array) -> float:
    """Mean of (prediction - target)**2 over all entries."""
    _check_shapes(prediction, target)
    return anp.mean((prediction - target) ** 2)


def huber(prediction: Array, target: Array, delta: float = 1.0) -> float:
    """Mean of Huber's loss (1964) over all entries: r**2 / 2 for |r| <= delta, else delta (|r| - delta / 2)."""
    if not delta > 0:
        raise ValueError(f"delta is {delta}; expected a positive number")
    _check_shapes(prediction, target)
    r = anp.abs(prediction - target)
    return anp.mean(anp.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


def cross_entropy(logits: Array, labels: Array) -> float:
    """Mean over the batch of -log softmax(logits)[label].

    Parameters
    ----------
    logits : array, shape (batch, classes)
    labels : array of int, shape (batch,)
        From 0 to classes - 1.

    Raises
    ------
    ValueError
        If the labels have another shape or leave that range.
    """
    batch, classes = logits.shape
    if np.shape(labels) != (batch,):
        raise ValueError(f"labels has shape {np.shape(labels)}; expected ({batch},), one a row of logits")
    if np.min(labels) < 0 or np.max(labels) >= classes:
        raise ValueError(f"labels range from {np.min(labels)} to {np.max(labels)}; expected 0 to {classes - 1}")
    shifted = logits - anp.max(logits, axis=1, keepdims=True)
    log_normaliser = anp.log(anp.sum(anp.exp(shifted), axis=1))
    return anp.mean(log_normaliser - shifted[anp.arange(len(labels)), labels])


def softmax(logits: Array) -> Array:
    """Turn logits into the probabilities of the classes, row by row.

    Parameters
    ----------
    logits : array, shape (batch, classes)

    Returns
    -------
    array like logits
    """
    exponentials = anp.exp(logits - anp.max(logits, axis=1, keepdims=True))
    return exponentials / anp.sum(exponentials, axis=1, keepdims=True)


def _check_shapes(prediction, target):
    if np.shape(prediction) != np.shape(target):
        raise ValueError(f"prediction has shape {np.shape(prediction)}, target {np.shape(target)}; expected the same")
