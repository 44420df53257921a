"""NODEs of MNIST whose block is another field: does the number of evaluations tell the accuracy?"""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fields": Entry(
        "Other fields",
        __name__,
        {"quick": 20, "default": 150, "full": 30_000},
        "of two NODEs the one that evaluates its field more often errs less, and a smooth field takes fewer "
        "evaluations (Section 5.1 leaves other networks to later work)",
        trains=True,
    ),
}
