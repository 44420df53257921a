"""What can be reproduced: one entry a figure or table of the thesis, and what of it is left out."""

from typing import NamedTuple

SIZES = ("quick", "default", "full")


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
        Whether networks are trained or photographs made up, which are then kept in a folder "runs" beside the picture.
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
    return Entry(f"Table {table}", "architectures", dict.fromkeys(SIZES, 1), claim, settings=(("table", table),))


REGISTRY = {
    "fig2.1": Entry(
        "Figure 2.1",
        "degradation",
        {"quick": 6, "default": 85, "full": 4000},
        "of plain networks the deeper one errs more often, in training as in test",
        settings=(("figure", "2.1"),),
    ),
    "fig2.3": Entry(
        "Figure 2.3",
        "responses",
        {"quick": 11, "default": 135, "full": 8000},
        "layers of residual networks respond less than plain ones, and less still in deeper networks",
    ),
    "fig2.5": Entry(
        "Figure 2.5",
        "degradation",
        {"quick": 10, "default": 130, "full": 8000},
        "residual networks do not degrade: the deeper one errs less often",
        settings=(("figure", "2.5"),),
    ),
    "euler": Entry(
        "Eqs. 2.8-2.10, 3.2-3.4",
        "euler",
        {"quick": 2, "default": 5, "full": 60},
        "a ResNet is Euler's method for an ODE, and converges to its flow as the step goes to zero",
    ),
    "fig3.1": Entry(
        "Figure 3.1",
        "diagram",
        dict.fromkeys(SIZES, 1),
        "a NODE is an ODE layer from R^d to R^d, followed by a linear layer",
    ),
    "table3.1": Entry(
        "Table 3.1",
        "table3_1",
        {"quick": 30, "default": 140, "full": 190_000},
        "NODEs err about as rarely as a ResNet of three times the parameters, and NFE does not raise ODE-Net's memory",
        trains=True,
    ),
    "fig3.2": Entry(
        "Figure 3.2",
        "backward_solve",
        {"quick": 4, "default": 15, "full": 150},
        "where the loss sees intermediate states, a sequence of backward solves gives the gradient",
    ),
    "fig3.3": Entry(
        "Figure 3.3",
        "error_control",
        {"quick": 8, "default": 70, "full": 9000},
        "tolerances bound errors, time is proportional to NFE-F, NFE-B is half of NFE-F, NFE-F grows in training",
    ),
    "fig3.3c": Entry(
        "Figure 3.3 (c)",
        "nfe_ratio",
        {"quick": 10, "default": 75, "full": 11_000},
        "NFE-B is about half of NFE-F, so that the adjoint costs less computation, too",
    ),
    "fig3.4": Entry(
        "Figure 3.4",
        "fig3_4",
        {"quick": 5, "default": 60, "full": 300},
        "trajectories of an ODE cannot cross: a NODE learns the identity but not g_1d, a ResNet learns both",
    ),
    "fig3.5": Entry(
        "Figure 3.5",
        "rings",
        {"quick": 12, "default": 95, "full": 330},
        "a NODE cannot tear the plane, so it cannot learn g_d (Eq. 3.12); with one more dimension it can",
    ),
    "gradients": Entry(
        "Section 3.2",
        "gradients",
        {"quick": 10, "default": 60, "full": 500},
        "z is solved backward with the adjoint, its error under control; backpropagation costs memory and adds error",
    ),
    "memory": Entry(
        "Table 3.1, memory",
        "memory",
        {"quick": 9, "default": 50, "full": 400},
        "memory is O(1) in the evaluations by the adjoint, O(L) by backpropagation",
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
    "fig4.2": Entry(
        "Figure 4.2",
        "examples",
        {"quick": 2, "default": 20, "full": 70},
        "meters have analogue and digital counters, and reflections",
        trains=True,
        settings=(("figure", "4.2"),),
    ),
    "fig4.3": Entry(
        "Figure 4.3",
        "fig4_3",
        {"quick": 5, "default": 420, "full": 6600},
        "on meters the NODE is less stable than the ResNet in the first 30 epochs, and ends lower",
        trains=True,
        settings=(("figure", "4.3"),),
    ),
    "table4.5": Entry(
        "Table 4.5",
        "table4_5",
        {"quick": 5, "default": 540, "full": 9500},
        "on meters the NODE errs less than a ResNet of three times its parameters, and takes 4.5 times as long",
        trains=True,
        settings=(("table", "4.5"),),
    ),
    "fig4.4": Entry(
        "Figure 4.4",
        "fig4_4",
        {"quick": 4, "default": 270, "full": 3300},
        "NFE-F grows in training and NFE-B is about half of it, on meters",
        trains=True,
        settings=(("figure", "4.4"),),
    ),
    "fig4.5": Entry(
        "Figure 4.5",
        "examples",
        {"quick": 4, "default": 45, "full": 120},
        "vehicles, plates and light vary; characters are smaller than meters', letters far rarer than digits",
        trains=True,
        settings=(("figure", "4.5"),),
    ),
    "fig4.6": Entry(
        "Figure 4.6",
        "fig4_6",
        {"quick": 3, "default": 25, "full": 60},
        "a grey and a sharpened copy triple the letters of training and validation",
        trains=True,
    ),
    "fig4.7": Entry(
        "Figure 4.7",
        "fig4_3",
        {"quick": 12, "default": 720, "full": 72_000},
        "augmented, the NODE converges faster and lower than without, and than the ResNet",
        trains=True,
        settings=(("figure", "4.7"),),
    ),
    "table4.6": Entry(
        "Table 4.6",
        "table4_5",
        {"quick": 15, "default": 900, "full": 90_000},
        "on plates the NODE errs less than the ResNet, and less still with augmented letters",
        trains=True,
        settings=(("table", "4.6"),),
    ),
    "fig4.8": Entry(
        "Figure 4.8",
        "fig4_4",
        {"quick": 12, "default": 600, "full": 36_000},
        "NFE-F grows in training, NFE-B is far below it, and plates take more than meters",
        trains=True,
        settings=(("figure", "4.8"),),
    ),
}

OUT_OF_SCOPE = {
    "Figure 1.1": "a drawing of a neuron and of a perceptron: nothing is computed",
    "Figure 1.2": "results of others on ImageNet, which two cores cannot train on",
    "Figure 2.2": "a drawing of a residual block: Table 4.4 lists its layers, `blocks.ResBlock` is it",
    "Figure 2.4": "a drawing of the architectures of He et al. (2015) for ImageNet",
}
