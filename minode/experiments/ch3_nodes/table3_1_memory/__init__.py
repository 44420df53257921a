"""Table 3.1, memory: memory is O(1) in the evaluations by the adjoint, O(L) by backpropagation."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "memory": Entry(
        "Table 3.1, memory",
        __name__,
        {"quick": 9, "default": 50, "full": 400},
        "memory is O(1) in the evaluations by the adjoint, O(L) by backpropagation",
    ),
}
