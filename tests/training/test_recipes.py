"""Recipes: the numbers of the thesis, and the schedules."""

import dataclasses

import numpy as np
import pytest

from minode.base.trees import leaves
from minode.training.setup import recipes
from minode.training.setup.defaults import RECIPES
from tests import tiny

STEPS = 390


def config(recipe, **given):
    fields = recipes.complete({"data": "mnist", "model": "mlp", "recipe": recipe, **given})
    return recipes.configure(fields, tiny.dataset())


def rates(config):
    return np.array([recipes.learning_rate(config, step, STEPS) for step in range(config.epochs * STEPS)])


def test_the_thesis_recipe_is_the_reference_scripts():
    fields = dataclasses.asdict(config("thesis"))
    expected = dict(epochs=150, batch_size=128, momentum=0.9, weight_decay=0, nesterov=False, padding=4, tol=1e-3)
    assert expected.items() <= fields.items()


def test_the_thesis_rate_falls_by_ten_after_60_100_and_140_epochs():
    rate = rates(config("thesis"))
    epochs = [60, 40, 40, 10]
    expected = np.repeat([0.1, 0.01, 0.001, 0.0001], [n * STEPS for n in epochs])
    np.testing.assert_allclose(rate, expected, rtol=1e-12)


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_rates_are_in_proportion_to_the_batch_unless_given(recipe):
    reference = config(recipe).learning_rate
    assert config(recipe, batch_size=64).learning_rate == pytest.approx(reference / 2)
    assert config(recipe, batch_size=64, learning_rate=0.3).learning_rate == 0.3


@pytest.mark.parametrize("epochs", [1, 4])
@pytest.mark.parametrize("warm_up", [0.0, 0.2, 0.25])
def test_one_cycle_rises_to_its_peak_and_falls_to_almost_nothing(epochs, warm_up):
    cycle = dataclasses.replace(config("fast", epochs=epochs), warm_up=warm_up)
    rate = rates(cycle)
    top = int(warm_up * len(rate))
    assert rate.max() == pytest.approx(cycle.learning_rate)
    assert abs(int(rate.argmax()) - top) <= 1
    assert (np.diff(rate[:top]) > 0).all()
    assert (np.diff(rate[top:]) < 0).all()
    assert 0 < rate[-1] < 1e-4 * cycle.learning_rate
    # A line up and half a cosine down: the mean of either is half the peak.
    assert rate.mean() == pytest.approx(cycle.learning_rate / 2, rel=0.01)


def test_rates_are_plain_floats_that_keep_float32_weights():
    assert {type(recipes.learning_rate(config(name), 3, STEPS)) for name in RECIPES} == {float}


@pytest.mark.parametrize(("field", "value"), [("data", "cifar"), ("recipe", "slow")])
def test_unknown_names_list_the_known_ones(field, value):
    with pytest.raises(ValueError, match=f"unknown .*'{value}'; expected one of"):
        recipes.complete({"data": "mnist", "model": "mlp", "recipe": "fast", field: value})


def test_first_weights_are_float32_and_follow_from_the_seed(monkeypatch):
    tiny.install(monkeypatch.setattr)
    first, again, other = (leaves(recipes.initial_params(config("fast", seed=seed))) for seed in (0, 0, 1))
    assert {W.dtype for W in first} == {np.dtype(np.float32)}
    assert all(np.array_equal(W, V) for W, V in zip(first, again))
    assert not any(np.array_equal(W, V) for W, V in zip(first, other))
