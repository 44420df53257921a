"""What is claimed of equations, networks and both together, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, of_seeds, paired

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
    n = len(network["taught"])
    return [
        Claim(
            "hybrid: less error beyond the data than the network alone",
            _smaller(made["hybrid"]["beyond"], made["plain"]["beyond"]),
            "{:.2g} and {:.2g}".format(*(_middle(made[model]["beyond"]) for model in ("hybrid", "plain"))),
        ),
        Claim(
            f"hybrid: finds the rate to {FOUND:.0%} where data are",
            below_zero(of_seeds(np.log(found) - np.log(FOUND))),
            f"{_middle(found):.0%}, each seed from {min(found):.0%} to {max(found):.0%}",
        ),
        Claim(
            "pelts: the network fits the years it saw better than the equation",
            _smaller(network["taught"], [equation["taught"]] * n),
            f"{_middle(network['taught']):.2g} and {equation['taught']:.2g}",
        ),
        Claim(
            "pelts: the equation tells the next years better than the network",
            _smaller([equation["beyond"]] * n, network["beyond"]),
            f"{equation['beyond']:.2g} and {_middle(network['beyond']):.2g}",
        ),
    ]


def _smaller(values, others):
    return below_zero(paired(np.log(values), np.log(others)))


def _middle(values):
    return float(np.exp(np.mean(np.log(values))))
