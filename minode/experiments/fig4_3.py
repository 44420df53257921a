"""Figures 4.3 and 4.7: the validation error of NODE and ResNet, epoch by epoch, on meters and on licence plates.

"Unstable", "faster" and "lower" are read as numbers: of the first 30 of 66 epochs, or as large a part of fewer, the sum
of all rises of the error from one epoch to the next, and its mean; and the lowest error of all epochs.

Augmented plates have copies of letters in the validation images, too, so that a NODE with and one without are judged
on different images; and they have nearly twice the images, so that one epoch has nearly twice the updates.
"""

import numpy as np

from minode.checks import one_of
from minode.experiments.fig4_3_drawing import draw, table
from minode.experiments.ufpr_compare import compare, n_first, pairs, together
from minode.experiments.ufpr_study import DEFAULT, SETTINGS, beside, describe, on_record, train
from minode.experiments.verdicts import UNDECIDED

__all__ = ["SETTINGS", "compute", "draw", "table"]

FIGURES = {
    "4.3": [("amr", "node"), ("amr", "resnet")],
    "4.7": [("alpr", "node"), ("alpr-augmented", "node"), ("alpr-augmented", "resnet")],
}
# Epochs in which rises are counted: fewer tell nothing of how stable a network is.
FEWEST_EPOCHS = 5


def compute(seed=0, runs_folder="runs", figure="4.3", amr=DEFAULT["amr"], alpr=DEFAULT["alpr"]):
    """Train the networks of a figure, or take the runs that are there.

    Parameters
    ----------
    seed : int
        The first one; then come the next seeds.
    runs_folder : path
        Holds the stand-ins and a folder for each run.
    figure : {"4.3", "4.7"}
    amr, alpr : dict
        For meters and for plates, as in "sizes" of `ufpr_study.train`.

    Returns
    -------
    dict
        "networks", with errors by seed and epoch; "recorded_networks", long runs on record; what they were trained on,
        claims and verdicts as in `ufpr_compare.together`.
    """
    networks = FIGURES[one_of(figure, "figure", tuple(FIGURES))]
    runs_of = train(networks, runs_folder, seed, {"amr": amr, "alpr": alpr})
    recorded = on_record(networks)
    numbers = {"figure": figure} | beside("networks", errors, runs_of, recorded)
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    return together(numbers, *(judge(numbers["figure"], numbers[key]) for key in ("networks", "recorded_networks")))


def errors(runs_of):
    """Tell the errors of networks: by seed and epoch, on training images as they were trained on and on validation."""
    return [
        told | {kind: [run[kind]["error"] for run in runs] for kind in ("train", "validation")}
        for told, runs in zip(describe(runs_of), runs_of.values())
    ]


def judge(figure, networks):
    """Hold the claims of a figure against networks.

    What varies is the seed. The validation images are the same for all of them, and stay what they are: a history does
    not tell which of them were wrong.

    Parameters
    ----------
    figure : {"4.3", "4.7"}
    networks : list of dict
        As `errors` tells of them; not all need to be there.

    Returns
    -------
    list of dict
        As in `table4_5_claims`.
    """
    network_of = {(network["data"], network["model"]): network for network in networks}
    return _of_meters(network_of) if figure == "4.3" else _of_plates(network_of)


def _of_meters(network_of):
    node, resnet = (network_of.get(("amr", model)) for model in ("node", "resnet"))
    if not pairs(resnet, node):
        return []
    # The claim is that the ResNet's error rises less, so it comes first.
    unstable = compare("ResNet: error rises less than the NODE's in the first epochs", resnet, node, of_each(rises))
    if n_first(len(node["validation"][0])) < FEWEST_EPOCHS:
        unstable["verdict"] = UNDECIDED
    return [unstable, compare("NODE: lower error at best than the ResNet", node, resnet, of_each(min))]


def _of_plates(network_of):
    node, claims = network_of.get(("alpr-augmented", "node")), []
    for key, text in [(("alpr", "node"), "without augmentation"), (("alpr-augmented", "resnet"), "the ResNet")]:
        if pairs(node, other := network_of.get(key)):
            what = f"NODE, augmented: lower error in the first epochs than {text}"
            claims.append(compare(what, node, other, of_each(early)))
            claims.append(compare(f"NODE, augmented: lower error at best than {text}", node, other, of_each(min)))
    return claims


def of_each(quantity):
    """Make a function of a network that gives a quantity of each run's validation errors, a list over the epochs."""
    return lambda network: [quantity(errors) for errors in network["validation"]]


def rises(errors):
    """Sum of all rises of an error from one epoch to the next, in the first epochs."""
    changes = np.diff(errors[: n_first(len(errors))])
    return float(changes[changes > 0].sum())


def early(errors):
    """Mean error of the first epochs."""
    return float(np.mean(errors[: n_first(len(errors))]))
