"""What Table 3.1 claims, as rules that the numbers can break.

Claims that are not the thesis' are about networks that it does not have.
"""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.thresholds import ABOUT_A_THIRD, CONSTANT, MORE_EVALUATIONS, TRAINED
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED, below_zero, decided, of_images, paired, unpaired

# "About the same" is an error below twice that of the ResNet: with errors of 0.4 % on 10,000 images a smaller factor
# could not be told from one.
TWICE = 2
# A network, the one that it is compared with, the factor of the second error, whether the thesis says so, the claim.
COMPARISONS = [
    ("node", "resnet", TWICE, True, "ODE-Net: less than twice the error of the ResNet"),
    ("rknet", "resnet", TWICE, True, "RK-Net: less than twice the error of the ResNet"),
    ("node", "no-block", 1, False, "ODE-Net: less error than without any block"),
    ("node", "one-block", 1, False, "ODE-Net: less error than with one residual block instead"),
    ("resnet", "resnet-conv", 1, False, "ResNet: less error than with convolutional downsampling"),
    ("anode", "node", 1, False, "ANODE: less error than ODE-Net"),
]


def accuracy(rows):
    """Judge what test errors tell of networks that are there and have been trained alike, for one row a network.

    Each network has been trained once: judged is what chance there is in the test images, not in the weights. Networks
    are compared image by image where rows tell which images are wrong. Rows of long runs on record do not: their errors
    are taken for independent, so that less is decided, since networks mostly fail on the same images. Nothing is
    decided against a network that is hardly trained.
    """
    row_of = {row["model"]: row for row in rows}
    return [
        _comparison(row_of[model], row_of[other], factor, thesis, text)
        for model, other, factor, thesis, text in COMPARISONS
        if {model, other} <= row_of.keys() and row_of[model]["size"] == row_of[other]["size"]
    ]


def thrift(rows, memory):
    """Judge parameters and memory.

    Parameters
    ----------
    rows : list of dict
        With all networks.
    memory : dict
        "node" and "rknet": measurements, from few evaluations of f to many.
    """
    row_of = {row["model"]: row for row in rows}
    share = row_of["node"]["parameters"] / row_of["resnet"]["parameters"]
    low, high = ABOUT_A_THIRD
    peaks = [row_of[model]["peak_mib"] for model in ("node", "resnet", "rknet")]
    return [
        Claim("ODE-Net: a third of the ResNet's parameters", decided(low <= share <= high), f"{share:.3f}", True),
        _growth("ODE-Net: memory that does not grow with NFE", memory["node"], grows=False),
        _growth("RK-Net: memory that grows with NFE", memory["rknet"], grows=True),
        Claim(
            "ODE-Net: less memory than ResNet and RK-Net",
            decided(peaks[0] < min(peaks[1:])),
            "{:.0f}, {:.0f} and {:.0f} MiB".format(*peaks),
            True,
        ),
    ]


def _comparison(row, other, factor, thesis, text):
    """Judge whether a network errs less than `factor` times as often as another."""
    pair = row, other
    if by_image := all(r["wrong_images"] is not None for r in pair):
        difference = paired(*map(_wrong, pair), factor)
    else:
        difference = unpaired(*(of_images(r["test_error"], r["test_images"]) for r in pair), factor)
    verdict = below_zero(difference) if other["test_error"] <= TRAINED else UNDECIDED
    numbers = " and ".join(f"{100 * r['test_error']:.2f} ± {100 * r['standard_error']:.2f} %" for r in pair)
    how = "paired by image" if by_image else "taken for independent"
    return Claim(text, verdict, f"{numbers}, {how}", thesis)


def _wrong(row):
    """Mark with 1 the images that a network gets wrong."""
    return np.isin(np.arange(row["test_images"]), row["wrong_images"])


def _growth(text, measured, grows):
    peaks = [step["peak_mib"] for step in measured]
    evaluations = [step["nfe_forward"] + step["nfe_backward"] for step in measured]
    if evaluations[-1] < MORE_EVALUATIONS * evaluations[0]:
        verdict = UNDECIDED
    else:
        verdict = HOLDS if (max(peaks) > CONSTANT * min(peaks)) == grows else FAILS
    numbers = f"{peaks[0]:.0f} to {peaks[-1]:.0f} MiB for {evaluations[0]} to {evaluations[-1]} evaluations"
    return Claim(text, verdict, numbers, True)
