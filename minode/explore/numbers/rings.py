"""The rings of Figure 3.5: a NODE in the plane, one with a dimension more, and two residual blocks."""

from typing import Any

import numpy as np

from minode.base.trees import ravel
from minode.base.types import Array, Params
from minode.data.toy import g_d
from minode.experiments.ch3_nodes.fig3_5_rings.compute import EXTRA, SETTINGS, augmented_node, train
from minode.experiments.ch3_nodes.fig3_5_rings.flow_map import RADII, examine, field
from minode.explore.numbers.rounding import listed, rounded
from minode.nn.blocks import EulerBlock, vector_field
from minode.nn.layers import Dense, serial
from minode.ode.solvers.black_box import solve

SEED, LEARNING_RATE = 0, 1e-3
RESIDUAL_BLOCKS = 2
# Of the sample these are drawn, of them these are compared.
DRAWN, COMPARED = 500, 20
TIGHT: dict[str, Any] = dict(method="dop853", rtol=1e-11, atol=1e-11)


def compute() -> dict:
    """Train as the figure does, and carry a few points along for comparison."""
    networks = {model: augmented_node(extra) for model, extra in EXTRA.items()}
    networks["resnet"] = serial(EulerBlock(field(0), RESIDUAL_BLOCKS), Dense(1))
    x, y = g_d(np.random.default_rng(SEED), radii=RADII)
    x = rounded(x[:DRAWN])
    models = {}
    for name, network in networks.items():
        _, _, snapshots, _ = train(f"{name} on the rings", network, SEED, SETTINGS["default"]["epochs"], LEARNING_RATE)
        block, head = rounded(snapshots[-1])
        extra = len(head[0]) - 2
        models[name] = {
            "sizes": [2 + extra, *(len(b) for _, b in block[::2])],
            "weights": listed(ravel(block), 7),
            "head": listed(ravel(head), 7),
        }
        if name in EXTRA:
            found = examine((block, head), x, y[:DRAWN])
            models[name] |= {"worst_error": found["worst_error"], "cut_width": found["cut_width"]}
            models[name]["checks"] = listed(features(block, extra, x[:COMPARED]))
    return {
        "radii": RADII,
        "blocks": RESIDUAL_BLOCKS,
        "points": listed(x, 7),
        "labels": [int(label) for label in y[:DRAWN, 0]],
        "models": models,
    }


def features(block: Params, extra: int, x: Array) -> Array:
    """Carry points of the plane, (n, 2), to their features at depth 1, by a method of eighth order."""
    z0 = np.concatenate([x, np.zeros((len(x), extra))], axis=1)
    slope = vector_field(field(extra))
    return solve(lambda t, z: slope(t, z, block), z0, np.array([0.0, 1.0]), **TIGHT)[-1]
