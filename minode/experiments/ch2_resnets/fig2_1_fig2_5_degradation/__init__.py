"""Figures 2.1 and 2.5."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig2.1": Entry(
        "Figure 2.1",
        __name__,
        {"quick": 5, "default": 95, "full": 6500},
        "of plain networks the deeper one errs more often, in training as in test",
        trains=True,
        settings=(("figure", "2.1"),),
    ),
    "fig2.5": Entry(
        "Figure 2.5",
        __name__,
        {"quick": 10, "default": 130, "full": 8000},
        "residual networks do not degrade: the deeper one errs less often",
        trains=True,
        settings=(("figure", "2.5"),),
    ),
}
