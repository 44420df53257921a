"""Flows that learn densities in the plane from 2,000 points each: two moons, eight Gaussians, and a picture.

All have one field, of two hidden layers of 48 tanh on (t, z), trained by maximum likelihood with the exact trace, by
the adjoint at a tolerance of 1e-3. Of each density the truth is known. The two moons are learned once more with the
costs of Finlay et al. (2020) in the loss, so that paths are straighter and need fewer evaluations; their weight was
chosen on other points.
"""

from typing import Any

import numpy as np

from minode.data.densities import drawn_sign, eight_gaussians, picture, two_moons
from minode.experiments.beyond.cnf.claims import judge_flows
from minode.experiments.beyond.cnf.draw import draw, frames, table
from minode.experiments.beyond.cnf.flow import SOLVER, curves, examine, train
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall

__all__ = ["SETTINGS", "compute", "draw", "frames", "table"]

SETTINGS: dict[str, dict[str, Any]] = {
    "quick": dict(steps=20, n_seeds=1),
    "default": dict(),
    "full": dict(steps=1500, n_seeds=10),
}

POINTS = 2000
WEIGHT = 0.03
# Steps that are one point of a curve.
AVERAGED = 10


def compute(seed=0, steps=250, n_seeds=3):
    """Train and measure all flows.

    Parameters
    ----------
    seed : int
        Of the first points, weights and batches; then come the next seeds.
    steps : int
        Updates of the weights.
    n_seeds : int

    Returns
    -------
    dict
        "flows": by density, what `flow.examine` measures and "nfe_by_step", lists over the seeds; "claims" with a
        verdict each, "verdict" of all, "why"; "curves" holds what is drawn, of the first seed.
    """
    densities = {"two moons": two_moons(), "eight Gaussians": eight_gaussians(), "picture": picture(drawn_sign())}
    trainings = {name: (density, 0.0) for name, density in densities.items()}
    trainings["two moons, regularised"] = densities["two moons"], WEIGHT
    flows, drawn = {}, {}
    for name, (density, weight) in trainings.items():
        found = []
        for i in range(seed, seed + n_seeds):
            rng = np.random.default_rng(i)
            points = density.draw(rng, POINTS)
            params, history = train(f"{name}, seed {i}", points, i, steps, weight)
            nfe = np.reshape(history["nfe_forward"], (-1, AVERAGED)).mean(axis=1).tolist()
            found.append(examine(params, density, points, rng) | {"nfe_by_step": nfe})
            if i == seed:
                drawn[name] = curves(params, points, rng)
        flows[name] = {key: [numbers[key] for numbers in found] for key in found[0]}
    numbers = {"flows": flows, "solver": SOLVER, "steps": steps, "weight": WEIGHT}
    return numbers | conclude(numbers) | {"curves": drawn}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_flows(numbers)
    gaps = {name: np.mean(np.subtract(flow["nll"], flow["truth"])) for name, flow in numbers["flows"].items()}
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts_of(claims)),
        "why": "nats from the truth: " + ", ".join(f"{name} {gap:.2f}" for name, gap in gaps.items()),
    }
