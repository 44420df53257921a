"""Weights in the layout of PyTorch, and back."""

import numpy as np

from minode.nn import models


def as_kernel(W):
    """View weights as a kernel (height, width, inputs, outputs); that of a dense layer covers an image, or a vector."""
    size = models.SIZE if W.ndim == 2 and len(W) % models.SIZE**2 == 0 else 1
    return W if W.ndim == 4 else W.reshape(size, size, -1, W.shape[-1])


def to_torch(W):
    """(height, width, inputs, outputs) to (outputs, inputs, height, width); images of dense layers likewise."""
    # safetensors takes memory as it lies.
    V = np.ascontiguousarray(as_kernel(W).transpose(3, 2, 0, 1))
    return V if W.ndim == 4 else V.reshape(W.shape[::-1])


def from_torch(V, like):
    """Undo `to_torch` on weights of the shape of `like`."""
    height, width, inputs, outputs = as_kernel(like).shape
    W = V.reshape(outputs, inputs, height, width).transpose(2, 3, 1, 0)
    return np.ascontiguousarray(W).reshape(like.shape)
