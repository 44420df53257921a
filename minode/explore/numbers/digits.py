"""The NODE on record for MNIST, its weights in 8 bits: what that costs, and what it answers for ten test images."""

import base64

import numpy as np

from minode.data import mnist
from minode.experiments.common.records import long_runs
from minode.explore.numbers.rounding import listed
from minode.explore.weights import as_read
from minode.ode.field.nfe import count_nfe
from minode.training.evaluation import evaluate

TOL = 1e-3


def compute() -> dict:
    """Evaluate the weights on all test images before and after rounding, and answer for the first image of each class.

    Raises
    ------
    OSError
        If MNIST is not to be had.
    """
    network, params = long_runs.MNIST.node()
    test, read = mnist.load().test, as_read(params)
    errors = {name: evaluate(network, W, test).error for name, W in {"float32": params, "8_bits": read}.items()}
    first = [int(np.argmax(test.y == digit)) for digit in range(10)]
    network, _ = long_runs.MNIST.node(tol=TOL)
    answers = [_answer(network, read, test.x[i : i + 1]) for i in first]
    return {
        "images": base64.b64encode(np.rint(255 * test.x[first]).astype(np.uint8).tobytes()).decode("ascii"),
        "test_images": len(test.y),
        "error": errors,
        "checks": {"tolerance": TOL, "nfe": [nfe for nfe, _ in answers], "logits": [z for _, z in answers]},
    }


def _answer(network, params, image):
    with count_nfe() as nfe:
        logits = network.apply(params, image)
    return nfe.forward, listed(logits[0].astype(float), 8)
