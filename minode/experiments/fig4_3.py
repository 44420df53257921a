"""Figures 4.3 and 4.7: the validation error of NODE and ResNet, epoch by epoch, on meters and on licence plates.

"Unstable", "faster" and "lower" are read as numbers: of the first 30 of 66 epochs, or as large a part of fewer, the sum
of all rises of the error from one epoch to the next, and its mean; and the lowest error of all epochs.

Augmented plates have copies of letters in the validation images, too, so that a NODE with and one without are judged
on different images; and they have nearly twice the images, so that one epoch has nearly twice the updates.
"""

import numpy as np

from minode.checks import one_of
from minode.experiments.fig4_3_drawing import draw, table
from minode.experiments.ufpr_compare import compare, conclude, n_first, pairs
from minode.experiments.ufpr_study import DEFAULT, SETTINGS, describe, on_record, origin, train
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
        claims and verdicts as in `ufpr_compare.conclude`.
    """
    networks = FIGURES[one_of(figure, "figure", tuple(FIGURES))]
    runs_of = train(networks, runs_folder, seed, {"amr": amr, "alpr": alpr})
    recorded = on_record(networks)
    return {
        "figure": figure,
        "networks": errors(runs_of),
        "recorded_networks": errors(recorded),
        **conclude(origin(runs_of), judge(figure, runs_of), origin(recorded), judge(figure, recorded)),
    }


def errors(runs_of):
    """Tell the errors of networks: by seed and epoch, on training images as they were trained on and on validation."""
    return [
        told | {kind: [run[kind]["error"] for run in runs] for kind in ("train", "validation")}
        for told, runs in zip(describe(runs_of), runs_of.values())
    ]


def judge(figure, runs_of):
    """Hold the claims of a figure against runs.

    Parameters
    ----------
    figure : {"4.3", "4.7"}
    runs_of : dict of list
        (data, model) -> runs, one a seed, as `trained_runs.read` returns them; not all need to be there.

    Returns
    -------
    list of dict
        As in `table4_5_claims`.
    """
    return _of_meters(runs_of) if figure == "4.3" else _of_plates(runs_of)


def _of_meters(runs_of):
    # The claim is that the ResNet's error rises less, so it comes first.
    if not (found := pairs(runs_of, ("amr", "resnet"), ("amr", "node"))):
        return []
    unstable = compare("ResNet: error rises less than the NODE's in the first epochs", found, rises)
    if n_first(found[0][0]["config"]["epochs"]) < FEWEST_EPOCHS:
        unstable["verdict"] = UNDECIDED
    return [unstable, _lower("NODE: lower error at best than the ResNet", [pair[::-1] for pair in found])]


def _of_plates(runs_of):
    node, claims = ("alpr-augmented", "node"), []
    for other, text in [(("alpr", "node"), "without augmentation"), (("alpr-augmented", "resnet"), "the ResNet")]:
        if found := pairs(runs_of, node, other):
            what = f"NODE, augmented: lower error in the first epochs than {text}"
            claims += [compare(what, found, early), _lower(f"NODE, augmented: lower error at best than {text}", found)]
    return claims


def _lower(text, found):
    return compare(text, found, lambda run: min(run["validation"]["error"]))


def rises(run):
    """Sum of all rises of the validation error from one epoch to the next, in the first epochs."""
    changes = np.diff(run["validation"]["error"][: n_first(run["config"]["epochs"])])
    return float(changes[changes > 0].sum())


def early(run):
    """Mean validation error of the first epochs."""
    return float(np.mean(run["validation"]["error"][: n_first(run["config"]["epochs"])]))
