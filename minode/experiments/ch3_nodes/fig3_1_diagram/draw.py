"""Diagrams of models, from their descriptions: boxes below one another, beside one another, inside one another.

A description is what `fig3_1_diagram.compute.describe_boxes` returns. Lengths are inches, y grows downward.
"""

from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from minode.experiments.common import tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

# Boxes around others, and what stands in their first line.
CAPTIONS = {
    "ODEBlock": "ODE layer, dz/dt = f(t, z)",
    "EulerBlock": "steps of Euler's method, z + h f(t, z)",
    "ResBlock": "residual block, z + f(z)",
    "parallel": "sum",
}
COLORS = {"ODEBlock": VERMILION, "EulerBlock": VERMILION, "ResBlock": VERMILION, "Dense": BLUE}
COLUMNS = ("layer", "input", "output", "parameters")
LINE, GAP, TAGGED_GAP, PAD = 0.25, 0.13, 0.25, 0.1
WIDTHS, TOP, BOTTOM, SIDE = (3.7, 4.3), 0.5, 0.1, 0.15
SMALL, NOTE_COLUMNS = 9, 52


def table(data):
    """The models as nested lists of their layers, and what came out."""
    text = []
    for model in data["models"]:
        text += [model["title"], tables.as_text(COLUMNS, _lines(model["boxes"])), "", *_notes(model), ""]
    return "\n".join([*text, f"Claim, a NODE is an ODE layer followed by a linear layer: {data['verdict']}."])


def draw(data):
    """Draw the models side by side, with what came out below the first one."""
    height = TOP + 2 * TAGGED_GAP + max(_height(model["boxes"]) for model in data["models"]) + BOTTOM
    figure, left, ends = Figure(figsize=(sum(WIDTHS), height), layout="none"), 0.0, []
    for model, width in zip(data["models"], WIDTHS):
        # Inches, so that text fits its box.
        axes = figure.add_axes((left / sum(WIDTHS), 0, width / sum(WIDTHS), 1), xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        axes.text(SIDE, 0.25, model["title"], va="center", weight="bold")
        axes.text(width - SIDE - 0.08, 0.25, "parameters", ha="right", va="center", fontsize=SMALL)
        ends.append(_draw_model(axes, model["boxes"], SIDE, TOP, width - 2 * SIDE))
        left += width
    # The simple model leaves room below it.
    paragraphs = [
        "\n".join(
            [model["title"] + ":", *(fill(note, NOTE_COLUMNS, subsequent_indent="   ") for note in _notes(model))]
        )
        for model in data["models"]
    ]
    figure.axes[0].text(SIDE, ends[0] + 0.4, "\n\n".join(paragraphs), va="top", fontsize=SMALL, linespacing=1.4)
    return figure


def _draw_model(axes, boxes, x, y, width):
    y = _arrow(axes, x + width / 2, y, f"input in {_space(boxes['input'])}")
    y = _draw(axes, boxes, x, y, width)
    return _arrow(axes, x + width / 2, y, f"output in {_space(boxes['output'])}")


def _draw(axes, box, x, y, width):
    """Draw a box whose upper left corner is at (x, y); returns where it ends."""
    if box["name"] == "serial":
        for part, following in zip(box["parts"], [*box["parts"][1:], None]):
            y = _draw(axes, part, x, y, width)
            if following:
                y = _arrow(axes, x + width / 2, y, _change(part))
        return y
    height, color = _height(box), COLORS.get(box["name"], GREY)
    style = dict(boxstyle="round,pad=0,rounding_size=0.06", edgecolor=color, linewidth=1.3)
    axes.add_patch(FancyBboxPatch((x, y), width, height, facecolor=(color, 0.08), **style))
    name = CAPTIONS.get(box["name"], f"{box['name']}  {box['detail']}".strip())
    axes.text(x + 0.08, y + LINE / 2, name, va="center", fontsize=SMALL)
    parameters = f"{box['parameters']:,}" if box["parameters"] else ""
    axes.text(x + width - 0.08, y + LINE / 2, parameters, ha="right", va="center", fontsize=SMALL)
    beside = (width - PAD) / max(1, len(box["parts"]))
    for i, part in enumerate(box["parts"]):
        _draw(axes, part, x + PAD + i * beside, y + LINE + PAD / 2, beside - PAD)
    return y + height


def _height(box):
    parts = box["parts"]
    if box["name"] == "serial":
        gaps = [TAGGED_GAP if _change(part) else GAP for part in parts[:-1]]
        return sum(map(_height, parts)) + sum(gaps)
    return LINE + (max(map(_height, parts)) + 1.5 * PAD if parts else 0)


def _arrow(axes, x, y, tag):
    """Draw an arrow downward from (x, y) with a text beside it; returns where it ends."""
    end = y + (TAGGED_GAP if tag else GAP)
    axes.annotate("", (x, end), (x, y), arrowprops=dict(arrowstyle="-|>", shrinkA=0, shrinkB=0, mutation_scale=8))
    axes.text(x + 0.1, (y + end) / 2, tag, va="center", fontsize=SMALL)
    return end


def _change(box):
    """The space that a box maps to, if it is another one than it maps from."""
    return _space(box["output"]) if box["output"] != box["input"] else ""


def _space(shape):
    size = r" \times ".join(map(str, shape))
    return rf"$\mathbb{{R}}^{{{size}}}$"


def _lines(box, depth=0):
    cells = "x".join(map(str, box["input"])), "x".join(map(str, box["output"])), f"{box['parameters']:,}"
    lines = [("  " * depth + f"{box['name']} {box['detail']}".rstrip(), *cells)]
    return lines + [line for part in box["parts"] for line in _lines(part, depth + 1)]


def _notes(model):
    return [
        f"{model['parameters']:,} parameters, {model['ode_parameters']:,} of them in the ODE layer.",
        f"Between ODE and linear layer: {', '.join(model['between']) or 'nothing'}.",
        *(f"{part}: {verdict}." for part, verdict in model["verdicts"].items()),
    ]
