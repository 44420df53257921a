"""Adjoint, checkpoints and backpropagation compared, and where the backward solve loses z (section 3.2).

The field is tanh(z W + b) with a contraction: half of the components decay at a rate lambda, the others at 0.1; T is 1.
With lambda = 1 it is smooth: there error, evaluations, time and memory are held against the tolerance, all by dopri5,
and backpropagation also through RK4 with as many evaluations. As lambda grows, the backward solve of the adjoint
(Eq. 3.11) has to bring back what the forward solve forgets as exp(-lambda t), and its errors of z grow by
exp(lambda T). Neither the thesis nor Chen et al. (2018), whose claims these are, gives the error of a gradient. The
reference is backpropagation at a thousandth of the tolerance, which solves nothing backward.
"""

import warnings
from time import process_time
from timeit import timeit

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.base.trees import ravel
from minode.experiments.ch3_nodes.section3_2_gradients.claims import growth_exponents, judge_gradients
from minode.experiments.ch3_nodes.section3_2_gradients.draw import draw, table
from minode.experiments.common.claims import conclusion
from minode.experiments.common.memory_meter import MIB, by_key, peak_allocated
from minode.nn.layers import Dense, Tanh, serial
from minode.ode.field.nfe import count_nfe
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {
    "quick": dict(n_seeds=3, tolerances=(1e-3, 1e-6), rates=(5, 15, 20, 40)),
    "default": dict(),
    "full": dict(n_seeds=20, rates=tuple(range(1, 41))),
}

BATCH, WIDTH, SLOW = 100, 8, 0.1
LAYER = serial(Dense(WIDTH), Tanh())
WAYS = {
    "adjoint": {},
    "4 checkpoints": dict(gradient="checkpointed", checkpoints=4),
    "8 checkpoints": dict(gradient="checkpointed", checkpoints=8),
    "backprop": dict(gradient="backprop"),
}
LOSING = dict(rtol=1e-6, atol=1e-9)


def compute(
    seed=0,
    n_seeds=5,
    tolerances=(1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9),
    rates=(1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30, 35, 40),
):
    """Compute gradients by all ways, at all tolerances and at all rates.

    Parameters
    ----------
    seed : int
        Of the first weights, states and loss; then come the next seeds.
    n_seeds : int
    tolerances : sequence of float
        Relative and absolute, of the smooth field; loosest first.
    rates : sequence of float
        lambda T, which is lambda, since T is 1.

    Returns
    -------
    dict
        "smooth" and "losing": for each way, by tolerance or by rate, and by seed, the gradient's "error" (2-norm,
        relative), "evaluations" of f forward and backward, and what the gauge told, "reconstruction_error" and
        "warned". "measured", in the same form: "ms" (CPU time) and "peak_mib", which no two runs share.
        "growth_exponents" by seed, c in exp(c lambda T), the growth of the errors of z. "claims", "verdict", "why".
    """
    seeds = range(seed, seed + n_seeds)
    problems = [problem(s, 1.0) for s in seeds]
    references = [_reference(smooth, min(tolerances)) for smooth in problems]
    cells = [[_smooth(*pair, tolerance) for pair in zip(problems, references)] for tolerance in tolerances]
    smooth = {way: by_key([[found[way] for found, _ in row] for row in cells]) for way in cells[0][0][0]}
    measured = {way: by_key([[costs[way] for _, costs in row] for row in cells]) for way in cells[0][0][1]}
    cells = [[_losing(problem(s, rate)) for s in seeds] for rate in rates]
    losing = {way: by_key([[found[way] for found in row] for row in cells]) for way in WAYS}
    numbers = {
        "n_seeds": n_seeds,
        "tolerances": list(tolerances),
        "rates": list(rates),
        "smooth": smooth,
        "losing": losing,
        "measured": measured,
        "growth_exponents": growth_exponents(rates, losing["adjoint"]["reconstruction_error"]),
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_gradients(*(numbers[name] for name in ("tolerances", "rates", "smooth", "losing", "measured")))
    return conclusion(claims, others="minode's own")


def problem(seed, rate):
    """Make a field, a state and a loss that is linear in the last state, all random.

    Parameters
    ----------
    seed : int
    rate : float
        lambda.

    Returns
    -------
    loss : callable
        ``loss(params, **options of odeint)``.
    params : tree of arrays
        W and b.
    """
    rng = np.random.default_rng(seed)
    params = [(rng.normal(size=(WIDTH, WIDTH)) / WIDTH**0.5, rng.normal(size=WIDTH)), ()]
    z0, g = rng.normal(size=(2, BATCH, WIDTH))
    contraction = np.repeat([rate, SLOW], WIDTH // 2)

    def f(t, z, params):
        return LAYER.apply(params, z, t) - contraction * z

    def loss(params, **options):
        return anp.sum(g * odeint(f, z0, [0.0, 1.0], params, **options)[-1])

    return loss, params


def gradient(problem, method="dopri5-np", **options):
    """Compute the gradient of a `problem` in W and b, a vector, by a way of `odeint`."""
    loss, params = problem
    return ravel(grad(lambda params: loss(params, method=method, **options))(params))


def _reference(problem, tolerance):
    return gradient(problem, rtol=tolerance / 1000, atol=tolerance / 1000, **WAYS["backprop"])


def _smooth(problem, reference, tolerance):
    """Find errors and costs of all ways at one tolerance."""
    ways = ("adjoint", "8 checkpoints", "backprop")
    options = {way: WAYS[way] | dict(rtol=tolerance, atol=tolerance) for way in ways}
    with count_nfe() as nfe:
        gradient(problem, **options["backprop"])
    # A step of RK4 takes four evaluations.
    options["backprop, RK4"] = dict(method="rk4", gradient="backprop", n_steps=-(-nfe.forward // 4))
    found = {way: _compared(problem, reference, chosen) for way, chosen in options.items()}
    return found, {way: _cost(problem, chosen) for way, chosen in options.items()}


def _losing(problem):
    """Find errors of all ways, and what the gauge tells."""
    reference = _reference(problem, LOSING["rtol"])
    return {way: _compared(problem, reference, LOSING | chosen) for way, chosen in WAYS.items()}


def _compared(problem, reference, options):
    with warnings.catch_warnings(record=True) as caught, count_nfe() as nfe:
        warnings.simplefilter("always")
        error = np.linalg.norm(gradient(problem, **options) - reference) / np.linalg.norm(reference)
    return {
        "error": float(error),
        "evaluations": nfe.forward + nfe.backward,
        "reconstruction_error": nfe.reconstruction_error,
        "warned": any(warning.category is ReconstructionWarning for warning in caught),
    }


def _cost(problem, options):
    seconds = timeit(lambda: gradient(problem, **options), timer=process_time, number=1)
    return {"ms": 1e3 * seconds, "peak_mib": peak_allocated(lambda: gradient(problem, **options)) / MIB}
