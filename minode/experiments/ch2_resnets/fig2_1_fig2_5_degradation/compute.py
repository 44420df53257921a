"""Figures 2.1 and 2.5: more layers make a plain network worse, on its training images too; with shortcuts they do not.

Both are of He et al. (2015), with 20 and 56 layers on CIFAR-10 and with 18 and 34 on ImageNet. Here 8 and 32 layers are
trained on small digits; `digit_networks` tells what else was scaled down. A plain network of 32 layers does not learn
there at all, which is no degradation of one that does: the plain networks of Figure 2.1 have 8 and 20 layers, and twice
the epochs. Both were fixed before any of these networks was trained.
"""

from itertools import product

import numpy as np

from minode.data import mnist
from minode.experiments.ch2_resnets import digit_networks
from minode.experiments.ch2_resnets.digit_networks import LEARNING_RATE, digits, trained_network
from minode.experiments.ch2_resnets.fig2_1_fig2_5_degradation.claims import judge_depth
from minode.experiments.ch2_resnets.fig2_1_fig2_5_degradation.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.protocol.sweeps import SIZES
from minode.experiments.common.verdicts import overall, tally

__all__ = ["SETTINGS", "compute", "draw", "table"]


SETTINGS = digit_networks.SETTINGS | {"default": dict(n_seeds=3)}
# Kinds of networks, the images that they are held against, and the usual depths and epochs.
FIGURES = {"2.1": (("plain",), "test", (8, 20), 16), "2.5": (("plain", "residual"), "validation", (8, 32), 8)}
# At a constant learning rate the error of a single epoch is a matter of luck: it is the mean of so many last ones.
LAST_EPOCHS = 3


def compute(
    seed=0, runs_folder="runs", figure="2.1", depths=None, n_images=2000, n_held_out=500, epochs=None, n_seeds=3
):
    """Train networks of two depths.

    Parameters
    ----------
    seed : int
        The first one.
    runs_folder : path
        Trained networks are kept there, a file each, and need not be trained twice.
    figure : {"2.1", "2.5"}
        Plain networks and test images, or plain and residual networks and validation images.
    depths : (int, int), optional
        Layers of the shallower and the deeper networks, by default those of `FIGURES`.
    n_images, n_held_out : int
        To train on and to look at; others for each seed.
    epochs : int, optional
        By default that of `FIGURES`.
    n_seeds : int
        At least two.

    Returns
    -------
    dict
        "networks": kind, depth, the errors of the last epochs, a value a seed, and of each epoch; "claims" and
        "verdict"; "curves": the errors of each network, arrays (seeds, epochs).
    """
    kinds, held_out, usual_depths, usual_epochs = FIGURES[figure]
    depths, epochs = depths or usual_depths, epochs or usual_epochs
    dataset, seeds = mnist.load(), range(seed, seed + n_seeds)
    images = [
        (digits(dataset.train, n_images, each), digits(getattr(dataset, held_out), n_held_out, each)) for each in seeds
    ]
    networks, curves = [], []
    for variant, depth in product(kinds, depths):
        runs = [
            trained_network(runs_folder, variant, depth, each, splits, epochs, held_out)[1]
            for each, splits in zip(seeds, images)
        ]
        errors = {key: np.array([run[key] for run in runs]) for key in runs[0]}
        curves.append(errors)
        last = {f"{key} error": error[:, -LAST_EPOCHS:].mean(axis=1).tolist() for key, error in errors.items()}
        by_epoch = {f"{key} error by epoch": error.tolist() for key, error in errors.items()}
        networks.append({"kind": variant, "depth": depth} | last | by_epoch)
    numbers = {
        "figure": figure,
        "held_out": held_out,
        "n_images": n_images,
        "last_epochs": min(LAST_EPOCHS, epochs),
        "learning_rate": LEARNING_RATE,
        "networks": networks,
    }
    return numbers | conclude(numbers) | {"curves": curves}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_depth(numbers["networks"], numbers["held_out"], _decides(numbers))
    n_seeds, verdicts = len(numbers["networks"][0]["training error"]), verdicts_of(claims)
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of {len(claims)} comparisons over {n_seeds} seeds {tally(verdicts)}",
    }


def _decides(numbers):
    """Tell whether the networks are those of the protocol."""
    n_seeds, epochs = np.shape(numbers["networks"][0]["training error by epoch"])
    found = {"n_images": numbers["n_images"], "epochs": epochs, "n_seeds": n_seeds}
    size = SIZES[f"fig{numbers['figure']}"]
    return all(found[key] == size[key] for key in found.keys() & size.keys())
