"""Figure 3.3: what a NODE's tolerance controls, and what an evaluation of its field costs."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig3.3": Entry(
        "Figure 3.3",
        __name__,
        {"quick": 8, "default": 110, "full": 9000},
        "tolerances bound errors, time is proportional to NFE-F, NFE-B is half of NFE-F, NFE-F grows in training",
    ),
}
