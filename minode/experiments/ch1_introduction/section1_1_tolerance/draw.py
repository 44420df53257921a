"""Error and cost by tolerance as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION
from minode.experiments.common.verdicts import of_images, of_seeds

HEADER = ("tolerance", "error, %", "NFE-F a batch", "CPU ms a batch")
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
    """Draw errors, evaluations and CPU seconds over the tolerance, and errors over CPU seconds."""
    figure = Figure(figsize=(8.5, 6.6))
    (error, trade), (nfe, seconds) = figure.subplots(2, 2)
    for name, solves in data["solvers"].items():
        tolerances, style = [solve["tolerance"] for solve in solves], STYLES[name]
        _draw_line(error, tolerances, [_error(solve) for solve in solves], style)
        _draw_line(nfe, tolerances, [of_seeds(solve["nfe"]) for solve in solves], style | {"label": name})
        found = [of_seeds(1e3 * np.array(solve["cpu_seconds"])) for solve in solves]
        _draw_line(seconds, tolerances, found, style)
        cost = [each.value for each in found]
        _draw_line(trade, cost, [_error(solve) for solve in solves], style)
        for x, solve in zip(cost, solves):
            at = x, _error(solve).value
            trade.annotate(f"{solve['tolerance']:g}", at, xytext=(4, 5), textcoords="offset points", fontsize=8)
    for axes, quantity, title in (
        (error, "test error", "error, with its standard error"),
        (nfe, "NFE-F a batch", "evaluations of f"),
        (seconds, "CPU time a batch (ms)", "CPU time of the whole network"),
    ):
        axes.axvline(data["trained_at"], color=GREY, linewidth=1, linestyle=":")
        axes.annotate(
            "trained", (data["trained_at"], 0.02), xycoords=("data", "axes fraction"), color=GREY, rotation=90
        )
        axes.set(xscale="log", xlabel="tolerance (dimensionless)", ylabel=quantity, title=title, ylim=(0, None))
    trade.set(xlim=(0, None), xlabel="CPU time a batch (ms)", ylabel="test error", title="what time buys, by tolerance")
    for axes in (error, trade):
        axes.set_ylim(0, None)
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    nfe.legend()
    figure.suptitle(f"Trained tight, tested loose: {data['verdict']}", fontsize="medium")
    return figure


def _draw_line(axes, x, estimates, style):
    axes.errorbar(x, [each.value for each in estimates], yerr=[each.error for each in estimates], **style)


def _error(solve):
    return of_images(len(solve["wrong_images"]) / solve["n_images"], solve["n_images"])
