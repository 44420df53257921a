"""Figure 3.4: trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig3.4": Entry(
        "Figure 3.4",
        __name__,
        {"quick": 6, "default": 80, "full": 400},
        "trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both",
    ),
}
