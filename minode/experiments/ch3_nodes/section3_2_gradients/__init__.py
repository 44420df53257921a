"""Adjoint, checkpoints and backpropagation compared, and where the backward solve loses z (section 3.2)."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "gradients": Entry(
        "Section 3.2",
        __name__,
        {"quick": 10, "default": 60, "full": 500},
        "z is solved backward with the adjoint, its error under control; backpropagation costs memory and adds error",
    ),
}
