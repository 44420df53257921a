"""Figure 3.3: rules that made-up numbers break, and a NODE on a data set so small that it takes a second."""

import json

import numpy as np
import pytest

from minode.base import trees
from minode.data import mnist
from minode.experiments.ch3_nodes import digits_node
from minode.experiments.ch3_nodes.fig3_3_error_control import compute as error_control
from minode.experiments.ch3_nodes.fig3_3_error_control.claims import ALLOWED, judge_panels, proportional
from minode.experiments.common.thresholds import about_half
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

SMALL = dict(n_updates=2, n_seeds=2, tolerances=(1e-1, 1e-3), repeats=1)


@pytest.fixture(autouse=True)
def _tiny_digits(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset())
    # The tight one takes seconds on networks that are hardly trained.
    monkeypatch.setattr(error_control, "REFERENCE", dict(method="dop853", tol=1e-5))


def network(**changes):
    """Numbers on which all four claims hold."""
    return {
        "tolerance": [1e-2, 1e-3],
        "numerical_error": [2e-2, 3e-3],
        "seconds": [0.011, 0.031],
        "nfe_forward": [20, 60],
        "nfe_backward": [10, 29],
        "nfe_backward_as_is": [10, 29],
        "training_loss": [2.3] * 10 + [0.3] * 10,
        "training_nfe_forward": [14] * 10 + [26] * 10,
    } | changes


def verdicts(*networks):
    return {claim.panel: claim.verdict for claim in judge_panels(networks)}


def test_all_claims_hold_on_numbers_that_agree_with_them():
    assert set(verdicts(network(), network(nfe_backward=[10, 30]), network()).values()) == {HOLDS}


@pytest.mark.parametrize(
    ("panel", "changes"),
    [
        ("a", dict(numerical_error=[2e-2, 3e-2])),
        ("a", dict(numerical_error=[2e-2, 1.1 * ALLOWED * 1e-3])),
        ("b", dict(seconds=[0.03, 0.031])),
        ("c", dict(nfe_backward=[20, 58])),
        ("d", dict(training_nfe_forward=[26] * 10 + [14] * 10)),
    ],
)
def test_a_claim_that_the_numbers_contradict_does_not_hold(panel, changes):
    found = verdicts(network(**changes), network(**changes))
    assert found.pop(panel) == FAILS
    assert set(found.values()) == {HOLDS}


def test_growth_is_undecided_while_nothing_is_learned():
    assert verdicts(network(), network(training_loss=[2.3] * 20))["d"] == UNDECIDED


def test_half_needs_several_networks_that_agree():
    assert about_half([0.5]) == UNDECIDED
    assert about_half([0.3, 0.5, 0.9]) == UNDECIDED
    assert about_half([0.45, 0.5, 0.55]) == UNDECIDED
    assert about_half([0.48, 0.5, 0.52]) == HOLDS
    assert about_half([0.9, 1.0, 1.1]) == FAILS
    assert about_half([0.1, 0.11, 0.1]) == FAILS


def test_proportional_is_not_merely_linear():
    assert proportional([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert proportional([1, 2, 3], [10, 11, 12]) < 0.5


def test_the_numerical_error_is_in_the_unit_of_the_tolerance():
    assert error_control.numerical_error(np.array([1.1, 0.1]), np.array([1.0, 0.0])) == pytest.approx(
        np.sqrt((0.05**2 + 0.1**2) / 2)
    )


def test_the_same_seed_gives_the_same_numbers_that_can_be_written_down_and_shown():
    first, second = (error_control.compute(seed=1, **SMALL) for _ in range(2))
    json.dumps(first, allow_nan=False)
    titles, text = [axes.get_title() for axes in error_control.draw(first).axes], error_control.table(first)
    for claim in first["claims"]:
        assert any(title.startswith(f"({claim['panel']})") and title.endswith(claim["verdict"]) for title in titles)
    assert f"Claim: {first['verdict']}" in text
    for data in (first, second):
        for numbers in data["networks"]:
            # Of the clock, alone.
            assert min(numbers.pop("seconds")) > 0
    assert first["networks"] == second["networks"]
    loose, tight = first["networks"][0]["numerical_error"]
    assert tight < loose
    assert first["networks"][0]["training_loss"] != first["networks"][1]["training_loss"]


def test_the_gradient_of_the_block_agrees_with_finite_differences():
    node = digits_node.train(0, 1, *digits_node.digits())
    z = node.forward()
    g = node.gradient(z)
    direction = np.random.default_rng(0).standard_normal(z[1].shape)
    ahead, behind = (node.loss(z[1] + step * direction) for step in (1e-5, -1e-5))
    assert not g[0].any()
    assert np.vdot(g[1], direction) == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)


def test_at_the_thesis_width_the_block_has_the_parameters_of_table_4_2():
    _, field, _ = digits_node.layers(64)
    _, W = field.init(np.random.default_rng(0), (6, 6, 64))
    assert sum(leaf.size for leaf in trees.leaves(W)) == 75_392
