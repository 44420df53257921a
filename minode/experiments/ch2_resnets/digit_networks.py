"""Plain and residual networks for Figures 2.1, 2.3 and 2.5, equal but for the shortcuts, and their training.

The setting is that of He et al. (2015), scaled down to what NumPy trains in two minutes: 3x3 convolutions throughout
and SGD with momentum, but 8 channels in place of 16 to 64, MNIST digits of 6x6 pixels in place of CIFAR-10 and
ImageNet, a constant learning rate, and hundreds of steps in place of 64,000. GroupNorm takes the place of batch
normalisation, which this library does not have.
"""

from itertools import count
from pathlib import Path

import numpy as np
from autograd.tracer import getval

from minode.base.files import replacing, writable_folder
from minode.base.trees import ravel, tree_map, unravel
from minode.data.dataset import Split, subset
from minode.nn.blocks import ResBlock
from minode.nn.layers import Conv2D, Dense, Flatten, GlobalAvgPool, GroupNorm, ReLU, serial
from minode.nn.losses import cross_entropy
from minode.nn.optim import SGD
from minode.training.evaluation import evaluate
from minode.training.fitting import fit
from minode.training.saved.checkpoint import DAMAGE
from minode.training.setup.batches import ORDER, WEIGHTS, generator

SETTINGS = {
    "quick": dict(n_images=192, n_held_out=128, epochs=4, n_seeds=3),
    "default": dict(n_images=2000, epochs=8, n_seeds=3),
    "full": dict(depths=(20, 56), n_images=50_000, n_held_out=10_000, epochs=10, n_seeds=3),
}

CHANNELS, BATCH = 8, 32
# The middle 24x24 pixels of a digit, averaged over squares of 4x4.
MARGIN, SQUARE, SIZE = 2, 4, 6
MOMENTUM, WEIGHT_DECAY = 0.9, 1e-4
# Of 0.003, 0.01 and 0.03 the one with the lowest mean validation error over plain and residual networks of 8 and 20
# layers, on a seed that no figure shows: 33, 29 and 39 %. At 0.1 not even the plain one of 8 layers learns.
LEARNING_RATE = 0.01


def network(depth, variant, norm=None):
    """Build a plain or a residual network.

    Parameters
    ----------
    depth : int
        Layers with weights, as He et al. (2015) count them: even, the first convolution and the last, dense layer
        included.
    variant : {"plain", "residual"}
        Residual networks have a shortcut around every two layers.
    norm : Layer, optional
        Normalisation after each convolution, `GroupNorm` of a single group by default.

    Returns
    -------
    Layer
        From images (batch, height, width, 1) to logits (batch, 10).
    """
    norm = norm or GroupNorm(1)
    convolution = [Conv2D(CHANNELS, 3, padding=1), norm]
    two_layers = serial(*convolution, ReLU(), *convolution)
    block = [ResBlock(two_layers) if variant == "residual" else two_layers, ReLU()]
    return serial(*convolution, ReLU(), *block * ((depth - 2) // 2), GlobalAvgPool(), Flatten(), Dense(10))


def digits(split, n, seed):
    """Choose `n` digits at random and average them to 6x6 pixels.

    Parameters
    ----------
    split : data.dataset.Split
        Images of 28x28 pixels.
    n, seed : int

    Returns
    -------
    data.dataset.Split
    """
    x, y = subset(split, n, seed)
    squares = x[:, MARGIN:-MARGIN, MARGIN:-MARGIN].reshape(n, SIZE, SQUARE, SIZE, SQUARE, 1)
    return Split(squares.mean(axis=(2, 4)), y)


def trained_network(folder, variant, depth, seed, splits, epochs, held_out="validation"):
    """Train a network, or take the one that was kept of the same training: so an interrupted figure goes on.

    Parameters
    ----------
    folder : path
        Where networks are kept, a file each. Its name tells all that the training depends on but the code.
    variant, depth, seed, epochs
        As for `train_network`.
    splits : (data.dataset.Split, data.dataset.Split)
        Images to train on and to look at, as `digits` chooses them by the seed.
    held_out : {"validation", "test"}
        Which images the second are.

    Returns
    -------
    params, errors
        As of `train_network`.

    Raises
    ------
    ValueError
        If a file that was kept is damaged, named in the message.
    OSError
        If the folder cannot be written to.
    """
    train, looked_at = splits
    images = f"{len(train.y)}-and-{len(looked_at.y)}-of-{held_out}"
    path = Path(folder) / f"digits-{variant}-{depth}-{epochs}-epochs-of-{images}-seed-{seed}.npz"
    if path.is_file():
        try:
            with np.load(path) as kept:
                params = unravel(_initial(network(depth, variant), seed, train), kept["W"])
                return params, {key: kept[key].tolist() for key in ("training", "held out")}
        except DAMAGE as error:
            raise ValueError(
                f"{str(path)!r} is damaged ({error}); delete it, and the network is trained again"
            ) from None
    writable_folder(folder)
    params, errors = train_network(variant, depth, seed, train, looked_at, epochs)
    with replacing(path) as temporary:
        np.savez(temporary, W=ravel(params), **errors)
    return params, errors


def train_network(variant, depth, seed, train, held_out, epochs):
    """Train a network.

    Parameters
    ----------
    variant : {"plain", "residual"}
    depth, seed : int
    train, held_out : data.dataset.Split
    epochs : int

    Returns
    -------
    params : tree of arrays
        Of ``network(depth, kind)``.
    errors : dict of lists
        By epoch: "training", the mean over the epoch's batches as they come, and "held out", after the epoch.
    """
    net = network(depth, variant)
    params = _initial(net, seed, train)
    steps, batches = len(train.y) // BATCH, _batches(train, seed)
    wrong, found = [], []

    def loss(params):
        x, y = next(batches)
        z = net.apply(params, x)
        wrong.append(np.mean(getval(z).argmax(axis=1) != y))
        return cross_entropy(z, y)

    def look(step, params):
        if step and step % steps == 0:
            found.append(evaluate(net, params, held_out).error)

    optimizer, label = SGD(MOMENTUM, WEIGHT_DECAY), f"{variant} {depth}, seed {seed}"
    params, _ = fit(loss, params, optimizer, LEARNING_RATE, epochs * steps, label, look)
    look(epochs * steps, params)
    return params, {"training": np.reshape(wrong, (epochs, steps)).mean(axis=1).tolist(), "held out": found}


def _initial(net, seed, train):
    _, params = net.init(generator(WEIGHTS, seed), train.x.shape[1:])
    return tree_map(lambda W: W.astype(np.float32), params)


def _batches(split, seed):
    """Draw full batches for ever, each image once an epoch."""
    for epoch in count(1):
        order = generator(ORDER, seed, epoch).permutation(len(split.y))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            yield split.x[chosen], split.y[chosen]
