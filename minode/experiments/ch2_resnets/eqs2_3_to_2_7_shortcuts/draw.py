"""Gradients by layer as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, GREEN, GREY, ORANGE, VERMILION

STYLES = {
    "h, g identities": dict(color=VERMILION),
    "h = 0.9 z": dict(color=BLUE, linestyle="--"),
    "h = 1.1 z": dict(color=GREEN, linestyle="-."),
    "g = tanh": dict(color=ORANGE, linestyle=":"),
    "g = ReLU": dict(color=GREY, linestyle=(0, (5, 1))),
}
DIGITS = {
    "plain, at first": dict(color=BLUE, linestyle=":", marker="s"),
    "plain, trained": dict(color=BLUE, linestyle="-", marker="s"),
    "residual, at first": dict(color=VERMILION, linestyle=":", marker="o"),
    "residual, trained": dict(color=VERMILION, linestyle="-", marker="o"),
}


def table(data):
    """Claim by claim what came out, in lines of text."""
    lines = [f"{data['n_networks']} networks with random weights; digits: {data['depth']} layers"]
    lines += [claims.as_text(data), "* not in the thesis", "", f"Claim: {data['verdict']} ({data['why']})."]
    return "\n".join(lines)


def draw(data):
    """Draw sizes of the gradient over the layers, relative to that behind the last one."""
    figure = Figure(figsize=(8.5, 4.4))
    left, right = figure.subplots(1, 2)
    for axes, styles in ((left, STYLES), (right, DIGITS)):
        for name, style in styles.items():
            found = np.array(data["sizes"][name])
            axes.semilogy(np.arange(len(found)), found / found[-1], label=name, markersize=3, **style)
        axes.axhspan(0.1, 10, color=GREY, alpha=0.15, linewidth=0)
        axes.legend()
        axes.set_ylabel("size of the gradient, over that at the end")
    left.set(xlabel="layer", title="z' = g(h(z) + F(z)), random weights")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.set(ylim=(0.05, 200), xlabel="block of two layers", title=f"digits, networks of {data['depth']} layers")
    figure.suptitle("Gradients by layer; shaded: within a factor of ten, kept", fontsize="medium")
    return figure
