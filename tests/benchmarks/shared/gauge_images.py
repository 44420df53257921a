"""How often the gauge speaks in ordinary training steps of the thesis' network, and how wrong their gradients are."""

import warnings

import numpy as np
from autograd import grad

from minode import ReconstructionWarning, count_nfe
from minode.base.trees import ravel, tree_map
from minode.data import mnist
from minode.experiments.common.records import long_runs
from minode.nn.losses import cross_entropy
from tests.benchmarks.shared.timing import print_table

TOLERANCES = (1e-3, 1e-2, 1e-1)
BATCH = 128
# For the reference, which takes tight tolerances and float64: few images, and few times.
FEW, REFERENCES, TIGHT = 16, 2, 1e-5


def measure(n_batches):
    """Take gradients of `n_batches` batches through the NODE on record, its weights as trained, at each tolerance.

    Returns
    -------
    list of dict
        "tol", "batches", "warned", the worst "reconstruction_error" of the batches, and the gradient's "errors" on a
        few images, which have other steps than a batch but the same kinks. Empty without MNIST.
    """
    try:
        train = mnist.load().train
    except (OSError, ValueError) as missing:
        print(f"MNIST is absent, so no training steps: {missing}")
        return []
    found = []
    for tol in TOLERANCES:
        network, params = long_runs.MNIST.node(tol=tol)
        worst, warned = zip(*(step(network, params, train, b, BATCH)[1:] for b in range(n_batches)))
        errors = [error(network, params, train, b) for b in range(REFERENCES)]
        found.append(
            {
                "tol": tol,
                "batches": n_batches,
                "warned": sum(warned),
                "reconstruction_error": max(worst),
                "errors": errors,
            }
        )
    rows = [
        (
            f"{row['tol']:.0e}",
            f"{row['warned']} of {row['batches']}",
            f"{row['reconstruction_error']:.1e}",
            ", ".join(f"{e:.1%}" for e in row["errors"]),
        )
        for row in found
    ]
    print_table(("tolerance", "warned", "worst reconstruction error", f"gradient error, {FEW} images"), rows, texts=1)
    return found


def step(network, params, data, seed, size, dtype=np.float32):
    """The gradient of one batch, its reconstruction error, and whether the gauge warned."""
    chosen = np.random.default_rng(seed).choice(len(data.y), size, replace=False)
    x, y = data.x[chosen].astype(dtype), data.y[chosen]
    with warnings.catch_warnings(record=True) as caught, count_nfe() as nfe:
        warnings.simplefilter("always")
        gradient = ravel(grad(lambda params: cross_entropy(network.apply(params, x), y))(params))
    warned = any(warning.category is ReconstructionWarning for warning in caught)
    return gradient, nfe.reconstruction_error, warned


def error(network, params, data, seed):
    tight, _ = long_runs.MNIST.node(tol=TIGHT)
    exact, _, _ = step(tight, tree_map(np.float64, params), data, seed, FEW, np.float64)
    gradient, _, _ = step(network, params, data, seed, FEW)
    return float(np.linalg.norm(gradient - exact) / np.linalg.norm(exact))
