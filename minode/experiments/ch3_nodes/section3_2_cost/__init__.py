"""Section 3.2, cost: vector-Jacobian products cost about as much as an evaluation, and the whole is linear in size."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "cost": Entry(
        "Section 3.2, cost",
        __name__,
        {"quick": 5, "default": 40, "full": 300},
        "vector-Jacobian products cost about as much as f itself, and a gradient is linear in the size of the problem",
    ),
}
