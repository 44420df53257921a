"""Section 1.1: does the cost of a NODE adapt to its input, more evaluations for harder ones?

The NODE on record, trained on MNIST, reads test images one by one, so that a solve chooses its steps for one image
alone, at the tolerance of its training: by dopri5, as in training, and by VODE.
How hard an image is, is told without the NODE: by its distance to the nearest training image of its own class, over
that to the nearest one of another class. Above 1 the nearest image misleads. Beside the digits of MNIST there are the
same pixels shuffled, which are no digits any more, and digits drawn by fonts.
"""

import numpy as np

from minode.data import drawn_digits, mnist
from minode.experiments.ch1_motivation.section1_1_adapt.claims import fifths, judge_costs
from minode.experiments.ch1_motivation.section1_1_adapt.draw import draw, table
from minode.experiments.ch1_motivation.solvers import SOLVERS
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.records import long_runs
from minode.experiments.common.verdicts import overall, tally
from minode.ode.field.nfe import count_nfe
from minode.training.evaluation import BATCH

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS = {
    "quick": dict(n_images=100, n_others=30, n_neighbours=1000),
    "default": dict(),
    "full": dict(n_images=10_000, n_others=1000, n_neighbours=50_000),
}


def compute(seed=0, n_images=1000, n_others=200, n_neighbours=10_000):
    """Count the evaluations of single images.

    Parameters
    ----------
    seed : int
        Of the images that are drawn, and of the shuffling.
    n_images : int
        Test images.
    n_others : int
        Images of each other kind. As many of the test images are shuffled, each in its own way.
    n_neighbours : int
        Training images among which the nearest are looked for.

    Returns
    -------
    dict
        "difficulty" by image; "solvers": by name "nfe" and "wrong" by image, "shuffled" and "fonts", evaluations for
        the other kinds, and "batches", those of batches of the easiest and of the hardest images; "claims", "verdict",
        "why".
    """
    data, rng = mnist.load(), np.random.default_rng(seed)
    chosen = rng.permutation(len(data.test.y))[:n_images]
    x, y = data.test.x[chosen], data.test.y[chosen]
    near = rng.permutation(len(data.train.y))[:n_neighbours]
    shuffled = np.stack([rng.permutation(image.ravel()).reshape(image.shape) for image in x[:n_others]])
    fonts = drawn_digits.draw(seed, n_train=1, n_validation=1, n_test=n_others).test.x
    hardness = difficulty(x, y, data.train.x[near], data.train.y[near])
    easy, hard = (x[part[:BATCH]] for part in fifths(hardness))
    solvers = {}
    for name, method in SOLVERS.items():
        network, params = long_runs.MNIST.node(method=method)
        nfe, classes = _one_by_one(network, params, x)
        solvers[name] = {
            "nfe": nfe,
            "wrong": (classes != y).tolist(),
            "shuffled": _one_by_one(network, params, shuffled)[0],
            "fonts": _one_by_one(network, params, fonts)[0],
            "batches": [_evaluations(network, params, images)[0] for images in (easy, hard)],
        }
    numbers = {"n_images": n_images, "n_neighbours": n_neighbours, "difficulty": hardness.tolist(), "solvers": solvers}
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_costs(numbers)
    verdicts = verdicts_of(claims)
    easy, hard = fifths(numbers["difficulty"])
    shares = [
        f"{np.mean(np.array(found['nfe'])[hard]) / np.mean(np.array(found['nfe'])[easy]):.2f} by {name}"
        for name, found in numbers["solvers"].items()
    ]
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of the thesis' claims {tally(verdicts)}; evaluations of the hardest fifth of the images over those of "
        f"the easiest: {', '.join(shares)}",
    }


def difficulty(x, y, neighbours, labels):
    """Compare how near an image is to its own class and to the others.

    Parameters
    ----------
    x, y : array, shapes (n, height, width, 1) and (n,)
    neighbours, labels : array
        The same of the images among which the nearest are looked for.

    Returns
    -------
    array, shape (n,)
        Distance to the nearest image of the same class, over that to the nearest one of another class.
    """
    x, neighbours = (images.reshape(len(images), -1).astype(float) for images in (x, neighbours))
    squares = (x**2).sum(axis=1)[:, None] - 2 * x @ neighbours.T + (neighbours**2).sum(axis=1)
    same = y[:, None] == labels
    own, other = (np.where(where, squares, np.inf).min(axis=1) for where in (same, ~same))
    return np.sqrt(np.maximum(own, 0) / other)


def _one_by_one(network, params, images):
    found = [_evaluations(network, params, image[None]) for image in images]
    return [nfe for nfe, _ in found], np.concatenate([classes for _, classes in found])


def _evaluations(network, params, images):
    with count_nfe() as nfe:
        z = network.apply(params, images)
    return nfe.forward, z.argmax(axis=1)
