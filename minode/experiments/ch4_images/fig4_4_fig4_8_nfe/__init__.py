"""Figures 4.4 and 4.8: evaluations of f by the NODE, forward and backward, epoch by epoch, on meters and on plates."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig4.4": Entry(
        "Figure 4.4",
        __name__,
        {"quick": 4, "default": 270, "full": 3300},
        "NFE-F grows in training and NFE-B is about half of it, on meters",
        trains=True,
        settings=(("figure", "4.4"),),
    ),
    "fig4.8": Entry(
        "Figure 4.8",
        __name__,
        {"quick": 12, "default": 600, "full": 36_000},
        "NFE-F grows in training, NFE-B is far below it, and plates take more than meters",
        trains=True,
        settings=(("figure", "4.8"),),
    ),
}
