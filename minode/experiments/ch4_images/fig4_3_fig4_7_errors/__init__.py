"""Figures 4.3 and 4.7: the validation error of NODE and ResNet, epoch by epoch, on meters and on licence plates."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig4.3": Entry(
        "Figure 4.3",
        __name__,
        {"quick": 5, "default": 420, "full": 6600},
        "on meters the NODE is less stable than the ResNet in the first 30 epochs, and ends lower",
        trains=True,
        settings=(("figure", "4.3"),),
    ),
    "fig4.7": Entry(
        "Figure 4.7",
        __name__,
        {"quick": 12, "default": 720, "full": 72_000},
        "augmented, the NODE converges faster and lower than without, and than the ResNet",
        trains=True,
        settings=(("figure", "4.7"),),
    ),
}
