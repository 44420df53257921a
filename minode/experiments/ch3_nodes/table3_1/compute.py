"""Table 3.1: MNIST by a perceptron, a ResNet and two NODEs, and by what is left of the NODE without its ODE block.

The thesis quotes the table from Chen et al. (2018). "RK-Net" is the NODE whose Runge-Kutta steps are backpropagated
through, "ODE-Net" the one with the adjoint. The other networks are not in the thesis: they ask what the ODE block is
good for on MNIST, what the ResNet owes to its residual downsampling, and what zeros beside the state add.
"""

import numpy as np
from autograd import value_and_grad

from minode.data import mnist
from minode.experiments.ch3_nodes.table3_1.claims import COMPARISONS, accuracy, thrift
from minode.experiments.ch3_nodes.table3_1.draw import draw, table
from minode.experiments.common.claims import as_records, thesis_first, verdicts_of
from minode.experiments.common.comparison.digits import judged, pairs
from minode.experiments.common.memory_meter import MIB, peak_allocated
from minode.experiments.common.protocol.sweeps import DIGITS
from minode.experiments.common.records import deciding_runs, long_runs, trained_runs
from minode.experiments.common.verdicts import overall, standard_error, tally
from minode.nn import models
from minode.nn.losses import cross_entropy
from minode.ode.field.nfe import count_nfe
from minode.training.evaluation import load_best, logits
from minode.training.setup import batches, recipes

__all__ = ["SETTINGS", "compute", "draw", "table"]

# So few images need small batches at a rate that suits large ones to be learned from in three epochs.
SETTINGS = {
    "quick": dict(recipe="fast", epochs=1, subset=256, batch_size=16, learning_rate=0.1, memory_batch=32),
    "default": dict(recipe="fast", epochs=3, subset=1000, batch_size=16, learning_rate=0.1),
    "full": dict(recipe="thesis"),
}
# Model: its name here, error and millions of parameters as published.
NETWORKS = {
    "mlp": ("1-layer MLP", 0.0160, 0.24),
    "resnet": ("ResNet", 0.0041, 0.60),
    "rknet": ("RK-Net", 0.0047, 0.22),
    "node": ("ODE-Net", 0.0042, 0.22),
    "no-block": ("ODE-Net, no block*", None, None),
    "one-block": ("ODE-Net, residual block*", None, None),
    "resnet-conv": ("ResNet, conv. downsampling*", None, None),
    "anode": ("ANODE*", None, None),
}
# Two ways to make a solver evaluate f more often. At 1e-5 and finer a gradient may get a second opinion, which is no
# part of the method: while it is solved there are 20 MiB more, at 1e-5 and not at 1.1e-5, for as many evaluations.
TOLERANCES, RK4_STEPS = (1e-2, 1e-3, 1e-4, 2e-5), (2, 4, 6, 8)


