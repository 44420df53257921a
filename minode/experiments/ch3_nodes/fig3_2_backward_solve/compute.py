"""Figure 3.2: the augmented system solved backward, piece by piece, where a loss looks at intermediate states.

The figure of Chen et al. (2018) is a drawing; here every line comes out of a solver. The loss sums squares at four
observations, P = sum of |z(t_i) - y_i|^2 / 2, so dP/dz(t_i) is g_i = z(t_i) - y_i: by that the adjoint a(t) jumps, and
there z starts afresh from the stored state. The field is a random perceptron of (t, z) that pulls towards 0,
f = MLP(t, z) - 2 z: what contracts forward lets errors of z grow on the way back, so that one sees what starting afresh
is good for. Finite differences of the loss, with solves of their own at 1e-12, are the reference.
"""

from typing import Any

import numpy as np

from minode.base.trees import ravel, tree_map, unravel
from minode.experiments.ch3_nodes.fig3_2_backward_solve.claims import judge_gradients
from minode.experiments.ch3_nodes.fig3_2_backward_solve.draw import draw, frames, table
from minode.experiments.common.verdicts import overall, tally
from minode.gradcheck.check import ADAPTIVE_BOUND, EPS, TIGHT
from minode.nn.layers import ConcatDense, Dense, Tanh, serial
from minode.ode.gradients.adjoint import augmented_dynamics, backward_solve, pack, unpack
from minode.ode.odeint import odeint
from minode.ode.solvers.black_box import solve
from minode.ode.solvers.options import SolveOptions

__all__ = ["SETTINGS", "compute", "draw", "frames", "table"]

SETTINGS = {"quick": dict(n_seeds=3), "default": dict(n_seeds=10), "full": dict(n_seeds=100)}

