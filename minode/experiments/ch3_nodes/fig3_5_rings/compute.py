"""Figure 3.5: a disc inside a ring (g_d, Eq. 3.12, d = 2), which the flow of an ODE in the plane cannot take apart.

The setting is that of Dupont et al. (2019): 1,000 points in the disc, 2,000 in the ring, a field of two hidden layers
of 32 ReLU on (t, z), a linear head, Huber's loss, Adam, batches of 64, 30 epochs. The NODE has the plane alone, the
augmented NODE one dimension more, which can still be drawn. The full size repeats it 10 times, as they do; the default,
to save time, 3 times.

The NODE's map phi of the plane is a homeomorphism, and the points of one output are carried to a straight line, which
leaves every disc: so the lowest output on a disc |x| <= r is found on its rim, and the ring has outputs as low as the
disc's lowest. *Somewhere the NODE is wrong by 1 or more*. Its mean error on a sample has no such bound: a cut through
the ring, if only it is thin enough, hits few points of the sample. How many of new points it hits is measured.
"""

import warnings
from functools import partial
from typing import Any

import numpy as np

from minode.data.toy import g_d
from minode.experiments.ch3_nodes.fig3_5_rings.animation import frames
from minode.experiments.ch3_nodes.fig3_5_rings.claims import judge_maps
from minode.experiments.ch3_nodes.fig3_5_rings.draw import draw, table
from minode.experiments.ch3_nodes.fig3_5_rings.flow_map import DEPTHS, RADII, curves, examine, field
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall
from minode.nn.blocks import ODEBlock, augment
from minode.nn.layers import Dense, serial
from minode.nn.losses import huber
from minode.nn.optim import Adam
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.training.fitting import fit

__all__ = ["SETTINGS", "compute", "draw", "frames", "table"]

# At a larger learning rate a few epochs are enough to see the difference, if not its size.
SETTINGS: dict[str, dict[str, Any]] = {
    "quick": dict(epochs=3, learning_rate=5e-3),
    "default": dict(epochs=30),
    "full": dict(epochs=30, n_seeds=10),
}

# Dimensions beyond the plane.
EXTRA = {"node": 0, "augmented": 1}
BATCH = 64
# The tolerance is theirs. At it VODE takes four fifths of dopri5's time a step, and LSODA half as much again.
SOLVER = dict(method="vode", rtol=1e-3, atol=1e-3)


def compute(seed=0, epochs=30, learning_rate=1e-3, n_seeds=3):
    """Train the NODE and the augmented one, from several draws of points and initial weights.

    Parameters
    ----------
    seed : int
        Of the first points, weights and batches; then come the next seeds. Both models see the same points.
    epochs : int
    learning_rate : float
        Of Adam.
    n_seeds : int

    Returns
    -------
    dict
        "node" and "augmented": numbers by name, each a list over the seeds; "claims" with a verdict each, "verdict" of
        all, "why"; "curves" holds what is drawn, of the first seed.
    """
    numbers, drawn = {}, {}
    for model, extra in EXTRA.items():
        found = []
        for i in range(n_seeds):
            x, y, snapshots, history = train(
                f"{model}, seed {seed + i}", augmented_node(extra), seed + i, epochs, learning_rate
            )
            found.append(history | examine(snapshots[-1], x, y))
            if i == 0:
                drawn[model] = curves(snapshots[-1], x, y) | {"training": partial(_training, snapshots, x, y)}
        numbers[model] = {name: [values[name] for values in found] for name in found[0]}
    numbers |= {"solver": SOLVER, "epochs": epochs, "learning_rate": learning_rate}
    return numbers | conclude(numbers) | {"curves": drawn}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims, node = judge_maps(numbers), numbers["node"]
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts_of(claims)),
        "why": f"the NODE's loss still falls to {np.mean(node['loss']):.1g}, by a cut through the ring that is "
        f"{np.mean(node['cut_width']):.1g} wide",
    }


def augmented_node(extra):
    """Make the network on the plane with so many dimensions more: block and head, which come last."""
    lift = (augment(extra),) if extra else ()
    return serial(*lift, ODEBlock(field(extra), **SOLVER), Dense(1))


def train(description, network, seed, epochs, learning_rate):
    """Train a network whose last two parts are its block and its head.

    Parameters
    ----------
    description : str
        Label of the progress bar.
    network : Layer
    seed : int
        Of points, initial weights and batches.
    epochs : int
    learning_rate : float
        Of Adam.

    Returns
    -------
    x, y : array
        The sample.
    snapshots : list
        Parameters of block and head before each epoch and after the last.
    numbers : dict
        Means of each epoch, and what they tell.
    """
    rng = np.random.default_rng(seed)
    x, y = g_d(rng, radii=RADII)
    _, start = network.init(rng, (2,))
    steps = len(x) // BATCH
    batches = (rows for _ in range(epochs) for rows in np.split(rng.permutation(len(x))[: steps * BATCH], steps))

    def loss(params):
        rows = next(batches)
        return huber(network.apply(params, x[rows]), y[rows])

    snapshots = []

    def watch(step, params):
        if step % steps == 0:
            snapshots.append(params)

    with warnings.catch_warnings():
        # At their tolerance a batch of the NODE now and then comes back to a few per cent only: it is on record.
        warnings.simplefilter("ignore", ReconstructionWarning)
        params, history = fit(loss, start, Adam(), learning_rate, epochs * steps, description, watch)
    mean = {name: np.reshape(values, (epochs, steps)).mean(axis=1).tolist() for name, values in history.items()}
    numbers = {f"{name}_by_epoch": mean[name] for name in ("loss", "nfe_forward", "nfe_backward")}
    numbers["nfe_climb"] = mean["nfe_forward"][-1] - mean["nfe_forward"][0]
    numbers["reconstruction_error"] = max(history["reconstruction_error"])
    return x, y, [trained[-2:] for trained in (*snapshots, params)], numbers


def _training(snapshots, x, y):
    """What is drawn of the map before each epoch and after the last."""
    return (curves(params, x, y, depths=DEPTHS[[0, -1]]) for params in snapshots)
