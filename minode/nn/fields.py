"""Vector fields of a NODE's block: that of Table 4.2, and others in which one piece of it is changed."""

from minode.nn.layers import ConcatConv2D, DepthwiseConv2D, GroupNorm, ReLU, Tanh, serial
from minode.nn.layers.layer import Layer

WIDTH, GROUPS = 64, 32
# Zeros have no spread. In a group of their own they would be divided by the root of GroupNorm's epsilon alone, and the
# first step of the flow would be stiff. So an augmented NODE has three groups, and its zeros share the last one.
AUGMENTED_GROUPS = 3
# Images at a time for each thread.
BLOCK_SHARD = 64


def vector_field_layer(width: int = WIDTH, groups: int = GROUPS) -> Layer:
    """The vector field of Table 4.2, with the second ReLU, which the table leaves out.

    Parameters
    ----------
    width : int
        Number of channels.
    groups : int
        Of the normalisation.

    Returns
    -------
    Layer
    """
    return _twice(GroupNorm(groups), ReLU(), ConcatConv2D(width, 3, padding=1))


def one_convolution() -> Layer:
    """The field with one convolution in place of two: 37,760 parameters in place of 75,392."""
    return serial(GroupNorm(), ReLU(), ConcatConv2D(WIDTH, 3, padding=1), GroupNorm(), shard=BLOCK_SHARD)


def depthwise_field() -> Layer:
    """The field whose 3x3 convolutions are separable: each channel by itself, then 1x1 (Howard et al. 2017)."""
    return _twice(GroupNorm(), ReLU(), DepthwiseConv2D(3), ConcatConv2D(WIDTH, 1))


def tanh_field() -> Layer:
    """The field with tanh in place of the ReLU, so that it is smooth."""
    return _twice(GroupNorm(), Tanh(), ConcatConv2D(WIDTH, 3, padding=1))


def _twice(norm, *convolution):
    """Two convolutions, each behind its normalisation, and a third normalisation."""
    return serial(norm, *convolution, norm, *convolution, norm, shard=BLOCK_SHARD)
