"""Figure 3.5: a NODE cannot tear the plane, so it cannot learn g_d (Eq. 3.12); with one more dimension it can."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig3.5": Entry(
        "Figure 3.5",
        __name__,
        {"quick": 12, "default": 95, "full": 330},
        "a NODE cannot tear the plane, so it cannot learn g_d (Eq. 3.12); with one more dimension it can",
    ),
}
