"""Eqs. 2.3-2.7: shortcuts that are the identity keep gradients from vanishing, and depth alone makes them vanish."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "shortcuts": Entry(
        "Eqs. 2.3-2.7",
        __name__,
        {"quick": 4, "default": 30, "full": 300},
        "gradients keep their size where shortcuts are the identity; in deep plain networks they vanish or explode",
    ),
}
