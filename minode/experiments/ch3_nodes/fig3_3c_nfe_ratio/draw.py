"""Where the half comes from, as a picture: ratios and gradient errors by size of the gradient, and the counter."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common import tables
from minode.experiments.common.plots import BLUE, GREEN, GREY, VERMILION

SOLVERS = {
    "vode": ("VODE", dict(color=VERMILION, linestyle="-", marker="o")),
    "lsoda": ("LSODA", dict(color=BLUE, linestyle="--", marker="s")),
    "dopri5": ("dopri5", dict(color=GREEN, linestyle=":", marker="^")),
}
DATA_SETS = {
    "UFPR-AMR": dict(color=VERMILION),
    "UFPR-ALPR": dict(color=BLUE, linestyle="--"),
    "MNIST": dict(color=GREEN, linestyle=":"),
}
SIZE_LABEL = "largest |g| over atol / rtol"
# Epochs of the log that are shown: the averages hardly change after.
SHOWN = 30


def draw(data):
    """Draw the ratio without and with the seminorm, the error of the gradient, and NFE-F as logged."""
    figure = Figure(figsize=(8.0, 7.4))
    (whole, seminorm), (error, counter) = figure.subplots(2, 2)
    for axes, norm, title in [
        (whole, "whole", "error control over [z, a, a_W]"),
        (seminorm, "seminorm", "over [z, a] (seminorm)"),
    ]:
        _draw_ratio(axes, data, norm)
        axes.set_title(title)
    seminorm.sharey(whole)
    _draw_error(error, data)
    _draw_counter(counter, data)
    whole.legend(loc="upper left")
    figure.suptitle(f"NFE-B is about half of NFE-F, for the gradient of a mean loss: {data['verdict']}")
    return figure


def _draw_ratio(axes, data, norm):
    axes.axhline(0.5, color="black", linewidth=0.8, label="half")
    for method, (name, style) in SOLVERS.items():
        solver = data["solvers"][method]
        ratio = np.divide(solver[norm]["nfe_backward"], np.array(solver["nfe_forward"])[:, None])
        _draw_seeds(axes, data["sizes"], ratio[:, :-1], name, style)
    _mark_sizes(axes, data)
    axes.set(xlabel=SIZE_LABEL, ylabel="NFE-B over NFE-F", yticks=(0.5, 1, 2, 5, 10))
    axes.yaxis.set_major_formatter("{x:g}")


def _draw_error(axes, data):
    for method, (name, style) in SOLVERS.items():
        error = np.array(data["solvers"][method]["whole"]["gradient_error"])
        _draw_seeds(axes, data["sizes"], error[:, :-1], name, style)
    _mark_sizes(axes, data)
    # Room above the lines for what the marks are called.
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.45)
    axes.set(xlabel=SIZE_LABEL, ylabel="relative error of dL/dW", title="the price: errors of the gradient")


def _draw_seeds(axes, sizes, values, name, style):
    """Draw the mean over the seeds as a line, and the range of all as a band."""
    axes.loglog(sizes, values.mean(axis=0), label=name, markersize=5, **style)
    axes.fill_between(sizes, values.min(axis=0), values.max(axis=0), color=style["color"], alpha=0.15, linewidth=0)


def _mark_sizes(axes, data):
    """Mark where the gradients of the mean loss are, and where odeint takes them."""
    sizes = [size for solver in data["solvers"].values() for size in solver["size"]]
    axes.axvspan(min(sizes), max(sizes), color=GREY, alpha=0.3, linewidth=0)
    for x, text in [(np.sqrt(min(sizes) * max(sizes)), "mean loss"), (0.1, "odeint")]:
        axes.annotate(text, (x, 0.98), xycoords=("data", "axes fraction"), ha="right", va="top", rotation=90)
    axes.axvline(0.1, color=GREY, linewidth=0.8)


def _draw_counter(axes, data):
    for name, style in DATA_SETS.items():
        by_epoch = data["inflation"][name][:SHOWN]
        axes.plot(range(len(by_epoch)), by_epoch, label=f"{name}: {data['inflation'][name][-1]:.2f} at last", **style)
    axes.set(xlabel="epoch", ylabel="NFE-F as logged over NFE-F", title="the counter of the reference script")
    axes.set_ylim(0.98, None)
    axes.legend(loc="center right")


def table(data):
    """The ratio by solver and stage in lines of text, and what came out."""
    names = list(next(iter(data["stages"].values())))
    rows = [
        (
            name,
            *(f"{stage[name]['mean']:.2f} ± {stage[name]['standard_error']:.2f}" for stage in data["stages"].values()),
        )
        for name in names
    ]
    lines = ["NFE-B over NFE-F", tables.as_text(("gradient", *data["stages"]), rows), "", data["why"] + "."]
    return "\n".join([*lines, f"Claim (about half, as it is): {data['verdict']}."])
