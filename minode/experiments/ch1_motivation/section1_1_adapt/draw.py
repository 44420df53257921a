"""Evaluations by image as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from minode.experiments.ch1_motivation.section1_1_adapt.claims import fifths
from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

HEADER = ("solver", "easiest fifth", "hardest fifth", "shuffled", "fonts", "a batch, easiest", "hardest", "misread")
GROUPS = 10


def table(data):
    """Mean evaluations by solver and kind of image in lines of text, then claim by claim what came out."""
    rows = []
    for name, found in data["solvers"].items():
        nfe = np.array(found["nfe"])
        means = [nfe[part].mean() for part in fifths(data["difficulty"])]
        means += [np.mean(found[kind]) for kind in ("shuffled", "fonts")]
        rows.append((name, *(f"{mean:.1f}" for mean in means), *map(str, found["batches"]), str(sum(found["wrong"]))))
    lines = [
        f"Evaluations an image, {data['n_images']:,} test images one by one",
        tables.as_text(HEADER, rows),
        "",
        claims.as_text(data),
        "* not in the thesis",
        "",
        f"Claim: {data['verdict']} ({data['why']}).",
    ]
    return "\n".join(lines)


def draw(data):
    """Draw evaluations and errors by difficulty, then the evaluations of other kinds of images; a row a solver."""
    figure = Figure(figsize=(8.5, 3.1 * len(data["solvers"])))
    for axes, (name, found) in zip(figure.subplots(len(data["solvers"]), 2, squeeze=False), data["solvers"].items()):
        _draw_by_difficulty(axes[0], data["difficulty"], found)
        axes[0].set_title(f"{name}: means of tenths of the images")
        _draw_kinds(axes[1], data["difficulty"], found)
        axes[1].set_title(f"{name}: shares by area, means by diamonds")
    figure.suptitle(f"Cost adapts to the input: {data['verdict']}", fontsize="medium")
    return figure


def _draw_by_difficulty(axes, difficulty, found):
    order = np.argsort(difficulty, kind="stable")
    groups = np.array_split(order, GROUPS)
    at = [np.median(np.array(difficulty)[group]) for group in groups]
    nfe = [np.array(found["nfe"])[group] for group in groups]
    wrong = [np.mean(np.array(found["wrong"])[group]) for group in groups]
    errors = [each.std(ddof=1) / np.sqrt(len(each)) for each in nfe]
    axes.errorbar(at, [each.mean() for each in nfe], yerr=errors, color=BLUE, marker="o", markersize=4)
    axes.set(xlabel="difficulty: nearest of its class / of others", ylim=(0, 1.35 * max(each.mean() for each in nfe)))
    axes.set_ylabel("evaluations of f an image", color=BLUE)
    right = axes.twinx()
    right.spines["right"].set_visible(True)
    right.plot(at, wrong, color=VERMILION, marker="s", markersize=4, linestyle="--")
    right.set_ylim(0, max(0.05, 1.2 * max(wrong)))
    right.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    right.set_ylabel("misread by the NODE", color=VERMILION)


def _draw_kinds(axes, difficulty, found):
    nfe = np.array(found["nfe"])
    easy, hard = fifths(difficulty)
    kinds = {"easiest fifth": nfe[easy], "hardest fifth": nfe[hard], "digits of fonts": np.array(found["fonts"])}
    kinds["shuffled pixels"] = np.array(found["shuffled"])
    for row, values in enumerate(kinds.values()):
        counts, shares = np.unique(values, return_counts=True)
        axes.scatter(counts, np.full(len(counts), row), s=250 * shares / shares.sum(), color=GREY, alpha=0.6)
        axes.plot(values.mean(), row, "D", color=BLUE, markersize=6)
    axes.set_yticks(range(len(kinds)), list(kinds))
    axes.set(ylim=(len(kinds) - 0.5, -0.5), xlim=(0, None))
    axes.set_xlabel("evaluations of f an image")
