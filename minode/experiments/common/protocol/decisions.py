"""The decisions, by the name of the figure or table in the registry."""

from minode.experiments.common.protocol.decision import MEAN, PAIRED, Decision
from minode.experiments.common.protocol.small import SMALL_DECISIONS, STEP
from minode.experiments.common.protocol.sweeps import COPIES, DIGITS, METERS

# What matters. On meters and on plates it is how far the thesis' networks are apart, of plates the closer two.
METERS_MATTER, PLATES_MATTER, DIGITS_MATTER = 0.95, 1.83, 0.2
RISES = 5.0
# Of four fields, which make six pairs, one pair that changes sides changes Kendall's tau by a third.
PAIR = 0.33
# Of the seconds of a batch, on both sides of the thesis' ratio.
FACTOR = 1.5

BY_METER = f"{PAIRED}; beside the seeds the meters vary, each with its five digits"
BY_VEHICLE = f"{PAIRED}; beside the seeds the vehicles vary, each with all of its frames"
BY_IMAGE = f"{PAIRED}; beside the seeds the test images vary"
TEST, BEST = "error on all test images, first less second", "lowest validation error, first less second"
GROWTH = "NFE-F in the last tenth of the epochs less that in the first"
RATIO = "NFE-B over NFE-F, mean over the epochs"
SECONDS = f"seconds of a step, NODE over ResNet, medians of a run; holds within a factor of {FACTOR:g}"


def _meters(claim, pilot=(), quantity=TEST, test=BY_METER, **bound):
    return Decision(claim, quantity, test, METERS.seeds, **{"matters": METERS_MATTER, "pilot": pilot, **bound})


def _plates(claim, pilot=(), quantity=TEST, test=BY_VEHICLE, **bound):
    return Decision(claim, quantity, test, COPIES.seeds, **{"matters": PLATES_MATTER, "pilot": pilot, **bound})


def _digits(claim, quantity=TEST, test=BY_IMAGE, matters=DIGITS_MATTER, **bound):
    return Decision(claim, quantity, test, DIGITS.seeds, matters, **bound)


DECISIONS = SMALL_DECISIONS | {
    "table3.1": (
        _digits("ODE-Net: less than twice the error of the ResNet", "test error less twice the ResNet's", matters=None),
        _digits("RK-Net: less than twice the error of the ResNet", "test error less twice the ResNet's", matters=None),
        _digits("ODE-Net: less error than without any block*"),
        _digits("ODE-Net: less error than with one residual block instead*"),
        _digits("ResNet: less error than with convolutional downsampling*"),
        _digits("ANODE: less error than ODE-Net*"),
    ),
    # Changed before the runs on digits began: of 10,000 images a tenth of the epochs is another thing.
    "fig4.1": (
        Decision(
            "the error falls fast",
            "what is left, after the first tenth of the epochs, of the way from guessing to the lowest validation "
            "error; holds below a tenth",
            "the images vary, of one training of eight epochs on all 50,000, on record before; binomial, 95 %",
            (0,),
        ),
    ),
    "fig4.3": (
        _meters(
            "ResNet: rises less at first than the NODE",
            (0.0, 0.0, 0.0),
            "sum of all rises of the validation error in the first 9 of 20 epochs, as 30 of 66, first less second",
            PAIRED,
            matters=RISES,
        ),
        _meters("NODE: lower at best than the ResNet", (-2.4, -0.4, -9.2), BEST, PAIRED),
    ),
    "table4.5": (
        _meters("NODE: less error than the ResNet", (-5.2, 0.7, -7.8)),
        _meters("NODE: about 4.5 times the ResNet's seconds a batch", (), SECONDS, MEAN, matters=None),
        _meters("NODE: less error than the ResNet, conv. downs.*", (0.7, -0.4, 2.7)),
        _meters("ANODE: less error than the NODE*"),
    ),
    "fig4.4": (
        _meters("NFE-F grows during training", (-0.39, -1.16, -1.06), GROWTH, PAIRED, matters=STEP, unit="evaluations"),
        _meters(
            "NFE-B is about half of NFE-F", (0.948, 0.926, 0.950), f"{RATIO}; holds from 0.4 to 0.6", MEAN, matters=None
        ),
    ),
    "fig4.7": (
        _plates(
            "NODE, copies: lower at first than without copies",
            (-4.68, -9.31, -4.76),
            "mean validation error of the first 4 of 8 epochs, first less second",
            PAIRED,
        ),
        _plates("NODE, copies: lower at best than without copies", (-12.98, -18.53, -8.77), BEST, PAIRED),
        _plates(
            "NODE, copies: lower at first than the ResNet",
            (0.61, -1.55, -1.35),
            "mean validation error of the first 4 of 8 epochs, first less second",
            PAIRED,
        ),
        _plates("NODE, copies: lower at best than the ResNet", (-16.02, -16.49, -0.67), BEST, PAIRED),
    ),
    "table4.6": (
        _plates("NODE: less error by copies of letters", (-14.64, -7.71, -16.90)),
        _plates("NODE, copies: less error than the ResNet", (-6.06, -9.89, 1.55)),
        _plates("NODE, copies: about 4.7 times the ResNet's seconds a batch", (), SECONDS, MEAN, matters=None),
        _plates("NODE, copies: less error than the ResNet, conv. downs.*", (0.61, 3.50, -0.54)),
        _plates("ANODE, copies: less error than the NODE*"),
    ),
    "fig4.8": (
        _plates("NFE-F grows during training", (2.11, 2.37, 2.95), GROWTH, PAIRED, matters=STEP, unit="evaluations"),
        _plates("NFE-B is far below NFE-F", (0.966, 0.955, 0.929), f"{RATIO}; holds below 0.6", MEAN, matters=None),
        _plates(
            "plates take a higher NFE-F than meters",
            (),
            "NFE-F in the last tenth of the epochs, plates and meters",
            "means over seeds, Welch's t, 95 %",
            matters=None,
        ),
    ),
    # Added before the first runs of fields other than the study's.
    "fields": (
        _digits(
            "more evaluations, fewer errors",
            "Kendall's tau of NFE-F in the last epoch and test errors, over four fields",
            MEAN,
            matters=PAIR,
            unit="(one pair of six)",
        ),
        _digits(
            "tanh: fewer evaluations than ReLU",
            "NFE-F in the last epoch, first less second",
            PAIRED,
            matters=STEP,
            unit="evaluations",
        ),
        _digits("one convolution: less error than two"),
        _digits("separable convolutions: less error than whole ones"),
        _digits("tanh: less error than ReLU"),
    ),
}


def describe(name):
    """Write the protocol of a figure or table as text; empty if there is none."""
    return "\n".join(line for decision in DECISIONS.get(name, ()) for line in decision.lines())
