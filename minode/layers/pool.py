"""From maps to vectors."""

import math

import numpy as np

from minode.layers.layer import kernel_layer


def GlobalAvgPool():
    """Mean over all pixels: (height, width, channels) to (1, 1, channels)."""

    def init(rng, input_shape):
        return (1, 1, input_shape[-1]), ()

    def kernel(W, x, t):
        pixels = math.prod(x.shape[1:3])

        def vjp(g):
            return [], np.broadcast_to(g / pixels, x.shape), 0.0

        return x.mean(axis=(1, 2), keepdims=True), vjp

    return kernel_layer("GlobalAvgPool", init, kernel, detail="global")


def Flatten():
    """All entries of an image as one vector."""

    def init(rng, input_shape):
        return (math.prod(input_shape),), ()

    def kernel(W, x, t):
        return x.reshape(len(x), -1), lambda g: ([], g.reshape(x.shape), 0.0)

    return kernel_layer("Flatten", init, kernel)
