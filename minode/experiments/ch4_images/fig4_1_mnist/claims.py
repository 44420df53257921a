"""The claims of Figure 4.1, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.verdicts import UNDECIDED, between, of_images, unpaired

# Fast: in the first tenth of the epochs, at least one of at least five, the error comes nine tenths of its way down
# from guessing to its lowest.
FIRST_EPOCHS, PART, FEWEST_EPOCHS = 0.1, 0.9, 5


def verdict(run):
    """Hold the claim against a run, unless its epochs are too few or, those of a subset, too short to tell.

    The error that is reached and the lowest one are of the same images, which a history does not tell apart: they are
    taken for independent, so that less is decided. One seed is judged, by its images.
    """
    errors, guessing = run["validation"]["error"], 1 - 1 / len(run["config"]["class_names"])
    if len(errors) < FEWEST_EPOCHS or run["config"]["subset"] is not None:
        return UNDECIDED
    first = max(1, int(FIRST_EPOCHS * len(errors)))
    n_images = run["result"]["images"]["validation"]
    reached, lowest = (of_images(error, n_images) for error in (errors[first - 1], min(errors)))
    # What is left of the way is a tenth of it: reached - lowest < (1 - PART) (guessing - lowest).
    left = unpaired(reached, lowest, PART)
    return between(left.interval(), -np.inf, (1 - PART) * guessing)
