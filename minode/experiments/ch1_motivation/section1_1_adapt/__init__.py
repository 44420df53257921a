"""Section 1.1: the cost of a NODE adapts to its input, as harder inputs take more evaluations."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "adapt": Entry(
        "Section 1.1, inputs",
        __name__,
        {"quick": 6, "default": 60, "full": 500},
        "the cost of a NODE adapts to its input: harder images take more evaluations",
    ),
}