MLP = serial(ConcatDense(4), Tanh(), Dense(2))
GAIN, PULL = 3.0, 2.0
# Unequal intervals, so that no error hides in a symmetry. The loss does not look at the first time.
OBSERVED = np.array([0.0, 1.0, 1.7, 2.9, 4.0])
SOLVER: dict[str, Any] = dict(method="lsoda", rtol=1e-6, atol=1e-8)
# What the solver's tolerance promises of a whole solve.
BOUND = ADAPTIVE_BOUND * SOLVER["rtol"]
REFERENCE = dict(method="lsoda", rtol=TIGHT, atol=TIGHT)
# Lines of the figure: steps in each interval; of these the states at which a(t) is checked.
STEPS = 60
CHECKED = [0, STEPS // 2, STEPS]
TIMES = np.append(np.linspace(OBSERVED[:-1], OBSERVED[1:], STEPS, endpoint=False).T.ravel(), OBSERVED[-1])


def f(t, z, params):
    """The vector field, of t, z (shape (..., 2)) and the perceptron's weights."""
    return MLP.apply(params, z, t) - PULL * z


def compute(seed=0, n_seeds=10):
    """Solve backward for several random fields and targets, and compare with finite differences.

    Parameters
    ----------
    seed : int
        Of the first field, whose solution is drawn; then come the next seeds.
    n_seeds : int

    Returns
    -------
    dict
        Lists with an entry a seed: "gradient_error", of dP/dW; "adjoint_error", of a(t) at the ends and in the middle
        of each interval; "jump_error", of the jumps of a (all relative to the largest entry);
        "gradient_error_without_jumps", of a backward solve that sees the last observation alone, and
        "gradient_error_without_reseeding", of one whose z never starts afresh; "drift", how far the z that comes back
        is at most from the one that was there, and "drift_without_reseeding"; "against_backward_solve", the difference
        of dP/dz(0) from that of the library. "observations": the jumps of the first seed. "verdicts" by seed and
        "verdict".
    """
    runs = [_compute(seed + i) for i in range(n_seeds)]
    numbers = {key: [found[key] for found, *_ in runs] for key in runs[0][0]}
    numbers |= {"n_seeds": n_seeds, "bound": BOUND, "observations": runs[0][1]}
    return numbers | conclude(numbers) | {"curves": runs[0][2]}


def conclude(numbers):
    """Judge the claim, seed by seed, by the numbers, new ones or those on record."""
    verdicts = judge_gradients(numbers)
    return {
        "verdicts": verdicts,
        "verdict": overall(verdicts),
        "why": f"of {numbers['n_seeds']} fields {tally(verdicts)}",
    }


def _compute(seed):
    rng = np.random.default_rng(seed)
    params = tree_map(lambda W: GAIN * W, MLP.init(rng, (2,))[1])
    z0, y = rng.standard_normal(2), rng.standard_normal((len(OBSERVED), 2))
    z = odeint(f, z0, TIMES, params, **SOLVER)
    stored = z[::STEPS]
    g = stored - y
    g[0] = 0.0

    z_back, a, a_W = _backward(stored, params, g)
    z_kept, _, a_W_kept = _backward(stored, params, g, reseed=False)
    last = np.arange(len(g)) == len(g) - 1
    _, a_W_without_jumps = backward_solve(f, OBSERVED, stored, params, g * last[:, None], SolveOptions(**SOLVER))
    a0, _ = backward_solve(f, OBSERVED, stored, params, g, SolveOptions(**SOLVER))

    t, z_there = _pieces(TIMES), _pieces(z)
    differences = np.array(
        [
            [_sensitivity(z_there[i, j], t[i, j], first, params, y) for j in CHECKED]
            for i, first in enumerate(reversed(range(1, len(OBSERVED))))
        ]
    )
    gradient, jumps, jumps_found = _weight_gradient(z0, params, y), _jumps(a), _jumps(differences)
    drift, drift_kept = (np.linalg.norm(back - z_there, axis=-1) for back in (z_back, z_kept))
    numbers = {
        "gradient_error": _off(a_W, gradient),
        "adjoint_error": _off(a[:, CHECKED], differences),
        "jump_error": _off(jumps, jumps_found),
        "gradient_error_without_jumps": _off(a_W_without_jumps, gradient),
        "gradient_error_without_reseeding": _off(a_W_kept, gradient),
        "drift": float(drift.max()),
        "drift_without_reseeding": float(drift_kept.max()),
        "against_backward_solve": _off(a[-1, -1], a0),
    }
    observations = [
        {"t": float(t_i), "g": g_i.tolist(), "jump": jump.tolist(), "by_differences": found.tolist()}
        for t_i, g_i, jump, found in zip(OBSERVED[:0:-1], g[:0:-1], jumps, jumps_found)
    ]
    curves = {
        "observed": OBSERVED,
        "times": TIMES,
        "z": z,
        "y": y,
        "pieces": {"t": t, "z": z_back, "a": a, "drift": drift, "drift_without_reseeding": drift_kept},
        "checked": (t[:, CHECKED], differences),
    }
    return numbers, observations, curves


def _backward(stored, params, g, reseed=True):
    """Solve as `adjoint.backward_solve` does, and keep z and a at all times.

    Returns
    -------
    z, a : array, shape (intervals, STEPS + 1, 2)
        In the order of the solves: from the last interval to the first, from its end to its start.
    a_W : array
        dP/dW.
    """
    f_aug = augmented_dynamics(f, stored[0], params)
    z, a, a_W, solved = stored[-1], np.zeros(2), np.zeros(ravel(params).size), []
    for t, z_stored, g_i in zip(_pieces(TIMES), stored[:0:-1], g[:0:-1]):
        s = pack(z_stored if reseed else z, a + g_i, a_W)
        solved.append(solve(f_aug, s, t, **SOLVER))
        z, a, a_W = unpack(solved[-1][-1], (2,))
    solved = np.array(solved)
    return solved[..., :2], solved[..., 2:4], a_W


def _pieces(values):
    """Cut what is given at `TIMES` into intervals, in the order in which they are solved backward."""
    return np.array([values[i : i + STEPS + 1][::-1] for i in range(len(TIMES) - 1 - STEPS, -1, -STEPS)])


def _jumps(a):
    """By how much a jumps before each piece; before the first one it is zero."""
    return a[:, 0] - np.concatenate([np.zeros((1, 2)), a[:-1, -1]])


def _sensitivity(z, t, first, params, y):
    """dP/dz(t) by central differences, P being the loss of the observations from number `first` on."""
    starts, later = z + EPS * np.concatenate([np.eye(2), -np.eye(2)]), OBSERVED[first:]
    # One time more, lest there be nothing to solve.
    times = np.union1d([t, OBSERVED[-1] + 1], later)
    seen = odeint(f, starts, times, params, **REFERENCE)[np.isin(times, later)]
    losses = np.sum((seen - y[first:, None]) ** 2, axis=(0, 2)) / 2
    return (losses[:2] - losses[2:]) / (2 * EPS)


def _weight_gradient(z0, params, y):
    """dP/dW by central differences."""

    def loss(W):
        z = odeint(f, z0, OBSERVED, unravel(params, W), **REFERENCE)
        return np.sum((z[1:] - y[1:]) ** 2) / 2

    W = ravel(params)
    return np.array([(loss(W + e) - loss(W - e)) / (2 * EPS) for e in EPS * np.eye(W.size)])


def _off(found, reference):
    """The largest difference over the largest entry."""
    return float(np.abs(found - reference).max() / np.abs(reference).max())
