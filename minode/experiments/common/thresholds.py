"""What words of the thesis mean in numbers, such as "about half" and "constant", where several claims use them."""

import numpy as np

from minode.experiments.common.verdicts import between, of_seeds

HALF, ABOUT = 0.5, 0.1
# Means over this part of the updates, the first and the last ones; a network has learned once its loss is below this
# part of guessing's.
PART, LEARNED, GUESSING = 0.1, 0.5, float(np.log(10))

ABOUT_A_THIRD = (0.3, 0.4)
# Threads do not meet the same way each time: what they hold at once varies by a few per cent. Memory is constant if it
# varies no more than this while evaluations of f grow by the second factor at least.
CONSTANT, MORE_EVALUATIONS = 1.1, 1.5


def about_half(ratios):
    """Judge whether the mean of ratios, one a network, is within 0.4 and 0.6."""
    return between(of_seeds(ratios).interval(), HALF - ABOUT, HALF + ABOUT)
