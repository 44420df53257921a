"""The column "Memory" of Table 3.1, measured: O(1) by the adjoint, O(L) by backpropagation.

Peak memory of a gradient against its depth L, the number of evaluations of f on the way forward. Two problems, with
random weights and inputs: a flow of tanh(z W + b), a hundred wide, and a training step of the NODE of Table 4.1.
Tighter tolerances, or more steps, make them deeper. Euler's steps, backpropagated through, are a ResNet of L blocks
that share their weights. An evaluation of the NODE's field leaves more than a state behind: what its convolutions made
of it, and the weights as they prepared them. Chen et al. (2018) tell the orders alone; 128 images at a
time, as in their training, are the size "full", which takes some 3 GiB.
"""

import warnings
from statistics import linear_regression

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.experiments.ch3_nodes.table3_1_memory.claims import judge_memory
from minode.experiments.ch3_nodes.table3_1_memory.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.memory_meter import MIB, by_key, peak_allocated
from minode.experiments.common.verdicts import overall, tally
from minode.nn import models
from minode.nn.blocks import vector_field
from minode.nn.layers import Dense, Tanh, serial
from minode.nn.losses import cross_entropy
from minode.ode.field.nfe import count_nfe
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {"quick": dict(n_seeds=2, n_depths=2, images=4), "default": {}, "full": dict(images=128)}

# Methods that work in NumPy's arrays, which are what tracemalloc sees.
WAYS = {
    "adjoint, VODE": dict(method="vode"),
    "adjoint, dopri5": dict(method="dopri5-np"),
    "backprop, dopri5": dict(method="dopri5-np", gradient="backprop"),
    "backprop, RK4 (RK-Net)": dict(method="rk4", gradient="backprop"),
    "backprop, Euler (ResNet)": dict(method="euler", gradient="backprop"),
}
BATCH, WIDTH, DEPTH = 50, 100, 3.0
# Loosest and tightest, relative and absolute. A NODE with random weights is stiff. At tolerances still looser its
# backward solve by dopri5 takes two or three steps, and some per cent less memory than from then on.
TOLERANCES = {"flow": (1e-2, 1e-7), "node": (3e-3, 3e-5)}
# Fewest and most; a step of RK4 takes four evaluations.
STEPS = {"rk4": (2, 16), "euler": (8, 64)}


def compute(seed=0, n_seeds=3, n_depths=5, images=16):
    """Measure gradients of growing depth, and fit a line through their memory.

    Parameters
    ----------
    seed : int
        Of the first weights and inputs; then come the next seeds.
    n_seeds : int
    n_depths : int
        Tolerances, or numbers of steps, that are tried.
    images : int
        In a training step of the NODE.

    Returns
    -------
    dict
        "flow" and "node": "state_bytes" and "ways", for each way by depth and seed "depth" (evaluations forward),
        "nfe_backward" and "peak_mib", and by seed "states_per_evaluation", the slope. "claims", "verdict", "why".
    """
    rngs = [np.random.default_rng(seed + i) for i in range(n_seeds)]
    problems = {"flow": [_flow(rng) for rng in rngs], "node": [_node(rng, images) for rng in rngs]}
    found = {name: _measured(gradients, TOLERANCES[name], n_depths) for name, gradients in problems.items()}
    numbers = found | {"n_seeds": n_seeds, "images": images}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = [claim for name in TOLERANCES for claim in judge_memory(name, numbers[name]["ways"])]
    verdicts = verdicts_of(claims)
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of {len(claims)} claims on a flow and on the NODE {tally(verdicts)}",
    }


def _measured(gradients, tolerances, n_depths):
    """Measure all ways at all depths, for gradients that differ by their seed."""
    state_bytes, ways = gradients[0][1], {}
    for name, options in WAYS.items():
        efforts = _efforts(options["method"], tolerances, n_depths)
        rows = [[_measure(gradient, options | effort) for gradient, _ in gradients] for effort in efforts]
        found = by_key(rows)
        slopes = [linear_regression(*lines).slope for lines in zip(zip(*found["depth"]), zip(*found["peak_mib"]))]
        ways[name] = found | {"states_per_evaluation": [slope * MIB / state_bytes for slope in slopes]}
    return {"state_bytes": state_bytes, "ways": ways}


def _efforts(method, tolerances, n_depths):
    """Options of odeint that make a flow deeper and deeper."""
    if method in STEPS:
        return [dict(n_steps=int(n)) for n in np.geomspace(*STEPS[method], n_depths).round()]
    return [dict(rtol=tolerance, atol=tolerance) for tolerance in np.geomspace(*tolerances, n_depths)]


def _measure(gradient, options):
    with warnings.catch_warnings(), count_nfe() as nfe:
        # Where a loose tolerance loses z, memory is as elsewhere.
        warnings.simplefilter("ignore", ReconstructionWarning)
        peak = peak_allocated(lambda: gradient(**options))
    return {"depth": nfe.forward, "nfe_backward": nfe.backward, "peak_mib": peak / MIB}


def _flow(rng):
    """The gradient of |z(DEPTH)|^2 as a function of odeint's options, and the bytes of a state."""
    layer = serial(Dense(WIDTH), Tanh())
    _, params = layer.init(rng, (WIDTH,))
    f, z0 = vector_field(layer), rng.standard_normal((BATCH, WIDTH))

    def gradient(**options):
        return grad(lambda params: anp.sum(odeint(f, z0, [0.0, DEPTH], params, **options)[-1] ** 2))(params)

    return gradient, z0.nbytes


def _node(rng, images):
    """The gradient of a training step of the NODE, and the bytes of a state of its block, 6 x 6 x 64 in float32."""
    _, params = models.node().init(rng, (models.SIZE, models.SIZE, 1))
    x = rng.random((images, models.SIZE, models.SIZE, 1), dtype=np.float32)
    labels = rng.integers(10, size=images)

    def gradient(**options):
        network = models.node(**options)
        return grad(lambda params: cross_entropy(network.apply(params, x), labels))(params)

    return gradient, images * 6 * 6 * models.WIDTH * x.itemsize
