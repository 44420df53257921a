"""The drawing of Figures 4.2 and 4.5: photographs, characters as the networks see them, and distributions."""

from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, SKY, VERMILION

COLUMNS, TITLE_WIDTH = 4, 120
NAMES = {"amr": "meters", "alpr": "plates"}
COLORS = {"amr": BLUE, "alpr": VERMILION}


def draw(data):
    """Draw examples with readings and some of their boxes, crops below them, and below these what was measured."""
    curves = data["curves"]
    n_rows = -(-len(curves["photographs"]) // COLUMNS)
    heights = 1.5 * n_rows + 0.4, 0.95, 3.6
    figure = Figure(figsize=(9.0, sum(heights) + 0.5))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
    draw_photographs(top, n_rows, curves["photographs"])
    draw_crops(middle, curves["crops"])
    _draw_measures(bottom, data)
    origin = f"Figure {data['figure']}: {data['title']}; {data['origin']}"
    figure.suptitle("\n".join(wrap(origin, TITLE_WIDTH)), fontsize="medium")
    return figure


def draw_photographs(figure, n_rows, photographs):
    """Draw photographs in rows, each with its reading above it and its boxes, thin so as not to hide what they hold."""
    axes = figure.subplots(n_rows, COLUMNS, squeeze=False).ravel()
    for one in axes:
        one.set_axis_off()
    for one, (image, boxes, text) in zip(axes, photographs):
        one.imshow(image, interpolation="nearest")
        one.set_title(text, pad=3, family="monospace")
        for x, y, width, height in boxes:
            one.add_patch(Rectangle((x - 0.5, y - 0.5), width, height, fill=False, edgecolor=SKY, linewidth=1))


def draw_crops(figure, crops):
    """Draw characters of 28x28 pixels in a row, each with what it is."""
    for one, (character, crop) in zip(np.atleast_1d(figure.subplots(1, len(crops))), crops):
        one.imshow(crop, interpolation="nearest")
        one.set_axis_off()
        one.set_title(character, pad=2, family="monospace")
    figure.suptitle("what the networks see: 28x28 pixels, each from another photograph", fontsize="small")


def _draw_measures(figure, data):
    found, classes = data["curves"]["found"], data["curves"]["classes"]
    kind = "alpr" if "alpr" in found else "amr"
    # The classes have a row of their own, where 36 names are not too many.
    upper, lower = figure.subfigures(2, 1)
    left, middle = upper.subplots(1, 2)
    right = lower.subplots()
    largest = max(values["height"].max() for values in found.values())
    for each, values in found.items():
        left.hist(
            values["height"], np.linspace(0, 1.05 * largest, 30), color=COLORS[each], alpha=0.75, label=NAMES[each]
        )
    left.set(xlabel="height of characters (pixels)", ylabel="photographs")
    if len(found) > 1:
        left.legend()
    middle.hist(found[kind]["brightness"], np.linspace(0, 255, 30), color=COLORS[kind])
    middle.set(xlabel="mean brightness (0 to 255)", ylabel="photographs")
    names = list(data["classes"]["training"])
    for kind_of, color, wanted in (("digits", GREY, True), ("letters", VERMILION, False)):
        chosen = [i for i, name in enumerate(names) if name.isdigit() == wanted]
        if chosen:
            right.bar([names[i] for i in chosen], classes["training"][chosen], color=color, label=kind_of)
    right.set(xlabel="class", ylabel="training images")
    right.tick_params(axis="x", length=0)
    right.margins(x=0.01)
    if kind == "alpr":
        right.legend()


def table(data):
    """Characters of each split beside the thesis', and what is claimed, in lines of text."""
    splits = [
        (row["split"], row["in the thesis"], f"{row['characters']:,}", f"{row['characters in the thesis']:,}")
        for row in data["splits"]
    ]
    left_out = [f"Left out: {data['left_out']} files that cannot be used."] if data["left_out"] else []
    return "\n".join(
        [
            f"Figure {data['figure']}: {data['title']}. Shown is {data['origin']}.",
            *left_out,
            "",
            tables.as_text(("split", "called in the thesis", "characters", "in the thesis"), splits, n_texts=2),
            "",
            claims.as_text(data),
            "",
            f"Verdict: {data['verdict']} ({data['why']}).",
        ]
    )
