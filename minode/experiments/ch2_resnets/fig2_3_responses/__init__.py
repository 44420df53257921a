"""Figure 2.3: layers of residual networks respond less than plain ones, and less still in deeper networks."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig2.3": Entry(
        "Figure 2.3",
        __name__,
        {"quick": 11, "default": 135, "full": 8000},
        "layers of residual networks respond less than plain ones, and less still in deeper networks",
        trains=True,
    ),
}
