"""What is said of flows, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, between, decided, paired

# Bounds in nats a point, and of the mass.
NEAR_TRUTH, PRICE, MASS = 0.1, 0.05, 0.01


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
        claims.append(_nearer(f"{name}: 0.1 nat from the truth at most", flow, "truth", NEAR_TRUTH, "Grathwohl"))
    for name, flow in learned.items():
        claims.append(_nearer(f"{name}: likelier than a kernel estimate", flow, "kde", 0.0, "Grathwohl"))
    for name, flow in learned.items():
        tuned = _nearer(f"{name}: likelier than the best kernel estimate", flow, "tuned_kde", 0.0, "")
        claims.append(tuned._replace(thesis=False))
    saved, lost = paired(regularised["nfe"], plain["nfe"]), paired(regularised["nll"], plain["nll"])
    return [
        *claims,
        Claim("regularised: fewer evaluations", below_zero(saved), f"{saved.value:+.1f}", source="Finlay"),
        Claim(
            "regularised: 0.05 nat lost at most",
            between(lost.interval(), -math.inf, PRICE),
            f"{lost.value:+.3f}",
            source="Finlay",
        ),
    ]


def _nearer(text, flow, other, bound, source):
    """Judge whether the flow's negative log-likelihood exceeds another by less than a bound."""
    excess = paired(flow["nll"], flow[other])
    return Claim(text, between(excess.interval(), -math.inf, bound), f"{excess.value:+.3f}", source=source)
