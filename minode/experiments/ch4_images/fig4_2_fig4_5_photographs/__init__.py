"""Figures 4.2 and 4.5: examples of the photographs of meters and of vehicles, and what is said of them, in numbers."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig4.2": Entry(
        "Figure 4.2",
        __name__,
        {"quick": 2, "default": 20, "full": 70},
        "meters have analogue and digital counters, and reflections",
        trains=True,
        settings=(("figure", "4.2"),),
    ),
    "fig4.5": Entry(
        "Figure 4.5",
        __name__,
        {"quick": 4, "default": 45, "full": 120},
        "vehicles, plates and light vary; characters are smaller than meters', letters far rarer than digits",
        trains=True,
        settings=(("figure", "4.5"),),
    ),
}
