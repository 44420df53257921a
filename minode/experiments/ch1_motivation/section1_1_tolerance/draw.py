"""Error and cost by tolerance as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from minode.experiments.ch1_motivation.section1_1_tolerance.claims import SAME, more_errors
from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, VERMILION
from minode.experiments.common.verdicts import of_images, of_seeds

HEADER = ("tolerance", "error, %", "NFE-F a batch", "CPU ms a batch")
# Factors, so that equal numbers do not hide each other.
SHIFTS = (0.93, 1.07)
STYLES = {
    "dopri5": dict(color=VERMILION, marker="o", markersize=5),
    "VODE": dict(color=BLUE, marker="s", markersize=5, linestyle="--"),
}


def table(data):
    """Errors and costs in lines of text, then claim by claim what came out."""
    rows = []
    for name, solves in data["solvers"].items():
        rows += [(f"{name}, {solves[0]['n_images']:,} test images, trained at {data['trained_at']:g}",)]
        rows += [
            (
                f"{solve['tolerance']:g}",
                f"{100 * _error(solve).value:.2f} ± {100 * _error(solve).error:.2f}",
                f"{np.mean(solve['nfe']):.1f}",
                f"{1e3 * np.mean(solve['cpu_seconds']):.0f}",
            )
            for solve in solves
        ]
    lines = [tables.as_text(HEADER, rows), "", claims.as_text(data), "* not in the thesis", ""]
    return "\n".join([*lines, f"Claim: {data['verdict']} ({data['why']})."])


def draw(data):
    """Draw errors, how many more they are than at the tolerance of the training, evaluations, and CPU time."""
    figure = Figure(figsize=(8.5, 6.6))
    (error, more), (nfe, seconds) = figure.subplots(2, 2)
    for (name, solves), shift in zip(data["solvers"].items(), SHIFTS):
        tolerances, style = [shift * solve["tolerance"] for solve in solves], STYLES[name]
        (trained,) = (solve for solve in solves if solve["tolerance"] == data["trained_at"])
        _draw_line(error, tolerances, [_error(solve) for solve in solves], style | {"label": name})
        _draw_intervals(more, tolerances, [more_errors(solve, trained, solve["n_images"]) for solve in solves], style)
        _draw_line(nfe, tolerances, [of_seeds(solve["nfe"]) for solve in solves], style)
        _draw_line(seconds, tolerances, [of_seeds(1e3 * np.array(solve["cpu_seconds"])) for solve in solves], style)
    for axes, quantity, title in (
        (error, "test error", "error, with its standard error"),
        (more, "points more than where trained", "difference by image, with its interval"),
        (nfe, "NFE-F a batch", "evaluations of f"),
        (seconds, "CPU time a batch (ms)", "CPU time of the whole network"),
    ):
        mark = axes.axvline(data["trained_at"], color="black", linewidth=1, linestyle=":")
        axes.set(xscale="log", xlabel="tolerance", ylabel=quantity, title=title)
        if axes is error:
            mark.set_label("where it was trained")
    for axes in (error, nfe, seconds):
        axes.set_ylim(0, None)
    error.yaxis.set_major_formatter(PercentFormatter(1, decimals=1, symbol=" %"))
    allowed = 100 * SAME
    more.axhline(allowed, color="black", linewidth=1, linestyle="--")
    more.annotate(
        f"allowed: {allowed:g} points", (0.5, allowed), xycoords=("axes fraction", "data"), ha="center", va="bottom"
    )
    more.axhline(0, color="black", linewidth=0.6)
    error.legend(loc="lower right")
    figure.suptitle(f"Trained tight, tested loose: {data['verdict']}", fontsize="medium")
    return figure


def _draw_line(axes, x, estimates, style):
    axes.errorbar(x, [each.value for each in estimates], yerr=[each.error for each in estimates], **style)


def _draw_intervals(axes, x, estimates, style):
    values = 100 * np.array([each.value for each in estimates])
    ends = 100 * np.array([each.interval() for each in estimates])
    axes.errorbar(x, values, yerr=np.abs(ends.T - values), **style)


def _error(solve):
    return of_images(len(solve["wrong_images"]) / solve["n_images"], solve["n_images"])
