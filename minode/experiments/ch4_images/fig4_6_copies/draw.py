"""The drawing of Figure 4.6: letters and their copies, and the images of each class before and after."""

from textwrap import wrap

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from minode.data.photographs.ufpr import LETTER
from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREEN, GREY, VERMILION

TITLE_WIDTH = 120
NAMES = ("original", "grey", "sharpened")


def draw(data):
    """Draw letters in their surroundings and as crops, then training images a class."""
    letters = data["curves"]["letters"]
    heights = 2.4, 2.4, 1.7
    figure = Figure(figsize=(9.0, sum(heights) + 0.5))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
    for part, letter in zip(top.subfigures(1, len(letters), squeeze=False)[0], letters):
        _draw_letter(part, *letter)
    # The classes have a row of their own, where 36 names are not too many.
    _draw_classes(middle.subplots(), data["classes"])
    _draw_differences(bottom.subplots(), data["differences"])
    figure.suptitle("\n".join(wrap(f"Figure 4.6: letters of {data['origin']}", TITLE_WIDTH)), fontsize="medium")
    return figure


def _draw_letter(figure, character, box, regions, crops):
    for (region_axes, crop_axes), name, region, crop in zip(figure.subplots(2, 3).T, NAMES, regions, crops):
        region_axes.imshow(region, interpolation="nearest")
        x, y, width, height = box
        region_axes.add_patch(Rectangle((x - 0.5, y - 0.5), width, height, fill=False, edgecolor=GREEN))
        crop_axes.imshow(crop, interpolation="nearest")
        region_axes.set_title(f"{character}, {name}", fontsize="small")
        for axes in (region_axes, crop_axes):
            axes.set_axis_off()


def _draw_classes(axes, classes):
    names = list(classes["before"])
    before, after = (list(classes[name].values()) for name in ("before", "after"))
    added = [b - a for a, b in zip(before, after)]
    axes.bar(names, before, color=BLUE, label="as cut")
    axes.bar(names, added, bottom=before, color=VERMILION, alpha=0.6, label="copies")
    for first, last, label in ((0, LETTER, "mean of digits, of letters"), (LETTER, len(names), None)):
        mean = sum(after[first:last]) / (last - first)
        axes.hlines(mean, first - 0.5, last - 0.5, color="black", linewidth=1.2, linestyle="--", label=label)
    axes.set(xlabel="class", ylabel="training images", ylim=(0, 1.25 * max(after)))
    axes.tick_params(axis="x", length=0)
    axes.margins(x=0.01)
    axes.legend(ncols=3, loc="upper left")


def _draw_differences(axes, differences):
    found = {name: rms for name, rms in differences.items() if rms is not None}
    colors = [VERMILION if name.endswith("copy") else GREY for name in found]
    bars = axes.barh(list(found), list(found.values()), color=colors)
    axes.bar_label(bars, fmt="%.0f", padding=2)
    axes.invert_yaxis()
    axes.set(xlabel="difference from a letter (of 255, root mean square)", xlim=(0, 1.2 * max(found.values())))


def table(data):
    """Images before and after, and what is claimed, in lines of text."""
    header = ("split", "images", "with copies", "if copied everywhere", "letters, %", "if copied everywhere, %")
    splits = [
        (
            row["split"],
            *(f"{row[name]:,}" for name in ("before", "after", "everywhere")),
            *(f"{100 * row[name]:.0f}" for name in ("letters before", "letters everywhere")),
        )
        for row in data["splits"]
    ]
    return "\n".join(
        [
            f"Figure 4.6: letters of {data['origin']}.",
            "",
            tables.as_text(header, splits),
            "The reference scripts copied letters in every split: errors with copies are of other images there.",
            "",
            claims.as_text(data),
            "* not in the thesis, not part of the verdict; differences: root mean square, of 255, median over letters",
            "",
            f"Verdict: {data['verdict']} ({data['why']}).",
        ]
    )
