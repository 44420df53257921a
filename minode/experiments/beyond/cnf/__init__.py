"""Continuous normalizing flows, which Section 3.4 names: densities in the plane, learned from points."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "cnf": Entry(
        "Section 3.4, flows",
        __name__,
        {"quick": 10, "default": 120, "full": 2000},
        "continuous normalizing flows show great potential (Chen et al. 2018): they learn densities from points",
    ),
}
