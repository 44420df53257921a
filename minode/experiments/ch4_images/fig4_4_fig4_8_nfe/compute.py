"""Figures 4.4 and 4.8: evaluations of f by the NODE, forward and backward, epoch by epoch, on meters and on plates.

They are counted, and then put through the counter of the reference script, off whose log the thesis read them (see
`reference_log`). A history has means over an epoch; they are taken for the counts of each update of it.
"""

import numpy as np

from minode.base.checks import one_of
from minode.experiments.ch4_images.fig4_4_fig4_8_nfe.claims import judge_nfe
from minode.experiments.ch4_images.fig4_4_fig4_8_nfe.draw import draw, table
from minode.experiments.ch4_images.ufpr_compare import by_protocol, together
from minode.experiments.ch4_images.ufpr_study import SETTINGS, beside, describe_runs, on_record, train
from minode.experiments.common.reference_log import evaluation_passes, logged

__all__ = ["SETTINGS", "compute", "draw", "table"]

METERS, PLATES = ("amr", "node"), ("alpr-augmented", "node")
FIGURES = {"4.4": METERS, "4.8": PLATES}


def compute(figure="4.4", **options):
    """Train the NODE of a figure, and for plates that of the meters, or take the runs that are there.

    Parameters
    ----------
    figure : {"4.4", "4.8"}
    **options
        Of `ufpr_study.train`: seed, runs_folder, amr, alpr.

    Returns
    -------
    dict
        "networks", with counts by seed and epoch: that of the figure, and of Figure 4.8 also that on meters, which the
        thesis compares plates with; "recorded_networks", long runs of them on record; what they were trained on,
        claims and verdicts as in `ufpr_compare.together`.
    """
    network = FIGURES[one_of(figure, "figure", tuple(FIGURES))]
    shown = dict.fromkeys([network, METERS])
    runs_of = train(shown, **options)
    recorded = on_record(shown)
    if network not in recorded:
        recorded = {}
    numbers = {"figure": figure} | beside("networks", counts, runs_of, recorded)
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    judged = (judge_nfe(numbers["figure"], numbers[f"{of}networks"], own) for of, own in by_protocol(numbers).items())
    return together(numbers, *judged)


def counts(runs_of):
    """Tell evaluations of f by seed and epoch, as counted and as logged."""
    return [
        told
        | {column: [run["train"][column] for run in runs] for column in ("nfe_forward", "nfe_backward")}
        | dict(zip(("logged_forward", "logged_backward"), map(list, zip(*map(as_logged, runs)))))
        for told, runs in zip(describe_runs(runs_of), runs_of.values())
    ]


def as_logged(run):
    """Tell what the reference script would have logged of a run, at the first update of each epoch.

    Returns
    -------
    forward, backward : list of float
    """
    images, batch = run["result"]["images"], run["config"]["batch_size"]
    steps = images["train"] // batch
    passes = evaluation_passes(images["train"], images["validation"])
    forward, backward = (np.repeat(run["train"][column], steps).tolist() for column in ("nfe_forward", "nfe_backward"))
    return logged(forward, backward, steps, passes)
