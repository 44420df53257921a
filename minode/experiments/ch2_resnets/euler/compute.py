"""Equations 2.8-2.10 and 3.2-3.4: residual steps that shrink converge to the flow of an ODE.

A ResNet of k layers that share their weights, each adding f(z) / k, is Euler's method with k steps (Eq. 2.10). The
figure draws its path beside the flow of the same field (Eq. 3.4), and measures how fast Euler, midpoint and RK4 come
near a reference as k grows. Fields are untrained perceptrons on the plane, whose flow a solver gives to 1e-13, and the
problems of `closed_forms`, whose solution is a formula. The thesis tells the limit (Eq. 3.3) and shows no numbers.
"""

import numpy as np

from minode.base.trees import tree_map
from minode.experiments.ch2_resnets.euler.claims import judge_convergence
from minode.experiments.ch2_resnets.euler.draw import draw, table
from minode.experiments.common.verdicts import overall, tally
from minode.gradcheck.problems.closed_forms import PROBLEMS
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock, vector_field
from minode.nn.layers import Dense, Tanh, serial
from minode.ode.odeint import odeint
from minode.ode.solvers.fixed_step import STEPS as STEPPERS

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {"quick": dict(n_fields=5), "default": dict(n_fields=20), "full": dict(n_fields=200)}

FIELD = serial(Dense(16), Tanh(), Dense(2))
# Weights as initialised make a flow that is all but straight: one Euler step would do.
GAIN = 3.0
N_POINTS, REACH = 32, 1.5
TIMES = np.linspace(0.0, 1.0, 101)
REFERENCE = dict(method="dop853", rtol=1e-13, atol=1e-13)
STEPS = [2**i for i in range(9)]
# An order is a limit. With fewer steps the next power of the step still shows; with more, RK4 meets rounding.
FINE = slice(5, None)
# Not powers of two, by which division is exact.
STACKED_LAYERS = [1, 3, 10]
DRAWN_LAYERS, N_DRAWN, N_ARROWS, MARGIN = [1, 2, 4, 16], 5, 11, 0.08


def compute(seed=0, n_fields=20):
    """Measure how far Euler, midpoint and RK4 end from the flow, by the number of steps.

    Parameters
    ----------
    seed : int
        Of the first field and its points; then come the next seeds.
    n_fields : int

    Returns
    -------
    dict
        "errors": at depth 1, a row a field and a column an entry of "steps", by method; a field's error is the mean
        distance of its points, in units of z. "orders": the slopes, by method. "closed_form_orders": the same for the
        problems with a closed form. "resnet_error_shares": a field's error over the way that the flow carries its
        points, by the number of layers. "resnet_against_euler": the largest difference of ResNets and `EulerBlock` with
        the same weights. "verdict".
    """
    fields = [_field(seed + i) for i in range(n_fields)]
    errors = {method: [_errors(method, *field) for field in fields] for method in STEPPERS}
    formulas = {name: _closed_form(problem) for name, problem in PROBLEMS.items()}
    numbers = {
        "n_fields": n_fields,
        "steps": STEPS,
        "steps_of_the_slope": STEPS[FINE],
        "errors": errors,
        "orders": {method: [slope(row) for row in rows] for method, rows in errors.items()},
        "closed_form_orders": {
            method: {name: slope(_errors(method, *formula)) for name, formula in formulas.items()}
            for method in STEPPERS
        },
        "resnet_error_shares": {k: _shares(k, fields, errors["euler"]) for k in DRAWN_LAYERS},
        "resnet_against_euler": max(_resnet_against_euler(*field) for field in fields),
    }
    return numbers | conclude(numbers) | {"curves": _paths(seed)}


def conclude(numbers):
    """Judge the claim by the numbers, new ones or those on record."""
    judged = judge_convergence(numbers)
    verdicts = list(judged["verdicts"].values())
    return judged | {"verdict": overall(verdicts), "why": f"of its {len(verdicts)} parts {tally(verdicts)}"}


def slope(errors):
    """Order of convergence: the slope of the error over the step, both in logarithms, where steps are small."""
    return float(-np.polyfit(np.log(STEPS[FINE]), np.log(errors[FINE]), 1)[0])


def _field(seed):
    """A random field on the plane, points, and where its flow carries them: ``(f, params, z0, t, z(1))``."""
    rng = np.random.default_rng(seed)
    _, params = FIELD.init(rng, (2,))
    params = tree_map(lambda W: GAIN * W, params)
    z0 = rng.uniform(-REACH, REACH, (N_POINTS, 2))
    return vector_field(FIELD), params, z0, TIMES[[0, -1]], ODEBlock(FIELD, **REFERENCE).apply(params, z0)


def _closed_form(problem):
    t = problem.t[[0, -1]]
    return problem.f, problem.params, problem.z0, t, problem.solution(t, problem.z0, problem.params)[-1]


def _errors(method, f, params, z0, t, exact):
    return [_distance(odeint(f, z0, t, params, method=method, n_steps=k)[-1], exact) for k in STEPS]


def _distance(z, other):
    return float(np.mean(np.linalg.norm(z - other, axis=-1)))


def _shares(k, fields, errors):
    """Error of k layers over the mean way of the points, a number a field."""
    return [row[STEPS.index(k)] / _distance(exact, z0) for row, (_, _, z0, _, exact) in zip(errors, fields)]


def _resnet_against_euler(f, params, z0, *_):
    """Stack k residual blocks z + f(z) whose last layer is divided by k, and compare with `EulerBlock`."""
    differences = []
    for k in STACKED_LAYERS:
        shared = [*params[:-1], [W / k for W in params[-1]]]
        resnet = serial(*[ResBlock(FIELD)] * k).apply([shared] * k, z0)
        differences.append(np.abs(resnet - EulerBlock(FIELD, k).apply(params, z0)).max())
    return float(max(differences))


def _paths(seed):
    """The flow of the first field from some points of a circle, and the paths of ResNets of several depths."""
    f, params, *_ = _field(seed)
    angles = 2 * np.pi * np.arange(N_DRAWN) / N_DRAWN
    z0 = REACH * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    flow = odeint(f, z0, TIMES, params, **REFERENCE)
    layers = {k: odeint(f, z0, np.linspace(0.0, 1.0, k + 1), params, method="euler") for k in DRAWN_LAYERS}
    paths = np.concatenate([path.reshape(-1, 2) for path in (flow, *layers.values())])
    low, high = paths.min(axis=0), paths.max(axis=0)
    x, y = np.linspace(low - MARGIN * (high - low), high + MARGIN * (high - low), N_ARROWS).T
    return {"flow": flow, "layers": layers, "arrows": (x, y, f(0.0, np.stack(np.meshgrid(x, y), axis=-1), params))}
