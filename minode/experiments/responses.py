"""Figure 2.3: how strongly each layer responds, in plain and in residual networks of two depths.

A response is the standard deviation of what a 3x3 convolution and its normalisation make of validation images, before
the nonlinearity or the addition. Networks, their training and what of He et al. (2015) was scaled down are those of
Figures 2.1 and 2.5 (`degradation_training`).

After a normalisation a response is little else than the gains that multiply it: all are 1 at first. The figure thus
shows what training made of the gains, in 64,000 steps with weight decay at He et al. In 500 steps they hardly move, and
a decay made so large that it shrinks them as much (0.05) keeps plain networks from learning. What the thesis reads from
the figure, that the blocks of a deeper residual network change their input less, is measured beside it.
"""

from itertools import product

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minode.data import mnist
from minode.experiments import degradation, tables
from minode.experiments.degradation import less
from minode.experiments.degradation_training import digits, network, trained
from minode.experiments.verdicts import overall, tally
from minode.layers import GroupNorm, kernel_layer
from minode.plots import BLUE, VERMILION

SETTINGS = degradation.SETTINGS
KINDS = ("plain", "residual")
# By kind and depth: in one panel all four must be told apart.
COLORS = {"plain": BLUE, "residual": VERMILION}
DEPTH_STYLES = (dict(linestyle="--", marker="o", markersize=4), dict(linestyle="-", marker="s", markersize=3))


def responses(params, depth, kind, x):
    """Measure the response of each layer.

    Parameters
    ----------
    params : tree of arrays
    depth, kind
        As for `degradation_training.network`.
    x : array of float32, shape (batch, height, width, 1)

    Returns
    -------
    responses : list of float
        Of the convolutions from first to last, each with its normalisation: standard deviation over images, pixels and
        channels.
    changes : list of float
        Of the residual blocks: standard deviation of what is added, over that of the block's input.
    """
    norm, found, changes = GroupNorm(1), [], []

    def measured(W, x, t):
        y, vjp = norm.kernel(W, x, t)
        found.append(float(y.std()))
        return y, vjp

    net = network(depth, kind, kernel_layer("GroupNorm", norm.init, measured, norm.n_leaves))
    for layer, W in zip(net.layers, params):
        y = layer.apply(W, x)
        if layer.name == "ResBlock":
            changes.append(float((y - x).std() / x.std()))
        x = y
    return found, changes


def compute(seed=0, depths=(8, 32), n_images=2000, n_held_out=500, epochs=8, n_seeds=3):
    """Train plain and residual networks of two depths and measure their responses to validation images.

    Parameters
    ----------
    seed, depths, n_images, n_held_out, epochs, n_seeds
        As for `degradation.compute`.

    Returns
    -------
    dict
        "networks": kind, depth, and for each seed the "responses" of the layers, their "mean response", and of residual
        networks the "mean change" of a block's input; "claims" and "verdict", which is on what the thesis claims.
    """
    dataset, seeds = mnist.load(), range(seed, seed + n_seeds)
    networks = []
    for kind, depth in product(KINDS, depths):
        entry = {"kind": kind, "depth": depth, "responses": [], "mean response": [], "mean change": []}
        for each in seeds:
            train, held_out = digits(dataset.train, n_images, each), digits(dataset.validation, n_held_out, each)
            params, _ = trained(kind, depth, each, train, held_out, epochs)
            found, changes = responses(params, depth, kind, held_out.x)
            entry["responses"].append(found)
            entry["mean response"].append(float(np.mean(found)))
            if changes:
                entry["mean change"].append(float(np.mean(changes)))
        networks.append(entry)
    numbers = {"n_images": n_images, "networks": networks}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims, n_seeds = judge(numbers["networks"]), len(numbers["networks"][0]["responses"])
    verdicts = [claim["verdict"] for claim in claims if claim["thesis"]]
    return {
        "claims": claims,
        "verdict": overall(verdicts),
        "why": f"of {len(verdicts)} comparisons over {n_seeds} seeds {tally(verdicts)}",
    }


def judge(networks):
    """Judge what the figure claims of mean responses, and what is concluded of the change of a block's input."""
    plain_shallow, plain_deep, shallow, deep = networks
    pairs = [
        (f"{plain['depth']} layers: residual ones respond less than plain ones", "mean response", residual, plain)
        for plain, residual in ((plain_shallow, shallow), (plain_deep, deep))
    ]
    lengths = f"{deep['depth']} layers than with {shallow['depth']}"
    pairs.append((f"residual: layers respond less with {lengths}", "mean response", deep, shallow))
    pairs.append((f"residual: blocks change their input less with {lengths}*", "mean change", deep, shallow))
    return [
        less(text, lower[key], higher[key]) | {"thesis": key == "mean response"} for text, key, lower, higher in pairs
    ]


def table(data):
    """Mean responses and what is claimed of them, in lines of text."""
    claims = [(claim["claim"], claim["verdict"], claim["numbers"]) for claim in data["claims"]]
    n_seeds = len(data["networks"][0]["responses"])
    return "\n".join(
        [
            tables.as_text(("claim", "verdict", "numbers"), claims, n_texts=3),
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
