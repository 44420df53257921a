"""The latent ODE and the RNN on spirals, as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common.claims import as_text
from minode.experiments.common.plots import BLUE, GREY, VERMILION

MODELS = {"latent": ("latent ODE", BLUE, "o"), "rnn": ("RNN", VERMILION, "s")}
PARTS = {"within": "Interpolated", "beyond": "Extrapolated"}


def table(data):
    """The errors by number of points, means over the seeds, beside those of Chen et al., and the claims."""
    lines = [f"{'root mean square error, mean of seeds':40}" + "".join(f"{n:>10}" for n in data["sizes"])]
    for part, title in PARTS.items():
        for model, (label, *_) in MODELS.items():
            means = (np.mean(data[model][part][str(n)]) for n in data["sizes"])
            lines.append(f"{f'{title.lower()}, {label}':40}" + "".join(f"{mean:10.3f}" for mean in means))
    for model, (label, *_) in MODELS.items():
        lines.append(f"{f'Chen et al., {label}':40}" + "".join(f"{error:10.3f}" for error in data["paper"][model]))
    lines += [
        "",
        f"{len(data['latent']['nfe'])} seeds, {data['n_updates']} updates each; noise {data['noise']}. The latent ODE "
        f"took {np.mean(data['latent']['nfe']):.0f} evaluations of f",
        f"for {data['n_times']} times, by dopri5 at a tolerance of 1e-4.",
        "",
        as_text(data),
        "",
        f"All: {data['verdict']}; {data['why']}.",
    ]
    return "\n".join(lines)


def draw(data):
    """Draw a spiral by number of points, and the errors by number of points and by time."""
    curves, sizes = data["curves"], data["sizes"]
    figure = Figure(figsize=(8.4, 6.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=[1.15, 1])
    for axes, n, way in zip(top.subplots(1, 3, sharex=True, sharey=True), sizes, (1.0, -1.0, 1.0)):
        _draw_spiral(axes, curves, n, np.flatnonzero(curves["sense"] == way)[0])
    top.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    within, beyond, by_time = bottom.subplots(1, 3)
    for axes, part in ((within, "within"), (beyond, "beyond")):
        _draw_errors(axes, data, part)
    bottom.legend(*beyond.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    _draw_by_time(by_time, curves, sizes[0])
    return figure


def _draw_spiral(axes, curves, n, row):
    truth, n_within = curves["truth"][row], curves["truth"].shape[1] // 2
    axes.plot(*truth.T, color=GREY, linewidth=3, alpha=0.5, label="truth")
    axes.plot(*(curves["noisy"][str(n)][row].T), ".", color="black", markersize=3, label="observations")
    for model, (label, color, _) in MODELS.items():
        first = 0 if model == "latent" else n_within
        axes.plot(*curves[model][str(n)][row, first:].T, color=color, linewidth=1.3, label=label)
    axes.set(aspect="equal", title=f"{n} points", xlabel="$x_1$")
    axes.label_outer()
    if axes.get_subplotspec().is_first_col():
        axes.set_ylabel("$x_2$")


def _draw_errors(axes, data, part):
    sizes = data["sizes"]
    for model, (label, color, marker) in MODELS.items():
        errors = np.array([data[model][part][str(n)] for n in sizes])
        axes.plot(sizes, errors, marker, color=color, markersize=3, alpha=0.6)
        axes.plot(sizes, errors.mean(axis=1), color=color, label=label)
        if part == "beyond":
            style = dict(linestyle=":", color=color, marker=marker, markerfacecolor="none", markersize=5, linewidth=1)
            axes.plot(sizes, data["paper"][model], label=f"{label}, Chen et al.", **style)
    axes.set(xlabel="number of points", title=PARTS[part], xticks=sizes, ylim=(0, None))
    if part == "within":
        axes.set_ylabel("root mean square error")


def _draw_by_time(axes, curves, n):
    for model, (label, color, _) in MODELS.items():
        squares = (curves[model][str(n)] - curves["truth"]) ** 2
        # Before the first observation the RNN has no answer.
        mean = np.nanmean(squares[:, 1:], axis=(0, 2))
        axes.plot(curves["times"][1:], np.sqrt(mean), color=color, label=label)
    axes.axvline(curves["times"][len(curves["times"]) // 2], color=GREY, linewidth=0.8, linestyle="--")
    axes.set(xlabel="time", title=f"By time, {n} points", ylim=(0, None))
