"""The claims of Figure 3.2, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.verdicts import between, overall
from minode.gradcheck.check import DIFFERENCES_BOUND

JUDGED = ("gradient_error", "adjoint_error", "jump_error", "gradient_error_without_jumps")


def judge_gradients(numbers):
    """Hold the claim against the numbers of each seed.

    It holds if adjoint, jumps and gradient agree with finite differences to what the tolerances promise, and if a
    backward solve that is not broken at the observations does not. Nothing here is left to chance: the numbers are off
    by no more than finite differences are.

    Parameters
    ----------
    numbers : dict
        The relative errors in `JUDGED`, a list over the seeds each, and "bound", what the tolerances promise.

    Returns
    -------
    list
        A verdict for each seed.
    """
    return [_judge(errors, numbers["bound"]) for errors in zip(*(numbers[key] for key in JUDGED))]


def _judge(errors, bound):
    *small, without_jumps = ((error - DIFFERENCES_BOUND, error + DIFFERENCES_BOUND) for error in errors)
    return overall([*(between(error, -np.inf, bound) for error in small), between(without_jumps, bound, np.inf)])
