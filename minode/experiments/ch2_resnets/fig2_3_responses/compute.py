"""Figure 2.3: how strongly each layer responds, in plain and in residual networks of two depths.

A response is the standard deviation of what a 3x3 convolution and its normalisation make of validation images, before
the nonlinearity or the addition. Networks, their training and what of He et al. (2015) was scaled down are those of
Figures 2.1 and 2.5 (`digit_networks`).

After a normalisation a response is little else than the gains that multiply it: all are 1 at first. The figure thus
shows what training made of the gains, in 64,000 steps with weight decay at He et al. In 500 steps they hardly move, and
a decay made so large that it shrinks them as much (0.05) keeps plain networks from learning. What the thesis reads from
the figure, that the blocks of a deeper residual network change their input less, is measured beside it.
"""

from itertools import product

import numpy as np

from minode.data import mnist
from minode.experiments.ch2_resnets import digit_networks
from minode.experiments.ch2_resnets.digit_networks import digits, network, trained_network
from minode.experiments.ch2_resnets.fig2_3_responses.claims import judge_responses
from minode.experiments.ch2_resnets.fig2_3_responses.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.protocol.sweeps import SMALL
from minode.experiments.common.verdicts import overall, tally
from minode.nn.layers import GroupNorm, kernel_layer, kernel_of

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = digit_networks.SETTINGS
KINDS = ("plain", "residual")


def layer_responses(params, depth, variant, x):
    """Measure the response of each layer.

    Parameters
    ----------
    params : tree of arrays
    depth, variant
        As for `digit_networks.network`.
    x : array of float32, shape (batch, height, width, 1)

    Returns
    -------
    responses : list of float
        Of the convolutions from first to last, each with its normalisation: standard deviation over images, pixels and
        channels.
    changes : list of float
        Of the residual blocks: standard deviation of what is added, over that of the block's input.
    """
    norm, found, changes = GroupNorm(1), [], []
    kernel = kernel_of(norm)

    def measured(W, x, t):
        y, vjp = kernel.run(W, x, t)
        found.append(float(y.std()))
        return y, vjp

    net = network(depth, variant, kernel_layer("GroupNorm", norm.init, measured, kernel.n_leaves))
    for layer, W in zip(net.layers, params):
        y = layer.apply(W, x)
        if layer.name == "ResBlock":
            changes.append(float((y - x).std() / x.std()))
        x = y
    return found, changes


def compute(seed=0, runs_folder="runs", depths=(8, 32), n_images=2000, n_held_out=500, epochs=8, n_seeds=3):
    """Train plain and residual networks of two depths and measure their responses to validation images.

    Parameters
    ----------
    seed, runs_folder, depths, n_images, n_held_out, epochs, n_seeds
        As for `fig2_1_fig2_5_degradation.compute.compute`.

    Returns
    -------
    dict
        "networks": kind, depth, and for each seed the "responses" of the layers, their "mean response", and of residual
        networks the "mean change" of a block's input; "claims" and "verdict", which is on what the thesis claims.
    """
    dataset, seeds = mnist.load(), range(seed, seed + n_seeds)
    networks = []
    for variant, depth in product(KINDS, depths):
        entry = {"kind": variant, "depth": depth, "responses": [], "mean response": [], "mean change": []}
        for each in seeds:
            splits = digits(dataset.train, n_images, each), digits(dataset.validation, n_held_out, each)
            params, _ = trained_network(runs_folder, variant, depth, each, splits, epochs)
            found, changes = layer_responses(params, depth, variant, splits[1].x)
            entry["responses"].append(found)
            entry["mean response"].append(float(np.mean(found)))
            if changes:
                entry["mean change"].append(float(np.mean(changes)))
        networks.append(entry)
    numbers = {"n_images": n_images, "networks": networks}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    decides = numbers["n_images"] == SMALL["n_images"]
    claims, n_seeds = judge_responses(numbers["networks"], decides), len(numbers["networks"][0]["responses"])
    verdicts = verdicts_of(claims)
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of {len(verdicts)} comparisons over {n_seeds} seeds {tally(verdicts)}",
    }
