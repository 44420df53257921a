"""Eqs. 2.3-2.7: gradients by layer against products of Jacobians, rules that break, a repeatable record."""

import copy
import json

import numpy as np
import pytest
from autograd import jacobian

from minode.data import mnist
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts import claims as shortcuts_claims
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts import compute as shortcuts
from minode.experiments.ch2_resnets.eqs2_3_to_2_7_shortcuts import layers
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

KEPT, GONE, WIDE = [0.1, 0.2, 0.15], [-3.0, -3.2, -2.9], [-3.0, 0.0, 0.5]
GOOD = {
    "gains": {name: GONE for name in layers.VARIANTS} | {"h, g identities": KEPT, "g = ReLU": KEPT},
    "digits": {
        f"{kind}, {when}": GONE if kind == "plain" else KEPT
        for kind in ("plain", "residual")
        for when in ("at first", "trained")
    },
    "orders": [1.99, 2.01, 2.0],
    "equation_2_5": {"inverse of g": 0.0, "g": 0.0},
}


def verdicts(numbers):
    return {claim.text: claim.verdict for claim in shortcuts_claims.judge_shortcuts(numbers)}


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {HOLDS}


@pytest.mark.parametrize(
    ("group", "name", "values", "claim", "verdict"),
    [
        ("gains", "h, g identities", GONE, "h, g identities: gradients keep", FAILS),
        ("gains", "h, g identities", WIDE, "h, g identities: gradients keep", UNDECIDED),
        ("gains", "h = 0.9 z", KEPT, "h = 0.9 z", FAILS),
        ("gains", "g = tanh", WIDE, "g = tanh", UNDECIDED),
        ("gains", "g = ReLU", GONE, "g = ReLU", FAILS),
        ("digits", "plain, at first", KEPT, "digits, plain networks, at first", FAILS),
        ("digits", "residual, trained", GONE, "digits, residual networks, trained", FAILS),
        ("equation_2_5", "inverse of g", 0.8, "Eq. 2.5, with the inverse of g", FAILS),
        ("equation_2_5", "g", 0.8, "Eq. 2.5, with g,", FAILS),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(group, name, values, claim, verdict):
    numbers = copy.deepcopy(GOOD)
    numbers[group][name] = values
    (changed,) = [text for text, value in verdicts(numbers).items() if value != HOLDS]
    assert changed.startswith(claim)
    assert verdicts(numbers)[changed] == verdict


def test_a_remainder_of_first_order_is_found_out():
    assert verdicts(GOOD | {"orders": [1.0, 1.1, 0.9]})["Eq. 2.7 is Eq. 2.5 but for terms of second order"] == FAILS


@pytest.mark.parametrize("name", layers.VARIANTS)
def test_sizes_are_those_of_products_of_jacobians(name, monkeypatch):
    monkeypatch.setattr(layers, "LAYERS", 3)
    monkeypatch.setattr(layers, "WIDTH", 4)
    h, g = layers.VARIANTS[name]
    weights, z, a = layers.draw_layers(0)
    assert len(weights) == 3

    def step(z, W):
        return g(h(z) + layers.residual(z, W))

    states, gradient, expected = [z], a, [np.linalg.norm(a)]
    for W in weights:
        states.append(step(states[-1], W))
    for W, state in zip(weights[::-1], states[-2::-1]):
        gradient = np.tensordot(gradient, jacobian(step)(state, W), axes=2)
        expected.insert(0, np.linalg.norm(gradient))
    np.testing.assert_allclose(layers.sizes_of_variant(name, 0), expected, rtol=1e-10)


def test_equation_2_5_is_right_with_g_and_wrong_with_its_inverse():
    assert shortcuts.equation_2_5(0, np.sinh) == 0
    assert shortcuts.equation_2_5(0, np.arcsinh) > 0.1
    assert shortcuts.remainder_order(0) == pytest.approx(2, abs=0.1)


def test_a_small_run_is_complete_and_repeatable(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset())
    small = dict(n_networks=2, n_seeds=2, depth=6, n_images=64, epochs=1)
    first, second = (shortcuts.compute(seed=1, **small) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(first, allow_nan=False)) == first
    # A gradient at the input of each of the two blocks, and behind the last.
    assert len(first["sizes"]["plain, trained"]) == 3
    assert f"Claim: {first['verdict']}" in shortcuts.table(first)
    assert len(shortcuts.draw(first).axes) == 2
