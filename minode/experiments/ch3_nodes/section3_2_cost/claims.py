"""What section 3.2 claims of costs, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.rule import judge_bounds
from minode.experiments.common.verdicts import of_seeds

# "About as much" is up to twice as much, or down to half. "Linear" is an exponent that exceeds one by less than this:
# what does not grow with the problem makes it smaller.
TWICE, OFF = 2.0, 0.15


def judge_costs(numbers):
    """Hold the claims against the numbers.

    Parameters
    ----------
    numbers : dict
        As `compute` returns them: "products" and "scaling".

    Returns
    -------
    list of Claim
        Ratios are judged as means of their logarithms.
    """
    products = [
        _as_much(f"{field}: a product costs about as much as f", ratios)
        for field, ratios in numbers["products"].items()
    ]
    scaling = [
        _linear(f"{problem}: {name} grows no faster than {found['size']}", found[key])
        for problem, found in numbers["scaling"].items()
        for key, name in (("time_exponents", "CPU time"), ("memory_exponents", "memory"))
    ]
    return products + scaling


def _as_much(text, ratios):
    share, bound = of_seeds(np.log(ratios)), math.log(TWICE)
    low, mean, high = np.exp([share.interval()[0], share.value, share.interval()[1]])
    verdict, note = judge_bounds(share, -bound, bound)
    return Claim(text, verdict, f"{mean:.2f} evaluations ({low:.2f} to {high:.2f}){note}")


def _linear(text, exponents):
    exponent = of_seeds(exponents)
    verdict, note = judge_bounds(exponent, -math.inf, 1 + OFF)
    return Claim(text, verdict, f"exponent {exponent.value:.2f} ± {exponent.error:.2f}{note}")
