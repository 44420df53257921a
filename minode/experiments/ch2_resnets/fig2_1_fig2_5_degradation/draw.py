"""Figures 2.1 and 2.5 drawn, and as a table in text."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

# Of the shallower and the deeper network.
DEPTH_STYLES = (dict(color=BLUE, marker="o", markersize=4), dict(color=VERMILION, marker="s", markersize=4))
GUESSING = dict(color=GREY, linestyle=":", linewidth=1.2, zorder=0)
TRAINING, HELD_OUT = dict(linestyle="--", linewidth=1.0), dict(linestyle="-", linewidth=2.2)


def table(data):
    """Errors of the last epochs in lines of text, then claim by claim what came out."""
    header = ("network", "layers", "training error, %", f"{data['held_out']} error, %")
    rows = [
        (entry["kind"], str(entry["depth"]), *(_percent(entry[f"{key} error"]) for key in ("training", "held out")))
        for entry in data["networks"]
    ]
    n_seeds = len(data["networks"][0]["training error"])
    return "\n".join(
        [
            tables.as_text(header, rows),
            f"Mean of the last {data['last_epochs']} epochs; mean and standard deviation of {n_seeds} seeds; "
            f"{data['n_images']:,} training images.",
            "",
            claims.as_text(data),
            "",
            f"Claims: {data['verdict']} ({data['why']}).",
        ]
    )


def draw(data):
    """Draw error by epoch, mean and standard deviation over seeds; a panel a set of images, or a kind of network."""
    figure = Figure(figsize=(8.0, 4.2))
    left, right = axes = figure.subplots(1, 2, sharey=True)
    shallow, deep = (f"{entry['depth']} layers" for entry in data["networks"][:2])
    keys = [Line2D([], [], label=label, **style) for label, style in zip((shallow, deep), DEPTH_STYLES)]
    keys.append(Line2D([], [], label="guessing", **GUESSING))
    if data["figure"] == "2.1":
        panels = [("training", left), ("held out", right)]
        for key, panel in panels:
            _draw_errors(panel, data["curves"], key, HELD_OUT)
        left.set_title("plain networks: training images")
        right.set_title(f"plain networks: {data['held_out']} images")
    else:
        for panel, variant, curves in ((left, "plain", data["curves"][:2]), (right, "residual", data["curves"][2:])):
            _draw_errors(panel, curves, "training", TRAINING)
            _draw_errors(panel, curves, "held out", HELD_OUT)
            panel.set_title(f"{variant} networks")
        keys += [
            Line2D([], [], color="black", label=label, **style)
            for label, style in (("training", TRAINING), (data["held_out"], HELD_OUT))
        ]
    for panel in axes:
        panel.axhline(0.9, **GUESSING)
        panel.set(xlabel="epoch", ylim=(0, 1))
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        panel.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    left.set_ylabel("error")
    n_seeds = len(data["networks"][0]["training error"])
    title = f"mean and standard deviation of {n_seeds} seeds; {data['n_images']:,} training images"
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), title=title, title_fontsize="medium")
    return figure


def _draw_errors(axes, curves, key, style):
    for errors, depth_style in zip(curves, DEPTH_STYLES):
        mean, deviation = errors[key].mean(axis=0), errors[key].std(axis=0, ddof=1)
        epochs = np.arange(1, len(mean) + 1)
        axes.fill_between(epochs, mean - deviation, mean + deviation, color=depth_style["color"], alpha=0.15, lw=0)
        axes.plot(epochs, mean, **depth_style, **style)


def _percent(values):
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}"
