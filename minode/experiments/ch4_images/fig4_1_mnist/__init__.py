"""Figure 4.1: the NODE's error on MNIST falls fast, in the first epochs."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig4.1": Entry(
        "Figure 4.1",
        __name__,
        {"quick": 10, "default": 120, "full": 56_000},
        "the NODE's error on MNIST falls fast, in the first epochs",
        trains=True,
    ),
}
