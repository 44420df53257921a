"""The ways to a gradient as text and as a picture: what they err and cost, and where one of them loses z."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from minode.experiments.ch3_nodes.section3_2_gradients.claims import WRONG
from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREEN, GREY, ORANGE, VERMILION

STYLES = {
    "adjoint": dict(color=VERMILION, marker="o", linestyle="-"),
    "4 checkpoints": dict(color=ORANGE, marker="D", linestyle="-."),
    "8 checkpoints": dict(color=BLUE, marker="s", linestyle="--"),
    "backprop": dict(color=GREEN, marker="^", linestyle="-"),
    "backprop, RK4": dict(color=GREY, marker="x", linestyle=":"),
}
SOLVED_BACKWARD = ("adjoint", "4 checkpoints", "8 checkpoints")
SMOOTH_HEADER = ("smooth field, tolerance", "error", "evaluations", "CPU ms", "peak MiB")
LOSING_HEADER = ("lambda T", *(f"error, {way}" for way in list(STYLES)[:4]), "error of z", "warned")
TOLERANCE, RATE = "tolerance of the solves", "λT"
ERROR = "error of dP/dW (relative)"


def table(data):
    """Medians over the seeds in lines of text, then claim by claim what came out."""
    smooth = []
    for way in data["smooth"]:
        smooth.append((way,))
        for i, tolerance in enumerate(data["tolerances"]):
            numbers = data["smooth"][way] | data["measured"][way]
            values = [np.median(numbers[key][i]) for key in ("error", "evaluations", "ms", "peak_mib")]
            smooth.append((f"{tolerance:.0e}", *map("{:{}}".format, values, (".1e", ".0f", ".0f", ".2f"))))
    losing = [
        (
            f"{rate:g}",
            *(f"{np.median(numbers['error'][i]):.1e}" for numbers in data["losing"].values()),
            f"{np.median(data['losing']['adjoint']['reconstruction_error'][i]):.1e}",
            f"{sum(data['losing']['adjoint']['warned'][i])} of {data['n_seeds']}",
        )
        for i, rate in enumerate(data["rates"])
    ]
    return "\n".join(
        [
            tables.as_text(SMOOTH_HEADER, smooth),
            "",
            tables.as_text(LOSING_HEADER, losing, n_texts=0),
            "",
            claims.as_text(data),
            "* not in the thesis",
            "",
            f"The thesis' claims: {data['verdict']} ({data['why']}).",
        ]
    )


def draw(data):
    """Draw errors and costs on the smooth field above, and below the contracting fields on which z is lost."""
    figure = Figure(figsize=(8.0, 10.6))
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.75, 1))
    panels = upper.subplots(2, 2, sharex=True)
    quantities = (("error", ERROR), ("evaluations", "evaluations of f"))
    quantities += (("ms", "CPU time (ms)"), ("peak_mib", "peak memory (MiB)"))
    for axes, (key, label) in zip(panels.flat, quantities):
        for way in data["smooth"]:
            _draw_spread(axes, data["tolerances"], (data["smooth"][way] | data["measured"][way])[key], STYLES[way])
        axes.set(xscale="log", yscale="log", ylabel=label)
        axes.minorticks_off()
    for axes in panels.flat[1:]:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    for axes in panels[1]:
        axes.set_xlabel(TOLERANCE)
    panels[0, 0].invert_xaxis()
    upper.suptitle(f"A smooth field, λT = 1: medians and ranges of {data['n_seeds']} seeds", fontsize="medium")
    _legend(upper, data["smooth"])

    errors, distances = lower.subplots(1, 2)
    _draw_losing(errors, data, data["losing"], "error")
    errors.axhline(WRONG, color="black", linewidth=1.0, linestyle=(0, (1, 2)))
    errors.annotate("1 %", (data["rates"][0], WRONG), xytext=(0, 3), textcoords="offset points")
    errors.set(ylabel=ERROR)
    _draw_losing(distances, data, SOLVED_BACKWARD, "reconstruction_error")
    distances.set(ylabel="error of z on its return (relative)")
    growth = f"grows as exp({np.mean(data['growth_exponents']):.2f} λT)"
    distances.annotate(growth, (0.05, 0.92), xycoords="axes fraction", color=VERMILION)
    lower.suptitle(
        "Fields that contract by exp(-λT), rtol 1e-6; filled: ReconstructionWarning, all seeds", fontsize="medium"
    )
    _legend(lower, data["losing"])
    return figure


def _draw_losing(axes, data, ways, key):
    for way in ways:
        found = data["losing"][way]
        _draw_spread(axes, data["rates"], found[key], STYLES[way] | dict(markerfacecolor="white"))
        warned = [i for i, seeds in enumerate(found["warned"]) if all(seeds)]
        medians = [np.median(found[key][i]) for i in warned]
        axes.plot([data["rates"][i] for i in warned], medians, **STYLES[way] | dict(linestyle="none", markersize=5))
    axes.set(yscale="log", xlabel=RATE)


def _draw_spread(axes, x, values, style):
    """Draw the median of each row of values, and the band from the lowest to the highest."""
    axes.plot(x, np.median(values, axis=1), **style, markersize=5)
    axes.fill_between(x, np.min(values, axis=1), np.max(values, axis=1), color=style["color"], alpha=0.2, linewidth=0)


def _legend(figure, ways):
    keys = [figure.axes[0].plot([], [], **STYLES[way], markersize=5)[0] for way in ways]
    figure.legend(keys, list(ways), loc="outside lower center", ncols=len(keys))
