"""A comparison of networks as a picture: the errors of all seeds, and the differences by pairs."""

import math

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common.plots import BLUE, GREY, VERMILION
from minode.experiments.common.verdicts import LEVEL, UNDECIDED, below_zero

INCHES_A_ROW = 0.45


def draw(comparison):
    """Draw a comparison; runs of one seed are joined by a line.

    Parameters
    ----------
    comparison : networks.Comparison

    Returns
    -------
    Figure
    """
    networks, differences = comparison.networks, comparison.differences
    n_rows = [len(networks), *([len(differences)] if differences else [])]
    figure = Figure(figsize=(8, 1.3 * len(n_rows) + INCHES_A_ROW * sum(n_rows)))
    panels = figure.subplots(len(n_rows), 1, height_ratios=n_rows, squeeze=False)[:, 0]
    _draw_errors(panels[0], networks)
    if differences:
        _draw_differences(panels[1], differences)
    return figure


def _draw_errors(axes, networks):
    for seed in sorted({seed for network in networks for seed in network.errors}):
        rows = [(100 * network.errors[seed], i) for i, network in enumerate(networks) if seed in network.errors]
        axes.plot(*zip(*rows), "o-", color=GREY, markersize=3, linewidth=0.6)
    for i, network in enumerate(networks):
        _draw_interval(axes, i, network.mean(), BLUE)
    axes.set(xlabel="test error, %", title=f"each dot a seed, each line the same seed; means, {_interval_name()}")
    _name_rows(axes, [network.name for network in networks])


def _draw_differences(axes, differences):
    for i, difference in enumerate(differences):
        values = 100 * np.array(difference.values)
        axes.plot(values, np.full(len(values), i), "o", color=GREY, markersize=3)
        estimate = difference.estimate
        _draw_interval(axes, i, estimate, GREY if below_zero(estimate) == UNDECIDED else VERMILION)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="difference of the test errors, points", title="differences by seed; grey: undecided")
    _name_rows(axes, [" - ".join(difference.names) for difference in differences])


def _draw_interval(axes, row, estimate, color):
    axes.plot(100 * estimate.value, row, "D", color=color, markersize=6)
    if not math.isinf(estimate.error):
        axes.plot([100 * end for end in estimate.interval()], [row, row], color=color)


def _interval_name():
    return f"{100 * (1 - LEVEL):g} % intervals"


def _name_rows(axes, names):
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
