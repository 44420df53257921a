"""`fit`: updates, their record, and learning rates that change."""

import numpy as np
import pytest

from minode.base import blas
from minode.nn.optim import SGD
from minode.training.fitting import fit


def test_a_learning_rate_may_be_a_function_of_the_step():
    (fallen,), history = fit(lambda W: 0.5 * W[0] ** 2, [1.0], SGD(), lambda step: 0.5 / (1 + step), 3)
    assert fallen == pytest.approx((1 - 0.5) * (1 - 0.25) * (1 - 0.5 / 3), rel=1e-12)
    assert history["loss"] == pytest.approx([0.5, 0.125, 0.5 * 0.375**2])


def test_a_number_is_a_rate_that_stays():
    (fallen,), _ = fit(lambda W: 0.5 * W[0] ** 2, [np.float64(1.0)], SGD(), 0.1, 4)
    assert fallen == pytest.approx(0.9**4, rel=1e-12)


def test_blas_has_one_thread_meanwhile(monkeypatch):
    class Library:
        num_threads = 4

        def set_num_threads(self, n_threads):
            self.num_threads = n_threads

    library, seen = Library(), []
    monkeypatch.setattr(blas, "libraries", lambda: [library])
    fit(lambda W: W[0] ** 2, [1.0], SGD(), 0.1, 2, watch=lambda step, params: seen.append(library.num_threads))
    assert (seen, library.num_threads) == ([1, 1], 4)
