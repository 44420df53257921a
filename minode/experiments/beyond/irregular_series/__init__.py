"""A NODE fitted to one series at irregular times, beside a residual network on equal steps."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "series": Entry(
        "Irregular series",
        __name__,
        {"quick": 5, "default": 90, "full": 600},
        "a NODE learns a vector field from observations at irregular times, and extrapolates (Section 3.4)",
    ),
}
