"""Eqs. 2.3-2.7: what shortcuts do to gradients, and whether vanishing gradients are what makes deep networks worse.

A layer is z' = g(h(z) + F(z, W)) (Eqs. 2.3 and 2.4). Its gradients keep their size if the product of the derivatives of
g and h is close to the identity (Eq. 2.6): measured on networks of 64 layers with random weights, for several h and g.
Eq. 2.7 expands a layer to the first order in F, which is measured with g = sinh; Eq. 2.5 calls its function the inverse
of g, where Eq. 2.4 has g itself.

Section 2.1 calls vanishing and exploding gradients the main cause of degradation. He et al. (2015), from whom it has
the experiment, argue that with normalisation they are unlikely to be. The deeper plain and residual networks of Figure
2.5 tell: sizes of the gradient of a mean loss at the inputs of their blocks, before training and after some of it.
"""

import numpy as np

from minode.data import mnist
from minode.experiments.ch2_resnets.digit_networks import digits, network, train_network
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts.claims import judge_shortcuts
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts.draw import draw, table
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts.layers import (
    VARIANTS,
    draw_layers,
    residual,
    sizes,
    sizes_of_variant,
)
from minode.experiments.common.claims import conclusion
from minode.nn.losses import cross_entropy

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {
    "quick": dict(n_networks=5, n_seeds=2, depth=8, n_images=192, epochs=1),
    "default": dict(),
    "full": dict(n_networks=50, n_seeds=10, epochs=8),
}
KINDS, BATCH = ("plain", "residual"), 32
# Sizes of F, so small that the second order shows.
SCALES = [2.0**-i for i in range(3, 9)]


def compute(seed=0, n_networks=20, n_seeds=5, depth=32, n_images=2000, epochs=2):
    """Measure gradients by layer, and what Eqs. 2.5 and 2.7 are off by.

    Parameters
    ----------
    seed : int
        Of the first network; then come the next seeds.
    n_networks, n_seeds : int
        Networks with random weights; networks that are trained on digits.
    depth, n_images, epochs : int
        Of the trained ones: layers, images to train on, and how long.

    Returns
    -------
    dict
        "sizes": of the gradient by layer, in the first network of each variant, and in those of digits; "gains" and
        "digits": by variant or kind, a number a network, log10 of the size at the first layer over that at the last;
        "orders" of the remainder of Eq. 2.7; "equation_2_5": how far it is from Eqs. 2.3 and 2.4; "claims", "verdict".
    """
    seeds = range(seed, seed + n_networks)
    by_layer = {name: [sizes_of_variant(name, each) for each in seeds] for name in VARIANTS}
    trained = _digit_networks(range(seed, seed + n_seeds), depth, n_images, epochs)
    numbers = {
        "n_networks": n_networks,
        "depth": depth,
        "sizes": {name: found[0] for name, found in (by_layer | trained).items()},
        "gains": {name: list(map(gain, found)) for name, found in by_layer.items()},
        "digits": {name: list(map(gain, found)) for name, found in trained.items()},
        "orders": [remainder_order(each) for each in seeds],
        "equation_2_5": {
            name: max(equation_2_5(each, G) for each in seeds)
            for name, G in (("g", np.sinh), ("inverse of g", np.arcsinh))
        },
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    return conclusion(judge_shortcuts(numbers))


def gain(found):
    """Compare the first layer's gradient with the last one's, as a power of ten."""
    return float(np.log10(found[0] / found[-1]))


def remainder_order(seed):
    """Measure the order in F of what Eq. 2.7 leaves out, with g = sinh and h the identity."""
    (W, *_), z, _ = draw_layers(seed)
    F = residual(z, W)
    F = F / np.abs(F).max()
    remainders = [np.linalg.norm(np.sinh(z + scale * F) - np.sinh(z) - np.cosh(z) * (scale * F)) for scale in SCALES]
    return float(np.polyfit(np.log(SCALES), np.log(remainders), 1)[0])


def equation_2_5(seed, G):
    """Tell how far G(h(z) + F(z, W)) is from Eqs. 2.3 and 2.4, relative, with g = sinh and h the identity."""
    (W, *_), z, _ = draw_layers(seed)
    y = z + residual(z, W)
    exact = np.sinh(y)
    return float(np.linalg.norm(G(y) - exact) / np.linalg.norm(exact))


def _digit_networks(seeds, depth, n_images, epochs):
    """Sizes of the gradient by block, by kind and before or after training, a list a seed."""
    data, found = mnist.load(), {}
    for variant in KINDS:
        net = network(depth, variant)
        for seed in seeds:
            train = digits(data.train, n_images, seed)
            _, start = net.init(np.random.default_rng(seed), train.x.shape[1:])
            trained, _ = train_network(variant, depth, seed, train, digits(data.validation, BATCH, seed), epochs)
            for when, params in (("at first", start), ("trained", trained)):
                found.setdefault(f"{variant}, {when}", []).append(_sizes_of_blocks(net, params, train))
    return found


def _sizes_of_blocks(net, params, split):
    x, y = split.x[:BATCH].astype(float), split.y[:BATCH]
    # The first three make the blocks' first input; the last three, behind the blocks, are the head.
    parts = list(zip(net.layers, params))
    for layer, W in parts[:3]:
        x = layer.apply(W, x)

    def loss(z):
        for layer, W in parts[-3:]:
            z = layer.apply(W, z)
        return cross_entropy(z, y)

    pairs = zip(parts[3:-3:2], parts[4:-3:2])
    blocks = [
        lambda z, block=block, relu=relu: relu[0].apply(relu[1], block[0].apply(block[1], z)) for block, relu in pairs
    ]
    return sizes(blocks, x, loss)
