"""What is said of flows, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.rule import judge, judge_bounds
from minode.experiments.common.protocol.small import NATS, STEP
from minode.experiments.common.protocol.sweeps import decides
from minode.experiments.common.verdicts import decided, paired

# Bounds in nats a point, and of the mass.
NEAR_TRUTH, PRICE, MASS = 0.1, NATS, 0.01


def judge_flows(numbers):
    """Hold the claims against the numbers of all seeds; differences are taken seed by seed.

    Parameters
    ----------
    numbers : dict of dict of list
        As `compute` returns them.

    Returns
    -------
    list of Claim
        Each with its source. A star marks those that nobody makes: a kernel density estimate whose bandwidth was chosen
        with care is the hardest rival in the plane.
    """
    plain, regularised = numbers["flows"]["two moons"], numbers["flows"]["two moons, regularised"]
    off = max(np.abs(np.subtract(flow["mass"], 1)).max() for flow in numbers["flows"].values())
    claims = [Claim("the density integrates to 1 +- 0.01", decided(off < MASS), f"off by {off:.1g}", source="Chen")]
    learned = {name: flow for name, flow in numbers["flows"].items() if flow is not regularised}
    for name, flow in learned.items():
        claims.append(_nearer(f"{name}: 0.1 nat from the truth at most", flow["nll"], flow["truth"], NEAR_TRUTH))
    for name, flow in learned.items():
        claims.append(_less(f"{name}: likelier than a kernel estimate", flow["nll"], flow["kde"], NATS))
    for name, flow in learned.items():
        tuned = _less(f"{name}: likelier than the best kernel estimate", flow["nll"], flow["tuned_kde"], NATS)
        claims.append(tuned._replace(thesis=False, source=""))
    cheaper = _less("regularised: fewer evaluations", regularised["nfe"], plain["nfe"], STEP, digits=1)
    near = _nearer("regularised: 0.05 nat lost at most", regularised["nll"], plain["nll"], PRICE)
    return [*claims, *(claim._replace(source="Finlay") for claim in (cheaper, near))]


def _nearer(text, values, others, bound):
    """Judge whether values exceed others by less than a bound."""
    excess = paired(values, others)
    verdict, note = judge_bounds(excess, -math.inf, bound)
    return Claim(text, verdict, f"{excess.value:+.3f}{note}", source="Grathwohl")


def _less(text, values, others, matters, digits=3):
    """Judge whether values are lower than others, by the protocol's rule where its seeds are there."""
    excess = paired(values, others)
    verdict, note = judge(excess, excess, matters if decides("cnf", len(values)) else None, scale=1)
    return Claim(text, verdict, f"{excess.value:+.{digits}f}{note}", source="Grathwohl")
