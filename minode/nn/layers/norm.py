"""Group normalisation (Wu and He 2018)."""

from functools import cache, partial

import autograd.numpy as anp
import numpy as np

from minode.base.checks import positive_int
from minode.nn.layers.layer import Layer, kernel_layer

# The value that PyTorch uses.
EPSILON = 1e-5


def GroupNorm(groups: int = 32) -> Layer:
    """Normalise each image over groups of channels: y = weight (x - mean) / sqrt(variance + 1e-5) + bias.

    Parameters
    ----------
    groups : int
        Number of groups. If there are fewer channels, each channel is a group.

    Returns
    -------
    Layer
        Parameters ``(weight, bias)``, each of shape (channels,). They begin as ones and zeros.

    Raises
    ------
    ValueError
        From `init`, if the number of groups does not divide that of channels.
    """
    positive_int(groups, "groups")

    init, run, formula = (partial(function, groups) for function in (_init, _run, _formula))
    return kernel_layer("GroupNorm", init, run, n_leaves=2, formula=formula)


def _init(groups, rng, input_shape):
    channels = input_shape[-1]
    if channels % min(groups, channels):
        raise ValueError(f"groups is {groups}; expected a divisor of the {channels} channels")
    return tuple(input_shape), (np.ones(channels), np.zeros(channels))


def _run(groups, parameters, x, t):
    weight, bias = parameters
    # `vjp` keeps what it refers to, and x itself is not among that.
    shape, (batch, channels) = x.shape, (len(x), x.shape[-1])
    pixels = x.reshape(batch, -1, channels)
    averaging = _averaging(channels, min(groups, channels), pixels.shape[1], x.dtype)
    # NumPy takes twice as long for ``sum(axis=1)``.
    ones = np.ones((1, pixels.shape[1]), x.dtype)

    def group_mean(sums):
        """Turn sums over the pixels (batch, channels) into the mean of each group, repeated for its channels."""
        return np.dot(sums, averaging)

    # The mean is subtracted before squaring: mean(x**2) - mean(x)**2 would lose digits to cancellation in float32.
    centred = pixels - group_mean(np.matmul(ones, pixels)[:, 0])[:, None]
    variance = group_mean(np.einsum("npc,npc->nc", centred, centred))
    slope = 1 / np.sqrt(variance + x.dtype.type(EPSILON))
    scale = slope * weight
    y = centred * scale[:, None]
    y += bias

    def vjp(g):
        g = g.reshape(centred.shape)
        g_sum, along = np.matmul(ones, g)[:, 0], slope * np.einsum("npc,npc->nc", g, centred)
        # The output does not change with the mean and the variance of a group, so these directions are removed from g.
        shift, stretch = slope * group_mean(weight * g_sum), slope**2 * group_mean(weight * along)
        g_x = g * scale[:, None]
        g_x -= centred * stretch[:, None]
        g_x -= shift[:, None]
        return [along.sum(axis=0), g_sum.sum(axis=0)], g_x.reshape(shape), 0.0

    return y.reshape(shape), vjp


def _formula(groups, parameters, x, t):
    weight, bias = parameters
    grouped = anp.reshape(x, (len(x), -1, min(groups, x.shape[-1]), x.shape[-1] // min(groups, x.shape[-1])))
    centred = grouped - anp.mean(grouped, axis=(1, 3), keepdims=True)
    variance = anp.mean(centred**2, axis=(1, 3), keepdims=True)
    return anp.reshape(centred / anp.sqrt(variance + x.dtype.type(EPSILON)), x.shape) * weight + bias


@cache
def _averaging(channels, groups, pixels, dtype):
    """The matrix that turns each channel's sum over its pixels into the mean of the channel's group."""
    size = channels // groups
    return np.kron(np.eye(groups), np.full((size, size), 1 / (size * pixels))).astype(dtype)
