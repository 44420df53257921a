"""Weights in 8 bits: near those that they stand for, and read as they were written."""

import base64

import numpy as np
import pytest

from minode.base.trees import leaves
from minode.experiments.common.records import long_runs
from minode.explore.weights import LARGEST, as_read, encoded, in_8_bits

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(3, 3, 5, 4), (6, 2), (1, 1)])
def test_each_weight_is_off_by_half_a_step_of_its_channel_at_most(shape):
    W = (RNG.standard_normal(shape) * 10.0 ** np.arange(shape[-1])).astype(np.float32)
    scales, multiples = in_8_bits(W)
    assert (scales.dtype, multiples.dtype) == (np.float32, np.int8)
    # Half a step, and the rounding of single precision.
    assert (np.abs(W - scales * multiples) <= scales * (0.5 + 1e-4)).all()
    assert np.abs(multiples).max(axis=tuple(range(len(shape) - 1))).tolist() == [LARGEST] * shape[-1]


def test_a_channel_of_zeros_stays_so():
    W = np.zeros((2, 2), np.float32)
    W[:, 1] = 1.0
    assert np.array_equal(as_read([W])[0], W)


def test_what_is_written_is_what_is_read():
    params = [(RNG.standard_normal((2, 3)).astype(np.float32), np.arange(3, dtype=np.float32)), ()]
    content = base64.b64decode(encoded(params))
    scales, multiples, bias = (
        np.frombuffer(content, kind, count, offset)
        for kind, count, offset in [("<f4", 3, 0), ("i1", 6, 12), ("<f4", 3, 18)]
    )
    kernel, vector = leaves(as_read(params))
    assert np.array_equal(scales * multiples.reshape(2, 3), kernel)
    assert np.array_equal(bias, vector)
    assert len(content) == 18 + 12


def test_the_recorded_network_takes_a_quarter_of_its_bytes():
    _, params = long_runs.MNIST.node()
    n = sum(leaf.size for leaf in leaves(params))
    assert len(base64.b64decode(encoded(params))) < 1.05 * n
