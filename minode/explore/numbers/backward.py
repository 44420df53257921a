"""The field of Figure 3.2, whose solution four observations look at, and its gradients by minode."""

from typing import Any

import numpy as np
from autograd import value_and_grad

from minode.base.trees import ravel, tree_map
from minode.base.types import Array, Params
from minode.experiments.ch3_nodes.fig3_2_backward_solve.compute import GAIN, MLP, OBSERVED, PULL, f
from minode.explore.numbers.rounding import listed, rounded
from minode.ode.odeint import odeint

SEED = 0
THROUGH_STEPS: dict[str, Any] = dict(method="dopri5-np", gradient="backprop", rtol=1e-11, atol=1e-11)


def problem() -> tuple[Params, Array, Array]:
    """Return weights, start and targets of the figure's first field, in this order."""
    rng = np.random.default_rng(SEED)
    params = rounded(tree_map(lambda W: GAIN * W, MLP.init(rng, (2,))[1]))
    return params, rounded(rng.standard_normal(2)), rounded(rng.standard_normal((len(OBSERVED), 2)))


def compute() -> dict:
    """Say what the page solves, and what minode finds: the loss and its gradients in z0 and W."""
    params, z0, y = problem()
    loss, (g_W, g_z0) = gradients()
    return {
        "sizes": [2, *(len(b) for _, b in params[::2])],
        "pull": PULL,
        "weights": listed(ravel(params), 7),
        "z0": listed(z0),
        "observed": listed(OBSERVED),
        "targets": listed(y),
        "checks": {"loss": float(loss), "gradient": [*listed(g_z0), *listed(ravel(g_W))]},
    }


def gradients() -> tuple[float, tuple[Params, Array]]:
    """Return the loss of the figure, P = sum of |z(t_i) - y_i|^2 / 2, and its gradients in W and z0."""
    params, z0, y = problem()

    def loss(both):
        z = odeint(f, both[1], OBSERVED, both[0], **THROUGH_STEPS)
        return ((z[1:] - y[1:]) ** 2).sum() / 2

    return value_and_grad(loss)((params, z0))
