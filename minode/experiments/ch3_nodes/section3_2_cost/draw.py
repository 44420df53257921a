"""Costs as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, GREY, VERMILION


def table(data):
    """Claim by claim what came out, in lines of text."""
    return "\n".join([claims.as_text(data), "", f"Claim: {data['verdict']} ({data['why']})."])


def draw(data):
    """Draw the products by field, and CPU time and memory over the size of two problems."""
    figure = Figure(figsize=(8.5, 6.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.6))
    _draw_products(top.subplots(), data["products"])
    for row, (problem, found) in zip(bottom.subplots(2, 2).T, data["scaling"].items()):
        for axes, key, factor, label, color in (
            (row[0], "cpu_seconds", 1e3, "CPU time (ms)", VERMILION),
            (row[1], "peak_mib", 1, "peak memory (MiB)", BLUE),
        ):
            values, sizes = factor * np.array(found[key]), np.array(found["sizes"])
            axes.loglog(sizes, values, "o", color=color, markersize=4)
            middle = np.median(values, axis=1)
            axes.loglog(sizes, middle[-1] * sizes / sizes[-1], color=GREY, linewidth=1, linestyle="--", label="linear")
            axes.minorticks_off()
            axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.set(ylabel=label)
            axes.legend(loc="upper left")
        row[0].set_title(f"a gradient, {problem}")
        row[1].set_xlabel(f"{found['size']}")
    return figure


def _draw_products(axes, products):
    axes.axvspan(0.5, 2, color=GREY, alpha=0.2, linewidth=0)
    axes.text(0.52, -0.6, "about as much: half to twice", va="center")
    for row, ratios in enumerate(products.values()):
        axes.plot(ratios, np.full(len(ratios), row), "o", color=BLUE, markersize=4)
    axes.set_yticks(range(len(products)), list(products))
    axes.set(xlim=(0, None), ylim=(len(products) - 0.5, -0.9))
    axes.set(xlabel="products with df/dz, df/dW, df/dt over an evaluation of f (CPU time)", title="a dot a seed")
