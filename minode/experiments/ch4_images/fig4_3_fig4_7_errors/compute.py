"""Figures 4.3 and 4.7: the validation error of NODE and ResNet, epoch by epoch, on meters and on licence plates.

"Unstable", "faster" and "lower" are read as numbers: of the first 30 of 66 epochs, or as large a part of fewer, the sum
of all rises of the error from one epoch to the next, and its mean; and the lowest error of all epochs.

Augmented plates have copies of letters in the validation images, too, so that a NODE with and one without are judged
on different images; and they have nearly twice the images, so that one epoch has nearly twice the updates.
"""

from minode.base.checks import one_of
from minode.experiments.ch4_images.fig4_3_fig4_7_errors.claims import judge_errors
from minode.experiments.ch4_images.fig4_3_fig4_7_errors.draw import draw, table
from minode.experiments.ch4_images.ufpr_compare import by_protocol, together
from minode.experiments.ch4_images.ufpr_study import SETTINGS, beside, describe_runs, on_record, train

__all__ = ["SETTINGS", "compute", "draw", "table"]

FIGURES = {
    "4.3": [("amr", "node"), ("amr", "resnet")],
    "4.7": [("alpr", "node"), ("alpr-augmented", "node"), ("alpr-augmented", "resnet")],
}


def compute(figure="4.3", **options):
    """Train the networks of a figure, or take the runs that are there.

    Parameters
    ----------
    figure : {"4.3", "4.7"}
    **options
        Of `ufpr_study.train`: seed, runs_folder, amr, alpr.

    Returns
    -------
    dict
        "networks", with errors by seed and epoch; "recorded_networks", long runs on record; what they were trained on,
        claims and verdicts as in `ufpr_compare.together`.
    """
    networks = FIGURES[one_of(figure, "figure", tuple(FIGURES))]
    runs_of = train(networks, **options)
    recorded = on_record(networks)
    numbers = {"figure": figure} | beside("networks", errors, runs_of, recorded)
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    judged = (
        judge_errors(numbers["figure"], numbers[f"{of}networks"], own) for of, own in by_protocol(numbers).items()
    )
    return together(numbers, *judged)


def errors(runs_of):
    """Tell the errors of networks: by seed and epoch, on training images as they were trained on and on validation."""
    return [
        told | {kind: [run[kind]["error"] for run in runs] for kind in ("train", "validation")}
        for told, runs in zip(describe_runs(runs_of), runs_of.values())
    ]
