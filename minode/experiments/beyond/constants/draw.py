"""The intervals as text and as a picture, and the pelts with the curve that was fitted to them."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREEN, ORANGE, VERMILION

COLORS = (BLUE, VERMILION, GREEN, ORANGE)
HEADER = ("constant", "true", "in its interval", "half an interval")


def table(data):
    """How often intervals hold their constants and how wide they are, then claim by claim what came out."""
    rows = []
    for name, held in data["held"].items():
        rows.append((name,))
        for constant, values in held.items():
            width = np.median(_widths(data, name, constant))
            true, count = data["truth"][name][constant], f"{sum(values)} of {data['repetitions']}"
            rows.append((f"  {constant}", f"{true:g}", count, f"{width:.0%}"))
    pelts = data["pelts"]
    found = [
        (f"  {name}", f"{value:.3g}", f"{pelts['low'][name]:.3g} to {pelts['high'][name]:.3g}", "")
        for name, value in pelts["params"].items()
    ]
    return "\n".join(
        [
            tables.as_text(HEADER, rows),
            "",
            tables.as_text(("pelts, thousands, years", "fitted", "95 %", ""), found),
            f"Errors of a pelt count: {pelts['noise']:.0%}.",
            "",
            claims.as_text(data),
            f"All: {data['verdict']}; {data['why']}.",
        ]
    )


def draw(data):
    """Draw all intervals over the true constants, a panel a problem, and the pelts."""
    figure = Figure(figsize=(8.0, 7.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.5, 1))
    for axes, (name, held) in zip(top.subplots(2, 2).flat, data["held"].items()):
        _draw_intervals(axes, data, name, held)
    top.suptitle("95 % intervals over the true constant; crosses: missed", fontsize=10)
    _draw_pelts(bottom.subplots(), data)
    return figure


def _widths(data, name, constant):
    return np.log(np.divide(data["high"][name][constant], data["low"][name][constant])) / 2


def _draw_intervals(axes, data, name, held):
    n = data["repetitions"]
    for i, (constant, values) in enumerate(held.items()):
        true, x = data["truth"][name][constant], np.arange(n) + 0.8 * (i + 0.5) / len(held) - 0.4
        low, high = (np.array(data[end][name][constant]) / true for end in ("low", "high"))
        axes.vlines(x, low, high, color=COLORS[i], linewidth=1.2, label=f"{constant}, {sum(values)} of {n}")
        missed = ~np.array(values)
        axes.plot(x[missed], np.sqrt(low * high)[missed], "x", color=COLORS[i], markersize=6)
    axes.axhline(1.0, color="black", linewidth=0.8)
    least, most = axes.get_ylim()
    # Room for the legend.
    axes.set(ylim=(least, most + 0.45 * (most - least)), title=name, xlabel="repetition", ylabel="over the true one")
    axes.legend(ncols=2, fontsize=8, loc="upper center", handlelength=1.0, columnspacing=1.0)


def _draw_pelts(axes, data):
    curves = data["curves"]
    for i, (animal, color) in enumerate((("hare", BLUE), ("lynx", VERMILION))):
        axes.plot(curves["year"], curves["pelts"][:, i], "o", color=color, markersize=4, label=f"{animal}, bought")
        axes.plot(curves["between"], curves["path"][:, i], color=color, label=f"{animal}, fitted")
    axes.set(xlabel="year", ylabel="pelts (thousands)", xticks=range(1900, 1921, 4))
    axes.set_title("Pelts of the Hudson's Bay Company, and Lotka and Volterra's equation")
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.0))
    axes.set_ylim(0, 1.25 * curves["pelts"].max())
