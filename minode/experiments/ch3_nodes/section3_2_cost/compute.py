"""Section 3.2, cost: what a vector-Jacobian product costs, and how a gradient's cost grows with the problem.

The products with df/dz and df/dW "can be computed by automatic differentiation at a cost similar to that of f". A
product here is both of them and the one with df/dt, as the augmented state wants them (Eq. 3.10): what f_aug takes
beyond f, over f, each as the solvers call it, with weights prepared once a solve. Fields are the NODE's block of Table
4.2, in float32, and perceptrons.

"Linear in the size of the problem", so no faster than it grows, are CPU time and peak memory of a gradient by the
adjoint, with equal steps, so that all problems take as many evaluations: by the number of images in the block, and by
that of a perceptron's weights.
"""

import warnings
from time import process_time

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.base.trees import leaves, tree_map
from minode.experiments.ch3_nodes.section3_2_cost.claims import judge_costs
from minode.experiments.ch3_nodes.section3_2_cost.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.memory_meter import MIB, peak_allocated
from minode.experiments.common.verdicts import overall, tally
from minode.nn import models
from minode.nn.blocks import vector_field
from minode.nn.layers import Dense, Tanh, serial
from minode.ode.field.evaluations import evaluator, linearise
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.ode.odeint import odeint

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {
    "quick": dict(n_seeds=2, repeats=2, images=(2, 4, 8), widths=(32, 64, 128)),
    "default": dict(),
    "full": dict(n_seeds=10, images=(64, 128, 256, 512), widths=(256, 512, 1024, 2048)),
}
# Images in the block and points in a perceptron, and the width of its layers, for a product.
IMAGES, POINTS, WIDTHS = 32, 256, (32, 256)
STEPS = dict(method="midpoint", n_steps=2)


def compute(seed=0, n_seeds=5, repeats=5, images=(32, 64, 128), widths=(128, 256, 512)):
    """Measure products and gradients.

    Parameters
    ----------
    seed : int
        Of the first weights and states; then come the next seeds.
    n_seeds : int
    repeats : int
        Measurements of a gradient, of which the fastest is taken: whatever else the machine does only adds to it. Of a
        product there are eight times as many, and their median is taken, since it is a ratio.
    images, widths : sequence of int
        Sizes of the two problems that grow.

    Returns
    -------
    dict
        "products": by field, a product over an evaluation, a number a seed. "scaling": by problem its "size",
        "sizes", "cpu_seconds" and "peak_mib" by size and seed, and by seed the exponents of their growth. "claims",
        "verdict", "why".
    """
    seeds = range(seed, seed + n_seeds)
    fields = {"NODE's block": lambda rng: _block(rng, IMAGES)}
    fields |= {f"perceptron, width {width}": lambda rng, width=width: _perceptron(rng, width) for width in WIDTHS}
    numbers = {
        "products": {
            name: [_product(*make(np.random.default_rng(each)), repeats) for each in seeds]
            for name, make in fields.items()
        },
        "scaling": {
            "NODE's block": _scaling("images", images, _block, seeds, repeats, by_weights=False),
            "perceptron": _scaling("weights", widths, _perceptron, seeds, repeats, by_weights=True),
        },
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_costs(numbers)
    verdicts = verdicts_of(claims)
    means = [float(np.exp(np.mean(np.log(ratios)))) for ratios in numbers["products"].values()]
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of {len(claims)} claims {tally(verdicts)}; a product costs {min(means):.1f} to {max(means):.1f} "
        f"evaluations, so that one of f_aug costs {1 + min(means):.1f} to {1 + max(means):.1f} of f",
    }


def exponent(sizes, costs):
    """Fit the exponent of a cost's growth."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _block(rng, n_images):
    """The field of Table 4.2, its weights and a state of so many images, in float32."""
    layer, shape = models.vector_field_layer(), (6, 6, models.WIDTH)
    _, params = layer.init(rng, shape)
    z = rng.standard_normal((n_images, *shape), dtype=np.float32)
    return vector_field(layer), tree_map(lambda W: W.astype(np.float32), params), z


def _perceptron(rng, width):
    """A field of two layers as wide as the state, their weights and a state."""
    layer = serial(Dense(width), Tanh(), Dense(width))
    _, params = layer.init(rng, (width,))
    return vector_field(layer), params, rng.standard_normal((POINTS, width))


def _product(f, params, z, repeats):
    """What the products take beyond f, over f."""
    a, evaluate, linear = np.ones_like(z), evaluator(f, params), linearise(f, params)

    def both():
        _, pullback = linear(0.5, z)
        pullback(a)

    both()
    # In turn, so that both meet the same machine: each pair has its ratio.
    pairs = [(_seconds(lambda: evaluate(0.5, z)), _seconds(both)) for _ in range(8 * repeats)]
    alone, together = np.transpose(pairs)
    return float(np.median(together / alone) - 1)


def _scaling(size, sizes, make, seeds, repeats, by_weights):
    seconds, peaks = [], []
    counts = list(sizes)
    for i, n in enumerate(sizes):
        row = [_gradient(*make(np.random.default_rng(each), n), repeats) for each in seeds]
        seconds.append([one for one, _ in row])
        peaks.append([peak for _, peak in row])
        if by_weights:
            counts[i] = sum(W.size for W in leaves(make(np.random.default_rng(0), n)[1]))
    return {
        "size": size,
        "sizes": counts,
        "cpu_seconds": seconds,
        "peak_mib": peaks,
        "time_exponents": [exponent(counts, column) for column in zip(*seconds)],
        "memory_exponents": [exponent(counts, column) for column in zip(*peaks)],
    }


def _gradient(f, params, z, repeats):
    """CPU seconds and peak MiB of a gradient by the adjoint."""

    def gradient():
        grad(lambda params: anp.sum(odeint(f, z, [0.0, 1.0], params, check=False, **STEPS)[-1] ** 2))(params)

    with warnings.catch_warnings():
        # Few steps lose z, and cost what they cost.
        warnings.simplefilter("ignore", ReconstructionWarning)
        peak = peak_allocated(gradient) / MIB
        return min(_seconds(gradient) for _ in range(repeats)), peak


def _seconds(function):
    start = process_time()
    function()
    return process_time() - start
