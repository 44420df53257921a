"""Losses, each the mean over the batch."""

import autograd.numpy as anp


def mse(prediction, target):
    """Mean of (prediction - target)**2 over all entries."""
    return anp.mean((prediction - target) ** 2)


def huber(prediction, target, delta=1.0):
    """Mean over all entries of Huber's loss (1964): r**2 / 2 while |r| <= delta, delta (|r| - delta / 2) beyond."""
    r = anp.abs(prediction - target)
    return anp.mean(anp.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


def cross_entropy(logits, labels):
    """Mean over the batch of -log softmax(logits)[label].

    Parameters
    ----------
    logits : array, shape (batch, classes)
    labels : array of int, shape (batch,)
    """
    shifted = logits - anp.max(logits, axis=1, keepdims=True)
    log_normaliser = anp.log(anp.sum(anp.exp(shifted), axis=1))
    return anp.mean(log_normaliser - shifted[anp.arange(len(labels)), labels])
