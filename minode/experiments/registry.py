"""What can be reproduced: one entry a figure or table of the thesis, and what of it is left out."""

from typing import NamedTuple


class Entry(NamedTuple):
    """What `minode list` and the gallery say of an experiment, and how it is called.

    Attributes
    ----------
    title : str
        Its place in the thesis.
    module : str
        Inside `minode.experiments`.
    seconds : dict
        Typical seconds on two cores at each size.
    claim : str
        What the thesis says.
    trains : bool
        Whether networks are trained; their runs are then kept in a folder "runs" beside the picture.
    settings : tuple of (str, object)
        Arguments of `compute` at every size.
    """

    title: str
    module: str
    seconds: dict
    claim: str
    trains: bool = False
    settings: tuple = ()

    def cost(self, size):
        """Tell the seconds of a size in the unit that suits them, as ``20 s`` or ``1.5 days``."""
        seconds = self.seconds[size]
        for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
            if seconds >= 1.4 * length:
                return f"{seconds / length:.2g} {unit}"
        return f"{seconds} s"


def _architecture(table, claim):
    seconds = dict.fromkeys(("quick", "default", "full"), 1)
    return Entry(f"Table {table}", "architectures", seconds, claim, settings=(("table", table),))


REGISTRY = {
    "table3.1": Entry(
        "Table 3.1",
        "table3_1",
        {"quick": 30, "default": 170, "full": 190_000},
        "NODEs err about as rarely as a ResNet of three times the parameters, and NFE does not raise ODE-Net's memory",
        trains=True,
    ),
    "fig3.4": Entry(
        "Figure 3.4",
        "fig3_4",
        {"quick": 5, "default": 20, "full": 90},
        "trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both",
    ),
    "table4.1": _architecture("4.1", "the layers of the NODE: 209,418 parameters for 10 classes, 211,108 for 36"),
    "table4.2": _architecture("4.2", "the layers of the NODE's block"),
    "table4.3": _architecture("4.3", "the layers of the ResNet: 602,634 parameters for 10 classes, 604,324 for 36"),
    "table4.4": _architecture("4.4", "the layers of the ResNet's block"),
    "fig4.1": Entry(
        "Figure 4.1",
        "fig4_1",
        {"quick": 10, "default": 120, "full": 56_000},
        "the NODE's error on MNIST falls fast, in the first epochs",
        trains=True,
    ),
}

OUT_OF_SCOPE = {
    "Figure 1.1": "a drawing of a neuron and of a perceptron: nothing is computed",
    "Figure 1.2": "results of others on ImageNet, which two cores cannot train on",
    "Figure 2.2": "a drawing of a residual block: Table 4.4 lists its layers, `blocks.ResBlock` is it",
    "Figure 2.4": "a drawing of the architectures of He et al. (2015) for ImageNet",
}
