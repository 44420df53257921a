"""Tables 4.1 to 4.4: the networks layer by layer, beside the sizes of maps that the thesis prints."""

from minode.experiments.ch4_images.table4_1_to_table4_4_layers.draw import ABSENT, IN_THESIS, OUTPUT, SHOWN, draw, table
from minode.experiments.common.verdicts import decided
from minode.nn import models
from minode.nn.summary import BLOCKS, HEADER, rows

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS: dict[str, dict] = {"quick": {}, "default": {}, "full": {}}

# (channels, classes) of MNIST, of the thesis' meter digits and of its licence plates.
SHAPES = ((1, 10), (3, 10), (3, 36))
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
COLUMNS = (*HEADER[:IN_THESIS], "output in the thesis", *HEADER[IN_THESIS:])


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


def _count(model, channels, classes):
    return sum(row.parameters for row in rows(models.build(model, channels, classes), (*IMAGE, channels)))


def _why(differences, absent):
    found = [(len(absent), "missing"), (len(differences), "printed with maps of another size")]
    layers = " and ".join(f"{n} {what}" for n, what in found if n)
    return layers and f"the parameters do; of the layers {layers}"
