"""Tables 4.1 to 4.4: the networks layer by layer, beside the sizes of maps that the thesis prints."""

from textwrap import wrap

from matplotlib.figure import Figure

from minode import models
from minode.experiments import tables
from minode.experiments.verdicts import decided
from minode.layers.summary import BLOCKS, HEADER, rows
from minode.plots import VERMILION

SETTINGS = {"quick": {}, "default": {}, "full": {}}

# (channels, classes) of MNIST, of the thesis' meter digits and of its licence plates.
SHAPES = ((1, 10), (3, 10), (3, 36))
SHOWN = (3, 10)
IMAGE = (models.SIZE, models.SIZE)
# Parameters that the thesis tells.
COUNTS = {
    "node": {(1, 10): 208_266, (3, 10): 209_418, (3, 36): 211_108},
    "resnet": {(3, 10): 602_634, (3, 36): 604_324},
}
NODE, NODE_BLOCK = ("node", "the NODE"), ("node", "the NODE's block")
RESNET, RESNET_BLOCK = ("resnet", "the ResNet"), ("resnet", "the ResNet's block")
LARGE, MIDDLE, SMALL = "26x26x64", "13x13x64", "6x6x64"
# What the thesis prints as the output of each layer that is there; None for a layer that it leaves out. The 64x1x1 and
# 10x1x1 of its last two rows are written as what they are, vectors.
PRINTED = {
    "4.1": (NODE, [LARGE] * 3 + [MIDDLE] * 3 + [SMALL] * 4 + ["1x1x64", "64", "10"]),
    "4.2": (NODE_BLOCK, [SMALL] * 4 + [None] + [SMALL] * 2),
    "4.3": (
        RESNET,
        [*[LARGE] * 3, MIDDLE, "7x7x64", "7x7x64", None, "7x7x64"]
        + ["7x7x64", "7x7x64", "4x4x64", "2x2x64", "2x2x64", None, "2x2x64"]
        + ["2x2x64"] * 8
        + ["1x1x64", "64", "10"],
    ),
    "4.4": (RESNET_BLOCK, ["2x2x64"] * 4 + [None, "2x2x64"]),
}
OUTPUT, ABSENT = HEADER.index("output"), "(no row)"
IN_THESIS = OUTPUT + 1
COLUMNS = (*HEADER[:IN_THESIS], "output in the thesis", *HEADER[IN_THESIS:])
NOTE_WIDTH = 125


def compute(seed=0, table="4.1"):
    """Describe a network, or its block, and count parameters.

    Parameters
    ----------
    seed : int
        Without effect: there is nothing random in a table.
    table : {"4.1", "4.2", "4.3", "4.4"}

    Returns
    -------
    dict
        "columns" and "rows"; "differences", the numbers of rows whose output the thesis prints otherwise, and "absent"
        of those it does not print; "parameters" of the whole network, ours and the thesis'; "errata"; "verdict", on
        the parameters.
    """
    (model, title), printed = PRINTED[table]
    channels, classes = SHOWN
    found = rows(models.build(model, channels, classes), (*IMAGE, channels))
    if table in ("4.2", "4.4"):
        block = next(row for row in found if row.layer.name in BLOCKS)
        found = rows(*block.layer.layers, block.input)
    lines = [[str(i), *row.cells()] for i, row in enumerate(found)]
    lines = [[*line[:IN_THESIS], out or ABSENT, *line[IN_THESIS:]] for line, out in zip(lines, printed, strict=True)]
    counts = {shape: _count(model, *shape) for shape in SHAPES}
    differences = [i for i, line in enumerate(lines) if line[IN_THESIS] not in (line[OUTPUT], ABSENT)]
    absent = [i for i, line in enumerate(lines) if line[IN_THESIS] == ABSENT]
    return {
        "number": table,
        "title": title,
        "columns": list(COLUMNS),
        "rows": lines,
        "differences": differences,
        "absent": absent,
        "why": _why(differences, absent),
        "parameters": [
            {"channels": shape[0], "classes": shape[1], "counted": count, "thesis": COUNTS[model].get(shape)}
            for shape, count in counts.items()
        ],
        "errata": list(models.ERRATA[model]),
        "verdict": decided(all(counts[shape] == count for shape, count in COUNTS[model].items())),
    }


def table(data):
    """The table in lines of text, and what came out."""
    return "\n".join([tables.as_text(data["columns"], data["rows"], IN_THESIS + 1), "", *_notes(data)])


def draw(data):
    """Draw the table; what the thesis prints otherwise, or not at all, is in colour."""
    notes = _notes(data)
    heights = tables.height(data["rows"]), 0.18 * len(notes)
    figure = Figure(figsize=(8.0, sum(heights) + 0.4))
    body, foot = figure.subplots(2, 1, height_ratios=heights)
    colors = {(i, IN_THESIS): VERMILION for i in data["differences"] + data["absent"]}
    tables.draw(body, data["columns"], data["rows"], IN_THESIS + 1, colors)
    channels, classes = SHOWN
    body.set_title(
        f"Table {data['number']}: layers of {data['title']} for images of {channels} channels and {classes} classes"
    )
    foot.set_axis_off()
    foot.text(0, 1, "\n".join(notes), va="top", linespacing=1.4, fontsize="small")
    return figure


def _count(model, channels, classes):
    return sum(row.parameters for row in rows(models.build(model, channels, classes), (*IMAGE, channels)))


def _why(differences, absent):
    found = [(len(absent), "missing"), (len(differences), "printed with maps of another size")]
    layers = " and ".join(f"{n} {what}" for n, what in found if n)
    return layers and f"the parameters do; of the layers {layers}"


def _notes(data):
    notes = [f"Parameters of the whole network as in the thesis: {data['verdict']}."]
    for entry in data["parameters"]:
        thesis = "not told" if entry["thesis"] is None else f"{entry['thesis']:,}"
        images = f"{entry['channels']} {'channel' if entry['channels'] == 1 else 'channels'}"
        notes.append(f"    {images}, {entry['classes']} classes: {entry['counted']:,}; in the thesis {thesis}")
    differences = ", ".join(map(str, data["differences"]))
    notes.append(
        f"Sizes of maps: not as in the thesis in rows {differences}."
        if differences
        else "Sizes of maps as in the thesis."
    )
    for note in data["errata"]:
        notes += wrap(note, NOTE_WIDTH, initial_indent="- ", subsequent_indent="  ")
    return notes
