"""What the models make of a series, and where they lead beyond it, as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, VERMILION

HEADER = ("RMS error of logarithms, median of seeds", "taught", "beyond")
# Curves may pass behind a legend.
OPAQUE = dict(frameon=True, framealpha=0.9, edgecolor="none", facecolor="white")
MODELS = {"hybrid": ("known part and network", BLUE), "plain": ("network alone", VERMILION)}


def table(data):
    """The errors in lines of text, then claim by claim what came out."""
    rows = [(f"made: {name}", *_medians(data["made"][model])) for model, (name, _) in MODELS.items()]
    rows += [
        ("pelts: Lotka and Volterra", *(f"{data['pelts']['equation'][part]:.2g}" for part in ("taught", "beyond"))),
        ("pelts: network", *_medians(data["pelts"]["network"])),
    ]
    return "\n".join(
        [tables.as_text(HEADER, rows), "", claims.as_text(data), f"All: {data['verdict']}; {data['why']}."]
    )


def draw(data):
    """Draw the made series with both models, one above the other, and the pelts below."""
    figure = Figure(figsize=(8.0, 8.6))
    panels = figure.subplots(4, 1)
    made, pelts = data["curves"]["made"], data["curves"]["pelts"]
    for axes, (model, (name, color)) in zip(panels, MODELS.items()):
        for i, path in enumerate(made[model]):
            label = f"{name}, each seed" if i == 0 else None
            axes.plot(made["t"], np.exp(path[:, 0]), color=color, linewidth=0.9, alpha=0.6, label=label)
        axes.plot(made["t"], np.exp(made["truth"][:, 0]), color="black", linewidth=1.5, label="truth")
        axes.plot(made["taught"], np.exp(made["y"][:, 0]), ".", color="black", markersize=4, label="taught, a seed")
        axes.axvline(made["taught"][-1], color="black", linestyle=":", linewidth=1)
        axes.set(ylabel="prey", xlabel="t", title=f"A made series: {name}")
        axes.set_ylim(0, 1.5 * np.exp(made["truth"][:, 0]).max())
        axes.legend(ncols=3, loc="upper right", **OPAQUE)
    for axes, i, animal in zip(panels[2:], (0, 1), ("hare", "lynx")):
        for j, path in enumerate(pelts["network"]):
            label = "network, each seed" if j == 0 else None
            axes.plot(pelts["between"], path[:, i], color=VERMILION, linewidth=0.9, label=label)
        axes.plot(pelts["between"], pelts["equation"][:, i], color=BLUE, label="Lotka and Volterra")
        axes.plot(pelts["year"], pelts["pelts"][:, i], ".", color="black", markersize=6, label="bought")
        axes.axvline(pelts["year"][0] + data["pelts"]["years"] - 0.5, color="black", linestyle=":", linewidth=1)
        axes.set(ylabel=f"{animal} (thousands)", xlabel="year", xticks=range(1900, 1921, 4))
        axes.set_ylim(0, 1.6 * pelts["pelts"][:, i].max())
        axes.set_title(f"Pelts of {animal}: 15 years are taught")
        axes.legend(ncols=3, loc="upper right", **OPAQUE)
    return figure


def _medians(numbers):
    return [f"{np.median(numbers[part]):.2g}" for part in ("taught", "beyond")]
