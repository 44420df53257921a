"""A NODE for real digits that trains in half a minute: what Figure 3.3 is measured on.

Its layers are those of Tables 4.1 and 4.2. Scaled down are the images, MNIST's averaged over 2x2 pixels, so that one
halving takes them to the 6x6 pixels on which the thesis' block works, and the width: 8 channels in place of 64, two a
group as there. At width 64 the block is that of Table 4.2. Weights are float64: LSODA takes the rounding of float32 for
stiffness.
"""

from collections.abc import Callable
from typing import NamedTuple

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.data import mnist
from minode.data.dataset import Split
from minode.nn.blocks import ODEBlock, vector_field
from minode.nn.layers import ConcatConv2D, Conv2D, Dense, Flatten, GlobalAvgPool, GroupNorm, ReLU, serial
from minode.nn.losses import cross_entropy
from minode.nn.optim import Adam
from minode.ode.gradients.tolerances import gradient_scale
from minode.ode.odeint import odeint
from minode.training.fitting import fit
from minode.training.setup.batches import ORDER, WEIGHTS, generator

WIDTH, SIZE, BATCH, LEARNING_RATE = 8, 14, 32, 0.02
# The solver of Chen et al. (2018), Adams' method, at the tolerance of the reference script for MNIST.
METHOD, TOL = "vode", 1e-3
DEPTHS = np.array([0.0, 1.0])


class TrainedNode(NamedTuple):
    """The ODE block of a trained network on a batch of digits that it was not trained on, and how it came about.

    Attributes
    ----------
    f : callable
        Vector field ``f(t, z, W)``.
    W : tree of arrays
    z0 : array, shape (batch, 6, 6, width)
        State at depth 0.
    loss : callable
        ``loss(z1) -> number``, the cross-entropy of the batch, its mean, from the state at depth 1.
    history : dict of lists
        Of `fitting.fit`.
    """

    f: Callable
    W: list
    z0: np.ndarray
    loss: Callable
    history: dict

    def forward(self, method=METHOD, tol=TOL):
        """Solve to depth 1, with rtol = atol = tol; the states at both ends."""
        return odeint(self.f, self.z0, DEPTHS, self.W, method=method, rtol=tol, atol=tol)

    def gradient(self, z):
        """Gradients of the mean loss in the two states that `forward` returns: none reaches the first directly."""
        return np.stack([np.zeros_like(z[0]), grad(self.loss)(z[1])])


def scaled_up(g, tol):
    """Scale gradients as `odeint` does, lest the backward solve's absolute tolerance hide them."""
    return g / gradient_scale(g, tol, tol)


def digits():
    """Load MNIST and average its images over 2x2 pixels.

    Returns
    -------
    train, held_out : Split
        50,000 training and 10,000 validation images of 14x14 pixels in float64.
    """
    data = mnist.load()
    return shrunk(data.train), shrunk(data.validation)


def shrunk(split):
    """Average images over 2x2 pixels, in float64."""
    return Split(split.x.reshape(-1, SIZE, 2, SIZE, 2, 1).mean(axis=(2, 4), dtype=float), split.y)


def layers(width):
    """Make the three parts of the network: downsampling, the layer of the vector field, and the head."""
    norm = GroupNorm(width // 2)
    downsampling = serial(Conv2D(width, 3), norm, ReLU(), Conv2D(width, 4, stride=2, padding=1))
    convolution = ConcatConv2D(width, 3, padding=1)
    field = serial(norm, ReLU(), convolution, norm, ReLU(), convolution, norm)
    return downsampling, field, serial(norm, ReLU(), GlobalAvgPool(), Flatten(), Dense(10))


def train(seed, n_updates, train_images, held_out, width=WIDTH):
    """Train the network by Adam on the mean loss of random batches of 32 digits.

    Parameters
    ----------
    seed, n_updates : int
    train_images, held_out : Split
        As `digits` returns them.
    width : int
        Channels, even.

    Returns
    -------
    TrainedNode
        On the first 32 images held out.
    """
    downsampling, field, head = layers(width)
    network = serial(downsampling, ODEBlock(field, method=METHOD, rtol=TOL, atol=TOL), head)
    _, params = network.init(generator(WEIGHTS, seed), (SIZE, SIZE, 1))
    order = generator(ORDER, seed)

    def loss(params):
        # `fit` calls this once an update.
        batch = order.integers(0, len(train_images.y), BATCH)
        return cross_entropy(network.apply(params, train_images.x[batch]), train_images.y[batch])

    (W_down, W, W_head), history = fit(loss, params, Adam(), LEARNING_RATE, n_updates, f"NODE, seed {seed}")
    x, y = held_out.x[:BATCH], held_out.y[:BATCH]
    z0 = downsampling.apply(W_down, x)
    return TrainedNode(
        vector_field(field), W, z0, lambda z: cross_entropy(head.apply(W_head, anp.array(z)), y), history
    )
