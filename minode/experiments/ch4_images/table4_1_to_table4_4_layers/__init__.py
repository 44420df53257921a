"""Tables 4.1 to 4.4: the networks layer by layer, beside the sizes of maps that the thesis prints."""

from minode.experiments.common.entry import SIZES, Entry


def _architecture(table, claim):
    return Entry(f"Table {table}", __name__, dict.fromkeys(SIZES, 1), claim, settings=(("table", table),))


ENTRIES = {
    "table4.1": _architecture("4.1", "the layers of the NODE: 209,418 parameters for 10 classes, 211,108 for 36"),
    "table4.2": _architecture("4.2", "the layers of the NODE's block"),
    "table4.3": _architecture("4.3", "the layers of the ResNet: 602,634 parameters for 10 classes, 604,324 for 36"),
    "table4.4": _architecture("4.4", "the layers of the ResNet's block"),
}
