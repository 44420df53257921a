"""Table 3.1: MNIST by a perceptron, a ResNet and two NODEs, and by what is left of the NODE without its ODE block."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "table3.1": Entry(
        "Table 3.1",
        __name__,
        {"quick": 30, "default": 140, "full": 190_000},
        "NODEs err about as rarely as a ResNet of three times the parameters, and NFE does not raise ODE-Net's memory",
        trains=True,
    ),
}
