"""The weights on record: those of the thesis' network, and of the run beside them."""

import os

import numpy as np
import pytest

from minode.base.trees import leaves
from minode.data import mnist
from minode.experiments.common.records import long_runs
from minode.training.evaluation import evaluate


def test_they_are_those_of_the_thesis_network():
    _, params = long_runs.MNIST.node()
    assert sum(leaf.size for leaf in leaves(params)) == 208_266
    assert {leaf.dtype for leaf in leaves(params)} == {np.dtype(np.float32)}


@pytest.mark.skipif(not os.environ.get("MINODE_DATA"), reason="needs MNIST, in the folder that MINODE_DATA names")
def test_they_make_as_many_mistakes_as_the_record_says():
    """On the first thousand test images, half of which are known to be the easier ones."""
    test = mnist.load().test
    found = evaluate(*long_runs.MNIST.node(), type(test)(test.x[:1000], test.y[:1000])).error
    ((run,),) = [runs for (_, model), runs in long_runs.MNIST.by_network().items() if model == "node"]
    expected = run["result"]["test_error"]
    assert abs(found - expected) < 3 * np.sqrt(expected * (1 - expected) / 1000)
