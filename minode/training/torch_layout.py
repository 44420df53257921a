"""Converting weights to the layout of PyTorch and back."""

import numpy as np

from minode.base.types import Array
from minode.nn import models


def as_kernel(W: Array) -> Array:
    """View weights as a kernel (height, width, inputs, outputs).

    The kernel of a dense layer is as large as a whole image if the layer's inputs can be one, and 1x1 otherwise.
    """
    size = models.SIZE if W.ndim == 2 and len(W) % models.SIZE**2 == 0 else 1
    return W if W.ndim == 4 else W.reshape(size, size, -1, W.shape[-1])


def to_torch(W: Array) -> Array:
    """Reorder the axes (height, width, inputs, outputs) to (outputs, inputs, height, width), also in dense layers."""
    # safetensors writes the memory as it is, so the array must be contiguous.
    V = np.ascontiguousarray(as_kernel(W).transpose(3, 2, 0, 1))
    return V if W.ndim == 4 else V.reshape(W.shape[::-1])


def from_torch(V: Array, like: Array) -> Array:
    """Undo `to_torch`; the result has the shape of `like`."""
    height, width, inputs, outputs = as_kernel(like).shape
    W = V.reshape(outputs, inputs, height, width).transpose(2, 3, 1, 0)
    return np.ascontiguousarray(W).reshape(like.shape)
