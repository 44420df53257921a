"""`fit`: updates, their record, and learning rates that change."""

import numpy as np
import pytest

from minode.nn.optim import SGD
from minode.training.fitting import fit


def test_a_learning_rate_may_be_a_function_of_the_step():
    (fallen,), history = fit(lambda W: 0.5 * W[0] ** 2, [1.0], SGD(), lambda step: 0.5 / (1 + step), 3)
    assert fallen == pytest.approx((1 - 0.5) * (1 - 0.25) * (1 - 0.5 / 3), rel=1e-12)
    assert history["loss"] == pytest.approx([0.5, 0.125, 0.5 * 0.375**2])


def test_a_number_is_a_rate_that_stays():
    (fallen,), _ = fit(lambda W: 0.5 * W[0] ** 2, [np.float64(1.0)], SGD(), 0.1, 4)
    assert fallen == pytest.approx(0.9**4, rel=1e-12)
