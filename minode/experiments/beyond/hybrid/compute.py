"""What is known and a network for the rest, beside a network for all: a made series, and the pelts of hare and lynx.

The made series has two thirds of a period, with errors of 5 %. Both models have the same hidden layer and the same
training, and go on alone for four periods. Of the pelts 15 years are taught and 6 are left to be told. There
the equation is Lotka and Volterra's, fitted by least squares.
"""

from typing import Any

import numpy as np

from minode.data.time_series.pelts import hare_and_lynx
from minode.estimation.least_squares import least_squares_fit
from minode.experiments.beyond.equations import PELTS_START, first_of, log_states, lotka_volterra
from minode.experiments.beyond.hybrid.claims import judge_extrapolation
from minode.experiments.beyond.hybrid.draw import draw, table
from minode.experiments.beyond.hybrid.models import MODELS, NETWORK, RATE, START, plain, true_rate, truth
from minode.experiments.beyond.hybrid.training import train
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall, tally
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS: dict[str, dict[str, Any]] = {
    "quick": dict(n_updates=20, n_seeds=1),
    "default": dict(n_updates=150),
    "full": dict(n_updates=600, n_seeds=20),
}
ERROR = 0.05
# Two thirds of a period, which is 12.
TAUGHT = np.linspace(0.0, 8.0, 17)
BEYOND = np.linspace(0.0, 60.0, 241)
YEARS = 15
EXACT = dict(rtol=1e-8, atol=1e-8)


def compute(seed=0, n_updates=150, n_seeds=5):
    """Train all models, from several draws of errors and initial weights.

    Parameters
    ----------
    seed : int
        Of the first; then come the next seeds.
    n_updates : int
        Of Adam on windows, and half as many on the whole.
    n_seeds : int

    Returns
    -------
    dict
        "made": model -> numbers by name, each a list over the seeds; "pelts": the same for the network, numbers for the
        equation; "claims" with a verdict each, "verdict" of all, "why"; "curves" holds what is drawn.
    """
    seeds = range(seed, seed + n_seeds)
    made, curves = _made(seeds, n_updates)
    pelts, curves_of_pelts = _pelts(seeds, n_updates)
    numbers = {"made": made, "pelts": pelts, "n_updates": n_updates}
    return numbers | conclude(numbers) | {"curves": {"made": curves, "pelts": curves_of_pelts}}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_extrapolation(numbers["made"], numbers["pelts"])
    verdicts = verdicts_of(claims)
    n_seeds = len(numbers["made"]["plain"]["beyond"])
    why = f"of {len(claims)} claims over {n_seeds} seeds {tally(verdicts)}"
    return {"claims": as_records(claims), "verdict": overall(verdicts), "why": why}


def _made(seeds, n_updates):
    exact, whole = odeint(truth, START, TAUGHT, **EXACT), odeint(truth, START, BEYOND, **EXACT)
    later, numbers, curves = BEYOND > TAUGHT[-1], {}, {"t": BEYOND, "taught": TAUGHT, "truth": whole}
    for model, (network, field) in MODELS.items():
        found = {"taught": [], "beyond": []} | ({"rate_error": []} if network is RATE else {})
        for each in seeds:
            y = exact + ERROR * np.random.default_rng(each).normal(size=exact.shape)
            params, start = train(f"{model}, seed {each}", network, field, TAUGHT, y, each, n_updates)
            path = odeint(field, start, BEYOND, params)
            found["taught"].append(_rms((path - whole)[~later]))
            found["beyond"].append(_rms((path - whole)[later]))
            if network is RATE:
                missed = RATE.apply(params, exact)[:, 0] / true_rate(exact) - 1
                found["rate_error"].append(_rms(missed))
            curves.setdefault("y", y)
            curves.setdefault(model, []).append(path)
        numbers[model] = found
    return numbers, curves


def _pelts(seeds, n_updates):
    year, pelts = hare_and_lynx()
    t, y = year - year[0], np.log(pelts)
    between = np.linspace(0.0, t[-1], 241)
    fit = least_squares_fit(lotka_volterra, first_of, t[:YEARS], y[:YEARS], PELTS_START, observe=log_states, log=True)

    def equation(t):
        return np.log(odeint(lotka_volterra, np.array(first_of(fit.params)), t, fit.params))

    # Networks like numbers around 0 and 1.
    mean, spread = y[:YEARS].mean(axis=0), y[:YEARS].std(axis=0)
    network = {"taught": [], "beyond": []}
    curves = {"year": year, "pelts": pelts, "between": between + year[0], "equation": np.exp(equation(between))}
    for each in seeds:
        scaled = (y[:YEARS] - mean) / spread
        params, start = train(f"pelts, seed {each}", NETWORK, plain, t[:YEARS], scaled, each, n_updates)
        path, told = (mean + spread * odeint(plain, start, times, params) for times in (between, t))
        network["taught"].append(_rms((told - y)[:YEARS]))
        network["beyond"].append(_rms((told - y)[YEARS:]))
        curves.setdefault("network", []).append(np.exp(path))
    off = equation(t) - y
    errors = {"taught": _rms(off[:YEARS]), "beyond": _rms(off[YEARS:])}
    return {"equation": errors, "network": network, "years": YEARS}, curves


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))
