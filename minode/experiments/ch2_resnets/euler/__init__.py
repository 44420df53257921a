"""Eqs. 2.8-2.10, 3.2-3.4: a ResNet is Euler's method for an ODE, and converges to its flow as the step goes to zero."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "euler": Entry(
        "Eqs. 2.8-2.10, 3.2-3.4",
        __name__,
        {"quick": 2, "default": 5, "full": 60},
        "a ResNet is Euler's method for an ODE, and converges to its flow as the step goes to zero",
    ),
}
