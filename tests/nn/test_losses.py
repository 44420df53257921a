"""Losses against their definitions, written out entry by entry."""

import numpy as np
import pytest
from autograd.test_util import check_grads
from scipy.special import log_softmax

from minode.nn.losses import cross_entropy, huber, mse

RNG = np.random.default_rng(0)
PREDICTION, TARGET = 2 * RNG.normal(size=(6, 3)), RNG.normal(size=(6, 3))
LABELS = RNG.integers(0, 3, size=6)


def test_mse_is_the_mean_square():
    assert mse(PREDICTION, TARGET) == pytest.approx(np.square(PREDICTION - TARGET).sum() / 18, rel=1e-14)


@pytest.mark.parametrize("delta", [0.3, 1.0, 10.0])
def test_huber_is_quadratic_near_and_linear_far(delta):
    residuals = np.abs(PREDICTION - TARGET).ravel()
    expected = [r**2 / 2 if r <= delta else delta * (r - delta / 2) for r in residuals]
    assert huber(PREDICTION, TARGET, delta) == pytest.approx(np.mean(expected), rel=1e-14)


def test_an_order_preserving_map_of_g_1d_has_huber_loss_one_half_at_best():
    target = np.array([1.0, -1.0])
    low, high = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-2, 2, 81))
    losses = [huber(np.array(pair), target) for pair in zip(low[low <= high], high[low <= high])]
    assert min(losses) == pytest.approx(0.5)


def test_cross_entropy_is_minus_the_log_probability_of_the_label():
    expected = -log_softmax(PREDICTION, axis=1)[np.arange(6), LABELS].mean()
    assert cross_entropy(PREDICTION, LABELS) == pytest.approx(expected, rel=1e-14)


def test_cross_entropy_survives_large_logits():
    assert cross_entropy(np.array([[1e4, 0.0]]), np.array([1])) == pytest.approx(1e4)


@pytest.mark.parametrize(
    "loss",
    [lambda p: mse(p, TARGET), lambda p: huber(p, TARGET), lambda p: cross_entropy(p, LABELS)],
    ids=["mse", "huber", "cross_entropy"],
)
def test_gradients_equal_finite_differences(loss):
    check_grads(loss, modes=["rev"], order=1)(PREDICTION)


@pytest.mark.parametrize("loss", [mse, huber])
def test_shapes_are_not_broadcast(loss):
    with pytest.raises(ValueError, match=r"prediction has shape \(4, 1\), target \(4,\)"):
        loss(np.ones((4, 1)), np.arange(4.0))


def test_huber_needs_a_positive_delta():
    with pytest.raises(ValueError, match="delta is -1"):
        huber(PREDICTION, TARGET, delta=-1)


@pytest.mark.parametrize(
    ("labels", "message"),
    [(LABELS[:, None], "labels has shape"), (LABELS[:1], "labels has shape"), (LABELS - 3, "labels range from -3")],
)
def test_labels_must_name_a_class_a_row(labels, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(PREDICTION, labels)
