"""One series each of a spiral, of predators and prey, and of a damped pendulum, at irregular times, with a gap.

A NODE takes the times as they are. Beside it stands a residual network of the same size on as many equal steps, each
observation moved to the nearest one. Both are fitted by multiple shooting, by the same updates, and then followed from
the start through the time of the observations and as long again. Errors are in units of the standard deviation of each
component, against the truth without noise.
"""

from functools import partial

import numpy as np

from minode.data.time_series.systems import SYSTEMS, irregular_times
from minode.experiments.beyond.irregular_series.claims import judge_series
from minode.experiments.beyond.irregular_series.draw import draw, table
from minode.experiments.beyond.irregular_series.shooting import NETWORK, fit_node, fit_residual, scale_of, step
from minode.experiments.common.claims import conclusion
from minode.ode.field.nfe import count_nfe
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {
    "quick": dict(n_updates=10, n_seeds=2),
    "default": dict(),
    "full": dict(n_updates=2000, n_seeds=10),
}
N_OBSERVATIONS, N_STRETCHES, NOISE, GAP = 40, 8, 0.05, (0.5, 0.6)
SOLVER = dict(method="dopri5", rtol=1e-5, atol=1e-5)
# Points of the path at which errors are taken, over the time of the observations and beyond.
N_POINTS = 200


def compute(seed=0, n_updates=500, n_seeds=3):
    """Fit both networks to a series of each system, from several draws of times, noise and initial weights.

    Parameters
    ----------
    seed : int
        Of the first series; then come the next seeds. Both networks see the same series.
    n_updates : int
        Of each network.
    n_seeds : int

    Returns
    -------
    dict
        "systems": name -> "node" and "residual", errors "within", in the "gap" and "beyond" by seed, of the NODE also
        of its "field", relative, and its evaluations "nfe"; "claims" with a verdict each, "verdict" of those of the
        thesis; "curves", what is drawn of the first seed.
    """
    systems, curves = {}, {}
    for name in SYSTEMS:
        found = [measure(name, seed + i, n_updates) for i in range(n_seeds)]
        systems[name] = {
            model: {key: [numbers[model][key] for numbers, _ in found] for key in found[0][0][model]}
            for model in ("node", "residual")
        }
        curves[name] = found[0][1]
    numbers = {"systems": systems, "noise": NOISE, "n_observations": N_OBSERVATIONS, "n_updates": n_updates}
    return numbers | conclude(numbers) | {"curves": curves}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    return conclusion(judge_series(numbers))


def measure(name, seed, n_updates):
    """Fit both networks to one series of a system; return their numbers, and what is drawn."""
    rng, system = np.random.default_rng(seed), SYSTEMS[name]
    t = irregular_times(rng, N_OBSERVATIONS, system.span, GAP)
    clean = system.states(t)
    seen = clean + NOISE * clean.std(axis=0) * rng.standard_normal(clean.shape)
    scale = scale_of(t, seen)
    series = t / scale.time, (seen - scale.mean) / scale.std
    numbers, curves = {}, {"t": t, "seen": seen, **system._asdict()}
    for model, fitted in (("node", fit_node), ("residual", fit_residual)):
        weights, starts, history = fitted(
            np.random.default_rng(seed), *series, NOISE, N_STRETCHES, n_updates, f"{model}, {name}, seed {seed}"
        )
        if model == "node":
            times = np.linspace(0.0, 2 * system.span, 2 * N_POINTS + 1)
            with count_nfe() as nfe:
                path = odeint(_field, starts[0], times / scale.time, weights, **SOLVER)
        else:
            times, path = _steps(weights, starts[0], step(series[0]), 2 * system.span / scale.time)
            times = times * scale.time
        truth = system.states(times)
        path = scale.mean + scale.std * path
        numbers[model] = _errors((path - truth) / clean.std(axis=0), times, system.span)
        numbers[model]["last_loss"] = history["loss"][-1]
        curves[model] = {"t": times, "path": path, "truth": truth, "rhs": partial(learned_rhs, weights, scale)}
        if model == "node":
            numbers[model] |= {"nfe": nfe.forward, "field": _field_error(system, weights, scale, truth[: N_POINTS + 1])}
    return numbers, curves


def learned_rhs(weights, scale, z):
    """The learned vector field in the units of the observations, at states z of shape (..., 2)."""
    return scale.std / scale.time * NETWORK.apply(weights, (z - scale.mean) / scale.std)


def _field(t, z, weights):
    return NETWORK.apply(weights, z)


def _steps(weights, z, h, end):
    """Follow the residual network over equal steps of length h, to `end` or a little beyond."""
    path = [z]
    for _ in range(int(np.ceil(end / h))):
        path.append(path[-1] + h * NETWORK.apply(weights, path[-1]))
    return h * np.arange(len(path)), np.array(path)


def _errors(error, times, span):
    """Root mean square errors within the time of the observations, in its gap, and beyond."""
    parts = {
        "within": times <= span,
        "gap": (times >= GAP[0] * span) & (times <= GAP[1] * span),
        "beyond": times > span,
    }
    return {part: float(np.sqrt(np.mean(error[at] ** 2))) for part, at in parts.items()}


def _field_error(system, weights, scale, truth):
    """The error of the learned field along the true path, relative to the field, each component by its spread."""
    true = system.rhs(0.0, truth) / scale.std
    error = learned_rhs(weights, scale, truth) / scale.std - true
    return float(np.sqrt(np.mean(error**2) / np.mean(true**2)))
