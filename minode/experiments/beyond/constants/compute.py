"""Constants of known equations, from observations with errors: fitted, with intervals, many times.

Each repetition draws new errors, and a new start around the true constants. It counts for a constant if the interval
holds the true one; a fit that ends in another valley counts as a miss. The pelts of hare and lynx are fitted by Lotka
and Volterra's equation with an unknown initial state, by the logarithms, whose errors are a share of what was bought.
"""

from typing import Any

import numpy as np

from minode.base.progress import bar
from minode.data.time_series.pelts import hare_and_lynx
from minode.estimation.least_squares import least_squares_fit
from minode.experiments.beyond.constants.claims import judge_intervals
from minode.experiments.beyond.constants.draw import draw, table
from minode.experiments.beyond.constants.problems import PROBLEMS
from minode.experiments.beyond.equations import PELTS_START, first_of, log_states, lotka_volterra
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall, tally
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS: dict[str, dict[str, Any]] = {
    "quick": dict(repetitions=2),
    "default": dict(repetitions=20),
    "full": dict(repetitions=200),
}
# Standard deviation of the logarithm of a start, around that of the true constant.
START = 0.2


def compute(seed=0, repetitions=20):
    """Fit the constants of all problems again and again, then those of the pelts.

    Parameters
    ----------
    seed : int
        Of the first errors and start; then come the next seeds.
    repetitions : int

    Returns
    -------
    dict
        "low", "high" and "held": problem -> constant -> a value for each repetition; "pelts"; "claims" with a verdict
        each, "verdict" of all, "why"; "curves" holds what is drawn of the pelts.
    """
    numbers = {"repetitions": repetitions, "low": {}, "high": {}, "held": {}}
    for name, problem in PROBLEMS.items():
        with bar(range(seed, seed + repetitions), desc=name, leave=False) as seeds:
            fits = [_fitted(problem, each) for each in seeds]
        for end in ("low", "high"):
            numbers[end][name] = {key: [float(getattr(fit, end)[key]) for fit in fits] for key in problem.constants}
        held = np.array([fit.holds(problem.constants) for fit in fits])
        numbers["held"][name] = dict(zip(problem.constants, held.T.tolist()))
    numbers["truth"] = {name: problem.constants for name, problem in PROBLEMS.items()}
    numbers["pelts"], curves = _pelts()
    return numbers | conclude(numbers) | {"curves": curves}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_intervals(numbers["held"], numbers["pelts"])
    verdicts = verdicts_of(claims)
    return {"claims": as_records(claims), "verdict": overall(verdicts), "why": f"of {len(claims)} {tally(verdicts)}"}


def _fitted(problem, seed):
    rng = np.random.default_rng(seed)
    exact = odeint(problem.f, problem.z0, problem.t, problem.constants, **problem.options)
    y = problem.observe(exact, problem.constants)
    y = y + problem.error * rng.normal(size=y.shape)
    start = {name: value * np.exp(START * rng.normal()) for name, value in problem.constants.items()}
    return least_squares_fit(
        problem.f, problem.z0, problem.t, y, start, observe=problem.observe, log=True, **problem.options
    )


def _pelts():
    year, pelts = hare_and_lynx()
    t = year - year[0]
    fit = least_squares_fit(lotka_volterra, first_of, t, np.log(pelts), PELTS_START, observe=log_states, log=True)
    between = np.linspace(0.0, t[-1], 201)
    path = odeint(lotka_volterra, np.array(first_of(fit.params)), between, fit.params)
    ends = {end: {key: float(x) for key, x in getattr(fit, end).items()} for end in ("params", "low", "high")}
    return ends | {"noise": fit.noise}, {"year": year, "pelts": pelts, "between": between + year[0], "path": path}
