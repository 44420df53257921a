"""The claims about series at irregular times, as rules that numbers can break."""

import math

from minode.experiments.beyond.ratios import judge_smaller
from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.rule import judge_bounds
from minode.experiments.common.protocol.small import RATIO
from minode.experiments.common.protocol.sweeps import decides
from minode.experiments.common.verdicts import of_seeds

# A NODE interpolates if it errs by less than twice the noise, and extrapolates if it errs by less than a fifth of the
# spread, which is the error of who always guesses the mean. Its field is learned to a tenth of its size.
INTERPOLATES, EXTRAPOLATES, LEARNED = 2.0, 0.2, 0.1


def judge_series(numbers):
    """Hold the claims against the errors of all seeds, system by system.

    Errors are compared seed by seed, on a logarithmic scale, as ratios are what varies.

    Parameters
    ----------
    numbers : dict
        As `compute` returns them.

    Returns
    -------
    list of Claim
        The thesis makes the first two of each system, in section 3.4.
    """
    return [claim for name, errors in numbers["systems"].items() for claim in _judge(name, errors, numbers["noise"])]


def _judge(name, errors, noise):
    node, residual = errors["node"], errors["residual"]
    better = judge_smaller(
        node["beyond"], residual["beyond"], RATIO if decides("series", len(node["beyond"])) else None
    )
    return [
        Claim(f"{name}: interpolated to twice the noise", *_below(node["within"], INTERPOLATES * noise), thesis=True),
        Claim(f"{name}: extrapolated to a fifth of the spread", *_below(node["beyond"], EXTRAPOLATES), thesis=True),
        Claim(f"{name}: extrapolated better than by the residual network", *better, thesis=False),
        Claim(f"{name}: in the gap no worse than the noise", *_below(node["gap"], noise), thesis=False),
        Claim(f"{name}: the vector field learned to a tenth", *_below(node["field"], LEARNED), thesis=False),
    ]


def _below(values, bound):
    estimate = of_seeds(values)
    verdict, note = judge_bounds(estimate, -math.inf, bound)
    return verdict, f"{estimate.value:.3f}, allowed {bound:g}{note}"
