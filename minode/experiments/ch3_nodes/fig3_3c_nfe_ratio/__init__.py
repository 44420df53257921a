"""Figure 3.3 (c): NFE-B is about half of NFE-F, so that the adjoint costs less computation, too."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig3.3c": Entry(
        "Figure 3.3 (c)",
        __name__,
        {"quick": 10, "default": 75, "full": 11_000},
        "NFE-B is about half of NFE-F, so that the adjoint costs less computation, too",
    ),
}
