"""A known equation with a network for what is missing, beside a network alone; pelts, by equation and by network."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "hybrid": Entry(
        "Hybrid",
        __name__,
        {"quick": 6, "default": 85, "full": 1300},
        "where part of an equation is known, a network for the rest extrapolates better than one for all; of pelts, "
        "a network fits the years it saw better than an equation and the next ones worse",
    ),
}
