"""What is claimed of equations, networks and both together, as rules that numbers can break."""

import numpy as np

from minode.experiments.beyond.ratios import judge_smaller, middle
from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.small import RATIO
from minode.experiments.common.protocol.sweeps import decides
from minode.experiments.common.verdicts import below_zero, of_seeds

# The rate is found if it is off by less than this, in the root mean square.
FOUND = 0.2


def judge_extrapolation(made, pelts):
    """Hold the claims against the numbers of all seeds; errors are compared on a logarithmic scale.

    Parameters
    ----------
    made : dict of dict of list
        "hybrid" and "plain" on the series that was made.
    pelts : dict
        "equation": its two errors; "network": those of each seed.

    Returns
    -------
    list of Claim
    """
    equation, network = pelts["equation"], pelts["network"]
    found = made["hybrid"]["rate_error"]
    n = len(found)
    factor = RATIO if decides("hybrid", n) else None
    return [
        Claim(
            "hybrid: less error beyond the data than the network alone",
            *judge_smaller(made["hybrid"]["beyond"], made["plain"]["beyond"], factor),
        ),
        Claim(
            f"hybrid: finds the rate to {FOUND:.0%} where data are",
            below_zero(of_seeds(np.log(found) - np.log(FOUND))),
            f"{middle(found):.0%}, each seed from {min(found):.0%} to {max(found):.0%}",
        ),
        Claim(
            "pelts: the network fits the years it saw better than the equation",
            *judge_smaller(network["taught"], [equation["taught"]] * n, factor),
        ),
        Claim(
            "pelts: the equation tells the next years better than the network",
            *judge_smaller([equation["beyond"]] * n, network["beyond"], factor),
        ),
    ]
