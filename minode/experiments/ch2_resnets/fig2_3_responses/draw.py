"""Figure 2.3 drawn, and as a table in text."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, VERMILION

STYLES = {
    "plain": dict(color=BLUE, linestyle="--", marker="s", markersize=3.5, linewidth=1.0),
    "residual": dict(color=VERMILION, linestyle="-", marker="o", markersize=3.5, linewidth=1.0),
}
# In layers.
SHIFT = {"plain": -0.15, "residual": 0.15}


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
    """Draw responses layer by layer, mean and standard deviation over seeds: a column a depth, the lower row sorted."""
    figure = Figure(figsize=(8.0, 6.0))
    depths = list(dict.fromkeys(entry["depth"] for entry in data["networks"]))
    panels = figure.subplots(2, len(depths), sharey=True)
    for entry in data["networks"]:
        found, column = np.array(entry["responses"]), panels[:, depths.index(entry["depth"])]
        # Side by side, so that equal responses do not hide each other.
        layers = np.arange(1, found.shape[1] + 1) + SHIFT[entry["kind"]]
        for axes, values in zip(column, (found, -np.sort(-found, axis=1))):
            axes.errorbar(layers, values.mean(axis=0), yerr=values.std(axis=0, ddof=1), **STYLES[entry["kind"]])
    for axes in panels.flat:
        axes.axhline(1, color="black", linewidth=0.6, zorder=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for depth, (top, bottom) in zip(depths, panels.T):
        top.set(title=f"{depth} layers", xlabel="layer, in the network's order")
        bottom.set(xlabel="layer, by size of the response")
    for axes in panels[:, 0]:
        axes.set_ylabel("standard deviation")
    keys = [Line2D([], [], label=kind, **style) for kind, style in STYLES.items()]
    title = f"mean and standard deviation of {len(found)} seeds; before training all responses are 1"
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), title=title, title_fontsize="medium")
    return figure
