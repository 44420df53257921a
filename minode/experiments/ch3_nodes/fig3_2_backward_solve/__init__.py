"""Figure 3.2: where the loss sees intermediate states, a sequence of backward solves gives the gradient."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig3.2": Entry(
        "Figure 3.2",
        __name__,
        {"quick": 4, "default": 15, "full": 150},
        "where the loss sees intermediate states, a sequence of backward solves gives the gradient",
    ),
}
