"""The column "Memory" of Table 3.1, measured: O(1) by the adjoint, O(L) by backpropagation.

Peak memory of a gradient against its depth L, the number of evaluations of f on the way forward. Two problems, with
random weights and inputs: a flow of tanh(z W + b), a hundred wide, and a training step of the NODE of Table 4.1.
Tighter tolerances, or more steps, make them deeper. Euler's steps, backpropagated through, are a ResNet of L blocks
that share their weights. An evaluation of the NODE's field leaves more than a state behind: what its convolutions made
of it, and the weights as they prepared them. Chen et al. (2018) tell the orders alone; 128 images at a
time, as in their training, are the size "full", which takes some 3 GiB.
"""

import tracemalloc
import warnings
from statistics import linear_regression

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode import models
from minode.blocks import vector_field
from minode.experiments.memory_drawing import draw, table
from minode.experiments.table3_1_claims import CONSTANT, MORE_EVALUATIONS
from minode.experiments.verdicts import UNDECIDED, below_zero, decided, of_seeds, overall, paired, tally
from minode.gauge import ReconstructionWarning
from minode.layers import Dense, Tanh, serial
from minode.losses import cross_entropy
from minode.nfe import count_nfe
from minode.primitive import odeint

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
# States kept of each evaluation: none, or one at least, the one that f was given. What is nearer decides.
HALF = 0.5
MIB = 2**20


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
    claims = [claim for name in TOLERANCES for claim in judge(name, numbers[name]["ways"])]
    return {
        "claims": claims,
        "verdict": overall(claim["verdict"] for claim in claims),
        "why": f"of {len(claims)} claims on a flow and on the NODE {tally([claim['verdict'] for claim in claims])}",
    }


def judge(problem, ways):
    """Hold what the thesis claims of memory against the numbers.

    The adjoint is O(1) if for no seed its memory varies by more than a tenth while evaluations grow by half at least;
    backpropagation is O(L) if it keeps more than half a state of each evaluation; and the adjoint takes less memory if
    its thriftier solver does so than the thriftiest other way, each at its deepest.

    Parameters
    ----------
    problem : str
    ways : dict
        Name -> {"states_per_evaluation": by seed, "depth" and "peak_mib": by depth and seed}.

    Returns
    -------
    list of dict
        "claim", "verdict", "numbers".
    """
    claims = []
    for name, found in ways.items():
        kept = np.array(found["states_per_evaluation"])
        if name.startswith("adjoint"):
            order, verdict = "O(1)", overall(map(_constant, zip(*found["depth"]), zip(*found["peak_mib"])))
        else:
            order, verdict = "O(L)", below_zero(of_seeds(HALF - kept))
        mean, error, _ = of_seeds(kept)
        claims.append(_claim(f"{problem}: {name}: {order}", verdict, f"{mean:+.3f} ± {error:.3f} states an evaluation"))
    adjoint, others = (
        np.min([numbers["peak_mib"] for name, numbers in ways.items() if name.startswith("adjoint") == which], axis=0)
        for which in (True, False)
    )
    verdict = below_zero(paired(adjoint[-1], others[-1]))
    peaks = [peak.mean() for peak in (adjoint[-1], others[-1], adjoint[0], others[0])]
    numbers = "{:.1f} and {:.1f} MiB where deepest, {:.1f} and {:.1f} where shallowest".format(*peaks)
    return [*claims, _claim(f"{problem}: the adjoint takes less", verdict, numbers)]


def peak_allocated(function):
    """Bytes that are allocated at once, at the most, while `function` runs, beyond what was there."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def by_key(rows):
    """Turn a list of lists of dicts with the same keys into a dict of lists of lists."""
    return {key: [[one[key] for one in row] for row in rows] for key in rows[0][0]}


def _constant(depths, peaks):
    if max(depths) < MORE_EVALUATIONS * min(depths):
        return UNDECIDED
    return decided(max(peaks) <= CONSTANT * min(peaks))


def _claim(text, verdict, numbers):
    return {"claim": text, "verdict": verdict, "numbers": numbers}


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
