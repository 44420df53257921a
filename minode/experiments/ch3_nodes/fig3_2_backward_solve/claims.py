"""The claims of Figure 3.2, as rules that numbers can break."""

from typing import Any

import numpy as np

from minode.experiments.common.verdicts import between
from minode.gradcheck.check import ADAPTIVE_BOUND, DIFFERENCES_BOUND

SOLVER: dict[str, Any] = dict(method="lsoda", rtol=1e-6, atol=1e-8)
# What the solver's tolerance promises of a whole solve.
BOUND = ADAPTIVE_BOUND * SOLVER["rtol"]
JUDGED = ("gradient_error", "adjoint_error", "jump_error", "gradient_error_without_jumps")


def judge_gradient(numbers):
    """Hold the claim against the numbers of a seed.

    It holds if adjoint, jumps and gradient agree with finite differences to what the tolerances promise, and if a
    backward solve that is not broken at the observations does not. Nothing here is left to chance: the numbers are off
    by no more than finite differences are.

    Returns
    -------
    list
        Verdicts.
    """
    *errors, without_jumps = ((numbers[key] - DIFFERENCES_BOUND, numbers[key] + DIFFERENCES_BOUND) for key in JUDGED)
    return [*(between(error, -np.inf, BOUND) for error in errors), between(without_jumps, BOUND, np.inf)]
