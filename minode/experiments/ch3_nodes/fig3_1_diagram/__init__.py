"""Figure 3.1: a NODE is an ODE layer from R^d to R^d, followed by a linear layer."""

from minode.experiments.common.entry import SIZES, Entry

ENTRIES = {
    "fig3.1": Entry(
        "Figure 3.1",
        __name__,
        dict.fromkeys(SIZES, 1),
        "a NODE is an ODE layer from R^d to R^d, followed by a linear layer",
    ),
}
