"""The networks of Tables 3.1 and 4.1-4.4, and networks between them in which only one piece is changed.

The thesis (like the example of torchdiffeq that it ran) compares a NODE, whose images shrink by plain convolutions,
with a ResNet, whose images shrink by residual blocks. These are two changes at once. `resnet_conv`, `one_block` and
`no_block` separate them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from minode.base.checks import one_of, positive_int
from minode.nn import fields, summary
from minode.nn.blocks import ODEBlock, ResBlock, augment
from minode.nn.errata import ERRATA
from minode.nn.fields import AUGMENTED_GROUPS, GROUPS, WIDTH, vector_field_layer
from minode.nn.layers import Conv2D, Dense, Flatten, GlobalAvgPool, GroupNorm, ReLU, parallel, serial
from minode.nn.layers.layer import Layer

# Of SHARD images at a time, for each thread, the patches of a 4x4 convolution on large maps fit in the cache.
SIZE, RESIDUAL_BLOCKS, SHARD = 28, 6, 8
# Channels of zeros in front of the augmented NODE's block, as many as Dupont et al. (2019) took for MNIST.
ZEROS = 5


def node(classes: int = 10, *, field: Callable = vector_field_layer, seminorm: bool = True, **solver: Any) -> Layer:
    """The NODE of Tables 4.1 and 4.2: 208,266 parameters for one channel and ten classes.

    Parameters
    ----------
    classes : int
    field : callable
        ``field() -> Layer``, the vector field of the block: that of Table 4.2 or another one of `fields`.
    seminorm, **solver
        Options of `odeint` for the ODE block. With `seminorm`, the gradients of the block's 75,392 weights are left out
        of the backward solve's error control, since z and a do not depend on them.

    Returns
    -------
    Layer
    """
    return _network(_conv_downsampling(), [ODEBlock(field(), seminorm=seminorm, **solver)], classes)


def anode(classes: int = 10, *, p: int = ZEROS, seminorm: bool = True, **solver: Any) -> Layer:
    """The augmented NODE (Dupont et al. 2019): `p` channels of zeros in front of the block.

    Parameters
    ----------
    classes, p : int
        With the 64 others, p has to be a multiple of three.
    seminorm, **solver
        As for `node`.

    Returns
    -------
    Layer
        With 220,426 parameters for one channel and ten classes.
    """
    field = vector_field_layer(WIDTH + p, AUGMENTED_GROUPS)
    block = [augment(p), ODEBlock(field, seminorm=seminorm, **solver)]
    return _network(_conv_downsampling(), block, classes, AUGMENTED_GROUPS)


def rknet(classes: int = 10, *, n_steps: int = 4) -> Layer:
    """The RK-Net of Table 3.1: the NODE's layers with Runge-Kutta steps, through which gradients are backpropagated.

    Parameters
    ----------
    classes : int
    n_steps : int
        Number of steps of RK4, each with four evaluations.

    Returns
    -------
    Layer
    """
    return node(classes, gradient="backprop", method="rk4", n_steps=n_steps)


def resnet(classes: int = 10) -> Layer:
    """The ResNet of Tables 4.3 and 4.4: residual downsampling, then six residual blocks."""
    downsampling = [Conv2D(WIDTH, 3), *_residual_downsampling(), *_residual_downsampling()]
    return _network(downsampling, _residual_blocks(RESIDUAL_BLOCKS), classes)


def resnet_conv(classes: int = 10) -> Layer:
    """The ResNet with the downsampling of the NODE, so that it differs from the NODE only in its blocks."""
    return _network(_conv_downsampling(), _residual_blocks(RESIDUAL_BLOCKS), classes)


def one_block(classes: int = 10) -> Layer:
    """The NODE with one residual block in place of the ODE block."""
    return _network(_conv_downsampling(), _residual_blocks(1), classes)


def no_block(classes: int = 10) -> Layer:
    """The NODE without its block, which shows whether the ODE is needed at all."""
    return _network(_conv_downsampling(), [], classes)


def mlp(classes: int = 10) -> Layer:
    """The perceptron of LeCun et al. (1998) in Table 3.1: one hidden layer of 300 units, with ReLU."""
    return serial(Flatten(), Dense(300), ReLU(), Dense(classes))


MODELS: dict[str, Callable[..., Layer]] = {
    "node": node,
    "resnet": resnet,
    "rknet": rknet,
    "mlp": mlp,
    "no-block": no_block,
    "one-block": one_block,
    "resnet-conv": resnet_conv,
    "anode": anode,
    "node-one-conv": partial(node, field=fields.one_convolution),
    "node-depthwise": partial(node, field=fields.depthwise_field),
    "node-tanh": partial(node, field=fields.tanh_field),
}
# The models whose block an adaptive method solves, at a tolerance.
SOLVED = ("node", "anode", "node-one-conv", "node-depthwise", "node-tanh")


def build(name: str, channels: int = 1, classes: int = 10, *, tol: float = 1e-3, method: str = "dopri5-np") -> Layer:
    """Make a network by name.

    Parameters
    ----------
    name : str
        A key of `MODELS`.
    channels, classes : int
        Number of channels of the images (28, 28, channels), and number of labels.
    tol : float
        Relative and absolute tolerance of an adaptive solver, forward and backward. Only those in `SOLVED` use it.
    method : str
        Solver of the block, see `odeint`, likewise.

    Returns
    -------
    Layer
        From images (batch, 28, 28, channels) to logits (batch, classes).

    Raises
    ------
    ValueError
        For an unknown name.
    """
    model = MODELS[one_of(name, "model", tuple(MODELS))]
    positive_int(channels, "channels")
    positive_int(classes, "classes")
    return model(classes, method=method, rtol=tol, atol=tol) if name in SOLVED else model(classes)


def describe_network(name: str, channels: int = 1, classes: int = 10) -> str:
    """Describe a network as the thesis prints its tables, and list what those leave out or get wrong.

    Parameters
    ----------
    name, channels, classes
        As for `build`.

    Returns
    -------
    str
        Text to be printed.

    Raises
    ------
    ValueError
        For an unknown name.
    """
    table = summary.as_text(build(name, channels, classes), (SIZE, SIZE, channels))
    notes = [f"- {note}" for note in ERRATA.get(name, ())]
    return "\n".join([table, *(["", "Where this differs from the thesis as printed:", *notes] if notes else [])])


def _network(downsampling, blocks, classes, groups=GROUPS):
    head = [GroupNorm(groups), ReLU(), GlobalAvgPool(), Flatten(), Dense(classes)]
    return serial(*downsampling, *blocks, *head, shard=SHARD)


def _conv_downsampling():
    """Convolutions that shrink images from 28x28 pixels to 26x26, 13x13 and 6x6."""
    halving = [GroupNorm(), ReLU(), Conv2D(WIDTH, 4, stride=2, padding=1)]
    return [Conv2D(WIDTH, 3), *halving, *halving]


def _residual_downsampling():
    """A block that halves the size: a 1x1/2 shortcut beside a 3x3/2 path, both on relu(norm(x))."""
    shortcut = Conv2D(WIDTH, 1, stride=2, bias=False)
    path = serial(Conv2D(WIDTH, 3, stride=2, padding=1, bias=False), *_residual_path())
    return [serial(GroupNorm(), ReLU(), parallel(shortcut, path))]


def _residual_path():
    return [GroupNorm(), ReLU(), Conv2D(WIDTH, 3, padding=1, bias=False)]


def _residual_blocks(n):
    return [ResBlock(serial(*_residual_path(), *_residual_path())) for _ in range(n)]