def compute(seed=0, runs_folder="runs", memory_batch=128, **fields):
    """Train all networks, or take the runs that are there, and measure the memory of a training step of each.

    Parameters
    ----------
    seed : int
    runs_folder : path
        Holds a folder for each run.
    memory_batch : int
        Images in the step whose memory is measured.
    **fields
        Of the runs' configuration (`config.Config`): the recipe at least.

    Returns
    -------
    dict
        "rows", one a network; "recorded_rows", of long runs on record; "memory" of ODE-Net and RK-Net by evaluations
        of f; "claims" and "recorded_claims", each with the verdict that the numbers give it; "verdict", on all claims
        of the thesis.
    """
    # First of all, so that a missing data set ends this before any work.
    images = mnist.load().train
    x, y = images.x[:memory_batch], images.y[:memory_batch]
    rows, best = [], {}
    for model in NETWORKS:
        folder = trained_runs.train_if_missing(runs_folder, model, seed=seed, **fields)
        best[model] = load_best(folder)
        peak = measure(recipes.network(best[model].config), best[model], x, y)["peak_mib"]
        rows.append(row(trained_runs.read_run(folder)) | {"peak_mib": peak, "wrong_images": wrong_images(best[model])})
    channels, classes = x.shape[-1], len(best["node"].config.class_names)
    variants = {
        "node": [models.build("node", channels, classes, tol=tol) for tol in TOLERANCES],
        "rknet": [models.rknet(classes, n_steps=n_steps) for n_steps in RK4_STEPS],
    }
    memory = {
        model: [measure(network, best[model], x, y) for network in networks] for model, networks in variants.items()
    }
    numbers = {
        "rows": rows,
        "recorded_rows": sorted(map(row, long_runs.MNIST.read()), key=lambda row: row["size"]),
        "memory": memory,
        "memory_batch": memory_batch,
        "deciding": pairs(deciding_runs.read(DIGITS), COMPARISONS),
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    rows, deciding = numbers["rows"], judged(numbers.get("deciding", ()))
    own, other = accuracy(rows), thrift(rows, numbers["memory"])
    recorded_claims = thesis_first(deciding or accuracy(numbers["recorded_rows"]))
    # A claim that the protocol's runs speak of is theirs to decide.
    told = {claim.text for claim in deciding}
    verdicts = verdicts_of([claim for claim in own if claim.text not in told] + deciding + other)
    recorded = "runs by the protocol" if deciding else "long runs on record"
    return {
        "claims": as_records(thesis_first(own + other)),
        "recorded_claims": as_records(recorded_claims),
        "verdict": overall(verdicts),
        "why": f"of the thesis' claims {tally(verdicts)}; of those on {recorded} {tally(verdicts_of(recorded_claims))}",
    }


def row(run):
    """Take from a run, as `trained_runs.read_run` returns it, what the table tells."""
    result, last = run["result"], {name: column[-1] for name, column in run["train"].items()}
    name, published_error, published_millions = NETWORKS[result["model"]]
    return {
        "model": result["model"],
        "name": name,
        "size": trained_runs.size(run),
        "test_error": result["test_error"],
        "standard_error": standard_error(result["test_error"], result["images"]["test"]),
        "test_images": result["images"]["test"],
        "published_error": published_error,
        "parameters": result["parameters"],
        "published_millions": published_millions,
        "seconds_per_batch": result["median_seconds_per_batch"],
        "batch_size": run["config"]["batch_size"],
        "nfe_forward": last["nfe_forward"],
        "nfe_backward": last["nfe_backward"],
        "peak_mib": None,
        "wrong_images": None,
        "command": run["command"],
    }


def wrong_images(best):
    """Number the test images that a run's best weights get wrong, as the run drew them.

    Parameters
    ----------
    best : checkpoint.Checkpoint

    Returns
    -------
    list of int
    """
    x, y = batches.load_data(vars(best.config)).test
    found = logits(recipes.network(best.config), best.params, x).argmax(axis=1)
    return np.flatnonzero(found != y).tolist()


def measure(network, best, x, y):
    """Make a training step and measure what it allocates at once, at the most.

    tracemalloc sees NumPy's arrays and Python's objects, not what libraries allocate inside. It slows the step down,
    which is why steps are timed in the runs and not here.

    Parameters
    ----------
    network : Layer
    best : checkpoint.Checkpoint
        Weights of `network` and the configuration that tells the optimiser.
    x : array, shape (batch, height, width, channels)
    y : array of int, shape (batch,)

    Returns
    -------
    dict
        "peak_mib", "nfe_forward", "nfe_backward".
    """
    optimizer = recipes.optimizer(best.config)
    loss_and_gradient = value_and_grad(lambda params: cross_entropy(network.apply(params, x), y))

    def step():
        _, gradients = loss_and_gradient(best.params)
        optimizer.update(best.params, gradients, optimizer.init(best.params), best.config.learning_rate)

    with count_nfe() as nfe:
        peak = peak_allocated(step)
    return {"peak_mib": round(peak / MIB, 2), "nfe_forward": nfe.forward, "nfe_backward": nfe.backward}
