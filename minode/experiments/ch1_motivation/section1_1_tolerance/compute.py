"""Sections 1.1 and 3.3: a NODE that was trained at a tight tolerance is tested at a loose one.

"It is possible to reduce the accuracy that is asked of the solver after training", for applications in real time or on
little energy. The NODE on record, trained on MNIST at 1e-3, reads test images at tolerances from tight to very loose:
its errors, its evaluations of f, and CPU seconds, which stand for energy, by batch. What comes before the block costs
the same at all tolerances; it is in the CPU seconds, since a network is used as a whole.
"""

import time

import numpy as np

from minode.data import mnist
from minode.experiments.ch1_motivation.section1_1_tolerance.claims import judge_tolerances
from minode.experiments.ch1_motivation.section1_1_tolerance.draw import draw, table
from minode.experiments.ch1_motivation.solvers import SOLVERS
from minode.experiments.common.claims import conclusion
from minode.experiments.common.records import long_runs
from minode.ode.field.nfe import count_nfe
from minode.training.evaluation import BATCH

__all__ = ["SETTINGS", "compute", "draw", "table"]

TOLERANCES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
SETTINGS = {
    "quick": dict(n_images=256, tolerances=(1e-3, 1e-1, 1.0)),
    "default": dict(),
    "full": dict(n_images=10_000),
}


def compute(seed=0, n_images=2560, tolerances=TOLERANCES):
    """Read test images at several tolerances.

    Parameters
    ----------
    seed : int
        Of the images that are drawn.
    n_images : int
        Full batches of them are taken.
    tolerances : sequence of float
        Rising; relative and absolute alike. That of the training is among them.

    Returns
    -------
    dict
        "solvers": by name a list, one a tolerance, of "tolerance", "n_images", "wrong_images" (numbers of those that
        are misread), "nfe" and "cpu_seconds" by batch; "trained_at"; "claims", "verdict", "why".
    """
    test = mnist.load().test
    n_batches = max(2, n_images // BATCH)
    chosen = np.random.default_rng(seed).permutation(len(test.y))[: n_batches * BATCH]
    batches = [(test.x[part], test.y[part]) for part in np.array_split(chosen, n_batches)]
    ((run,),) = [runs for (_, model), runs in long_runs.MNIST.by_network().items() if model == "node"]
    numbers = {
        "trained_at": run["config"]["tol"],
        "solvers": {
            name: [_solve(method, tolerance, batches) for tolerance in tolerances] for name, method in SOLVERS.items()
        },
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    return conclusion(judge_tolerances(numbers))


def _solve(method, tolerance, batches):
    network, params = long_runs.MNIST.node(method=method, tol=tolerance)
    # Not to be counted: the first solve of a network finds its memory.
    network.apply(params, batches[0][0])
    wrong, evaluations, seconds = [], [], []
    for x, y in batches:
        start = time.process_time()
        with count_nfe() as nfe:
            z = network.apply(params, x)
        seconds.append(time.process_time() - start)
        evaluations.append(nfe.forward)
        wrong.append(z.argmax(axis=1) != y)
    wrong = np.concatenate(wrong)
    return {
        "tolerance": tolerance,
        "n_images": len(wrong),
        "wrong_images": np.flatnonzero(wrong).tolist(),
        "nfe": evaluations,
        "cpu_seconds": seconds,
    }
