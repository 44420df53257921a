"""Sections 1.1 and 3.3: a NODE that was trained at a tight tolerance is tested at a loose one, at less cost."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "tolerance": Entry(
        "Section 1.1, tolerance",
        __name__,
        {"quick": 6, "default": 90, "full": 200},
        "trained at a tight tolerance, a NODE can be tested at a loose one, in little time",
    ),
}
