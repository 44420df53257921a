"""What words like "about half" and "constant" mean in numbers, where several claims use them."""

import numpy as np

from minode.experiments.common.verdicts import between, of_seeds

# "About half" is a half, give or take a tenth.
HALF, ABOUT = 0.5, 0.1
ABOUT_A_THIRD = (0.3, 0.4)
# "Grows during training" compares the mean over the first tenth of the updates with the mean over the last tenth.
PART = 0.1
# A network has learned if its loss is below half of the loss that guessing one of ten classes has.
LEARNED, GUESSING = 0.5, float(np.log(10))
# On digits nothing is decided of a network with a larger error: it is hardly trained, and twice its error is soon
# certain.
TRAINED = 0.1
# Memory is constant if its peak grows by no more than the first factor while the evaluations of f grow by at least the
# second one. The first is not 1: threads run in another order each time, so that the peak varies by a few per cent.
CONSTANT, MORE_EVALUATIONS = 1.1, 1.5


def about_half(ratios):
    """Judge the claim that the mean of ratios, one for each network, lies between 0.4 and 0.6."""
    return between(of_seeds(ratios).interval(), HALF - ABOUT, HALF + ABOUT)
