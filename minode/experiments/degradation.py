"""Figures 2.1 and 2.5: more layers make a plain network worse, on its training images too; with shortcuts they do not.

Both are of He et al. (2015), with 20 and 56 layers on CIFAR-10 and with 18 and 34 on ImageNet. Here 8 and 32 layers are
trained on small digits; `degradation_training` tells what else was scaled down. With 26 layers three seeds leave the
figures' claims undecided: some of those networks learn, if late.
"""

from itertools import product

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.data import mnist
from minode.experiments import tables
from minode.experiments.degradation_training import LEARNING_RATE, digits, trained
from minode.experiments.verdicts import below_zero, overall, paired, tally
from minode.plots import BLUE, GREY, VERMILION

SETTINGS = {
    "quick": dict(n_images=192, n_held_out=128, epochs=4, n_seeds=3),
    "default": dict(n_images=2000, epochs=8, n_seeds=3),
    "full": dict(depths=(20, 56), n_images=50_000, n_held_out=10_000, epochs=10, n_seeds=3),
}
# Kinds of networks, and the images that they are held against.
FIGURES = {"2.1": (("plain",), "test"), "2.5": (("plain", "residual"), "validation")}
# At a constant learning rate the error of a single epoch is a matter of luck: it is the mean of so many last ones.
LAST_EPOCHS = 3
# Of the shallower and the deeper network.
DEPTH_STYLES = (dict(color=BLUE, marker="o", markersize=4), dict(color=VERMILION, marker="s", markersize=4))
GUESSING = dict(color=GREY, linestyle=":", linewidth=1.2, zorder=0)
TRAINING, HELD_OUT = dict(linestyle="--", linewidth=1.0), dict(linestyle="-", linewidth=2.2)


def compute(seed=0, figure="2.1", depths=(8, 32), n_images=2000, n_held_out=500, epochs=8, n_seeds=3):
    """Train networks of two depths.

    Parameters
    ----------
    seed : int
        The first one.
    figure : {"2.1", "2.5"}
        Plain networks and test images, or plain and residual networks and validation images.
    depths : (int, int)
        Layers of the shallower and the deeper networks.
    n_images, n_held_out : int
        To train on and to look at; others for each seed.
    epochs : int
    n_seeds : int
        At least two.

    Returns
    -------
    dict
        "networks": kind, depth, the errors of the last epochs, a value a seed, and of each epoch; "claims" and
        "verdict"; "curves": the errors of each network, arrays (seeds, epochs).
    """
    kinds, held_out = FIGURES[figure]
    dataset, seeds = mnist.load(), range(seed, seed + n_seeds)
    images = [
        (digits(dataset.train, n_images, each), digits(getattr(dataset, held_out), n_held_out, each)) for each in seeds
    ]
    networks, curves = [], []
    for kind, depth in product(kinds, depths):
        runs = [trained(kind, depth, each, *splits, epochs)[1] for each, splits in zip(seeds, images)]
        errors = {key: np.array([run[key] for run in runs]) for key in runs[0]}
        curves.append(errors)
        last = {f"{key} error": error[:, -LAST_EPOCHS:].mean(axis=1).tolist() for key, error in errors.items()}
        by_epoch = {f"{key} error by epoch": error.tolist() for key, error in errors.items()}
        networks.append({"kind": kind, "depth": depth} | last | by_epoch)
    numbers = {
        "figure": figure,
        "held_out": held_out,
        "n_images": n_images,
        "last_epochs": min(LAST_EPOCHS, epochs),
        "learning_rate": LEARNING_RATE,
        "networks": networks,
    }
    return numbers | conclude(numbers) | {"curves": curves}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge(numbers["networks"], numbers["held_out"])
    n_seeds, verdicts = len(numbers["networks"][0]["training error"]), [claim["verdict"] for claim in claims]
    return {
        "claims": claims,
        "verdict": overall(verdicts),
        "why": f"of {len(claims)} comparisons over {n_seeds} seeds {tally(verdicts)}",
    }


def judge(networks, held_out):
    """Judge what the figures claim: depth harms plain networks and helps residual ones, so that shortcuts pay."""
    comparisons = []
    for shallow, deep in zip(networks[::2], networks[1::2]):
        comparisons.append((shallow, deep) if shallow["kind"] == "plain" else (deep, shallow))
    if len(networks) == 4:
        _, plain, _, residual = networks
        comparisons.append((residual, plain))
    return [
        less(f"{_name(lower)}: less {name} error than {_name(higher)}", lower[key], higher[key])
        for lower, higher in comparisons
        for key, name in (("training error", "training"), ("held out error", held_out))
    ]


def less(claim, lower, higher):
    """Judge the claim that one quantity is lower than another, seed by seed.

    Parameters
    ----------
    claim : str
    lower, higher : sequences of float
        A value a seed, of the same seeds.

    Returns
    -------
    dict
        "claim", "verdict" and "numbers": means and standard deviations.
    """
    numbers = " and ".join(f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" for values in (lower, higher))
    return {"claim": claim, "verdict": below_zero(paired(lower, higher)), "numbers": numbers}


def table(data):
    """Errors of the last epochs in lines of text, then claim by claim what came out."""
    header = ("network", "layers", "training error, %", f"{data['held_out']} error, %")
    rows = [
        (entry["kind"], str(entry["depth"]), *(_percent(entry[f"{key} error"]) for key in ("training", "held out")))
        for entry in data["networks"]
    ]
    n_seeds = len(data["networks"][0]["training error"])
    claims = [(claim["claim"], claim["verdict"], claim["numbers"]) for claim in data["claims"]]
    return "\n".join(
        [
            tables.as_text(header, rows),
            f"Mean of the last {data['last_epochs']} epochs; mean and standard deviation of {n_seeds} seeds; "
            f"{data['n_images']:,} training images.",
            "",
            tables.as_text(("claim", "verdict", "numbers"), claims, n_texts=3),
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
        for panel, kind, curves in ((left, "plain", data["curves"][:2]), (right, "residual", data["curves"][2:])):
            _draw_errors(panel, curves, "training", TRAINING)
            _draw_errors(panel, curves, "held out", HELD_OUT)
            panel.set_title(f"{kind} networks")
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


def _name(entry):
    return f"{entry['kind']} {entry['depth']}"
