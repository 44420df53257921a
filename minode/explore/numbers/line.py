"""The line of Figure 3.4: networks that were trained to swap -1 and 1, and what minode makes of them."""

from itertools import count
from typing import Any

import numpy as np
from autograd import value_and_grad

from minode.base.trees import ravel
from minode.base.types import Array, Params
from minode.data.toy import g_1d
from minode.experiments.ch3_nodes.fig3_4_crossing.compute import (
    ENDS,
    FIELD,
    LEARNING_RATE,
    NODE,
    RESIDUAL_BLOCKS,
    SETTINGS,
    STARTS,
    TIMES,
    train,
)
from minode.explore.numbers.rounding import listed, rounded
from minode.nn.blocks import EulerBlock, ODEBlock, vector_field
from minode.nn.losses import huber
from minode.nn.optim import Adam
from minode.ode.solvers.black_box import solve
from minode.training.fitting import fit

SEED, UPDATES = 0, 5
TIGHT: dict[str, Any] = dict(method="dop853", rtol=1e-12, atol=1e-12)
# The gradient of reference reads z from the forward solution, and does not solve it backward as the page does. (Through
# the steps of dopri5 it would be exact for these steps only: at 1e-10 it is off by 1e-4, since ReLU has kinks.)
REFERENCE = TIGHT | dict(gradient="interpolated")
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def compute() -> dict:
    """Train as the figure does, and solve and differentiate as the page does."""
    x, y = g_1d()
    size = SETTINGS["default"]
    _, start = FIELD.init(np.random.default_rng(SEED), (1,))
    start = rounded(start)
    node, _ = train(NODE, x, y, SEED, size["node_updates"], "NODE on the line")
    resnet, _ = train(EulerBlock(FIELD, RESIDUAL_BLOCKS), x, y, SEED, size["resnet_updates"], "ResNet on the line")
    node, resnet = rounded(node), rounded(resnet)
    units = [len(b) for _, b in (start[0], start[2], start[4])]
    return {
        "sizes": [1, *units],
        "blocks": RESIDUAL_BLOCKS,
        "start": listed(ravel(start), 7),
        "node": listed(ravel(node), 7),
        "resnet": listed(ravel(resnet), 7),
        "starts": listed(STARTS),
        "times": len(TIMES),
        "learning_rate": LEARNING_RATE,
        "checks": {
            "flow": {"times": QUARTERS, "states": listed(flow(node))},
            "tolerances": [_at(node, tol) for tol in TOLERANCES],
            "gradient": _gradient(ODEBlock(FIELD, **REFERENCE), start, x, y),
            "residual_gradient": _gradient(EulerBlock(FIELD, RESIDUAL_BLOCKS), start, x, y),
            "training": _training(start, x, y),
        },
    }


def flow(params: Params) -> Array:
    """Trajectories from `STARTS` at `QUARTERS`, one a column, by a method of eighth order at 1e-12."""
    return solve(_slopes(params), STARTS, np.array(QUARTERS), **TIGHT)


def _at(params, tol):
    slopes, nfe = _slopes(params), count()

    def counted(t, h):
        next(nfe)
        return slopes(t, h)

    ends = solve(counted, STARTS, np.array(QUARTERS[::4]), method="dopri5-np", rtol=tol, atol=tol)[-1]
    return {"tolerance": tol, "nfe": next(nfe), "states": listed(ends)}


def _slopes(params):
    field = vector_field(FIELD)
    return lambda t, h: field(t, h[:, None], params)[:, 0]


def _gradient(block, params, x, y):
    loss, gradient = value_and_grad(lambda W: huber(block.apply(W, x), y))(params)
    return {"targets": listed(y[:, 0]), "loss": float(loss), "gradient": listed(ravel(gradient))}


def _training(params, x, y):
    block = ODEBlock(FIELD, **REFERENCE)
    _, history = fit(lambda W: huber(block.apply(W, x), y), params, Adam(), LEARNING_RATE, UPDATES)
    return {"ends": list(ENDS), "losses": history["loss"]}
