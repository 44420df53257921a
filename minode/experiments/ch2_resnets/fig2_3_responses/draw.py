"""Figure 2.3 drawn, and as a table in text."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, VERMILION

# By kind and depth: in one panel all four must be told apart.
COLORS = {"plain": BLUE, "residual": VERMILION}
DEPTH_STYLES = (dict(linestyle="--", marker="o", markersize=4), dict(linestyle="-", marker="s", markersize=3))


def table(data):
    """Mean responses and what is claimed of them, in lines of text."""
    n_seeds = len(data["networks"][0]["responses"])
    return "\n".join(
        [
            claims.as_text(data),
            "* what the figure is read for, measured; not part of the verdict",
            "",
            f"Mean and standard deviation of {n_seeds} seeds. Claim (residual networks respond less, deeper ones less "
            f"still): {data['verdict']}.",
        ]
    )


def draw(data):
    """Draw responses layer by layer, mean and standard deviation over seeds, in the layers' order and sorted."""
    figure = Figure(figsize=(8.0, 6.4))
    top, bottom = figure.subplots(2, 1, sharex=True, sharey=True)
    keys = []
    for i, entry in enumerate(data["networks"]):
        style = dict(color=COLORS[entry["kind"]], linewidth=1.4, **DEPTH_STYLES[i % 2])
        keys.append(Line2D([], [], label=f"{entry['kind']}, {entry['depth']} layers", **style))
        found = np.array(entry["responses"])
        layers = np.arange(1, found.shape[1] + 1)
        for axes, values in ((top, found), (bottom, -np.sort(-found, axis=1))):
            axes.errorbar(layers, values.mean(axis=0), yerr=values.std(axis=0, ddof=1), elinewidth=0.8, **style)
    for axes in (top, bottom):
        axes.axhline(1, color="black", linewidth=0.6, zorder=0)
        axes.set(ylabel="standard deviation\n(dimensionless)", ylim=(0, None))
    top.set(
        xlim=(0.5, None),
        xlabel="layer, in the network's order",
        title="response of each 3x3 layer; before training all are 1",
    )
    bottom.set(xlabel="layer, by size of the response")
    title = f"mean and standard deviation of {len(found)} seeds"
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), title=title, title_fontsize="medium")
    return figure
