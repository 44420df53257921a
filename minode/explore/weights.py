"""The recorded NODE's weights in 8 bits: a quarter of the bytes, and an error that is measured on the test set."""

import base64
from collections.abc import Iterable

import numpy as np

from minode.base.trees import leaves, rebuild
from minode.base.types import Array, Params

LARGEST = 127


def in_8_bits(weights: Array) -> tuple[Array, Array]:
    """Round an array to multiples of a scale of its own for each output channel, which is the last axis.

    Parameters
    ----------
    weights : array, shape (..., channels)

    Returns
    -------
    scales : array of float32, shape (channels,)
    multiples : array of int8, shape (..., channels)
        From -127 to 127.
    """
    scales = (np.abs(weights).max(axis=tuple(range(weights.ndim - 1))) / LARGEST).astype(np.float32)
    # A channel of zeros has no scale; any will do.
    multiples = np.rint(weights / np.where(scales > 0, scales, 1))
    return scales, np.clip(multiples, -LARGEST, LARGEST).astype(np.int8)


def as_read(params: Params) -> Params:
    """Return the weights that the page has: matrices and kernels after rounding, vectors as they are."""
    return rebuild(params, (_as_read(leaf) for leaf in leaves(params)))


def encoded(params: Params) -> str:
    """Write weights as text, leaf by leaf: vectors in float32, kernels as scales in float32 and multiples in int8."""
    content = b"".join(part.tobytes() for leaf in leaves(params) for part in _parts(leaf))
    return base64.b64encode(content).decode("ascii")


def _as_read(leaf: Array) -> Array:
    if leaf.ndim < 2:
        return leaf
    scales, multiples = in_8_bits(leaf)
    return scales * multiples


def _parts(leaf: Array) -> Iterable[Array]:
    if leaf.ndim < 2:
        return [leaf.astype("<f4")]
    scales, multiples = in_8_bits(leaf)
    return [scales.astype("<f4"), multiples]
