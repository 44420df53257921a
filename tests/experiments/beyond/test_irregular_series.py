"""Irregular series: the rules, the two fits, and a small run whose record is complete and repeatable."""

import copy
import json

import numpy as np
import pytest

from minode.data.time_series.systems import SYSTEMS
from minode.experiments.beyond.irregular_series import compute as series
from minode.experiments.beyond.irregular_series import shooting
from minode.experiments.beyond.irregular_series.claims import judge_series
from minode.experiments.common import plots

GOOD = {
    "systems": {
        "pendulum": {
            "node": {
                "within": [0.05, 0.06, 0.04],
                "beyond": [0.10, 0.11, 0.09],
                "gap": [0.03, 0.04, 0.03],
                "field": [0.06, 0.07, 0.05],
            },
            "residual": {"beyond": [0.20, 0.25, 0.19]},
        }
    },
    "noise": 0.05,
}
CLAIMS = ["interpolated", "extrapolated", "better", "gap", "field"]


@pytest.fixture(scope="module")
def produced():
    return series.compute(seed=1, n_updates=2, n_seeds=1)


def verdicts(numbers):
    return dict(zip(CLAIMS, (claim.verdict for claim in judge_series(numbers)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {"holds"}


@pytest.mark.parametrize(
    ("model", "key", "values", "claim", "verdict"),
    [
        ("node", "within", [0.2, 0.21, 0.19], "interpolated", "does not hold"),
        ("node", "within", [0.05, 0.3, 0.1], "interpolated", "undecided"),
        ("residual", "beyond", [0.05, 0.06, 0.04], "better", "does not hold"),
        ("residual", "beyond", [0.05, 0.3, 0.09], "better", "undecided"),
        ("node", "gap", [0.1, 0.11, 0.12], "gap", "does not hold"),
        ("node", "field", [0.2, 0.21, 0.19], "field", "does not hold"),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(model, key, values, claim, verdict):
    numbers = copy.deepcopy(GOOD)
    numbers["systems"]["pendulum"][model][key] = values
    assert {name for name, value in verdicts(numbers).items() if value != "holds"} == {claim}
    assert verdicts(numbers)[claim] == verdict


def test_a_wild_extrapolation_breaks_both_claims_about_it():
    numbers = copy.deepcopy(GOOD)
    numbers["systems"]["pendulum"]["node"]["beyond"] = [1.0, 1.1, 0.9]
    assert {name for name, value in verdicts(numbers).items() if value != "holds"} == {"extrapolated", "better"}


def test_units_are_of_one():
    system, t = SYSTEMS["spiral"], np.linspace(0.0, 13.0, 400)
    values = 7.0 + 5.0 * system.states(t)
    scale = shooting.scale_of(t, values)
    z = (values - scale.mean) / scale.std
    speed = np.linalg.norm(np.diff(z, axis=0), axis=1) / np.diff(t / scale.time)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-12)
    assert 0.5 < speed.mean() < 2.0


@pytest.mark.parametrize("fitted", [shooting.fit_node, shooting.fit_residual])
def test_a_fit_of_a_line_at_unit_speed_is_found(fitted):
    """dz/dt = (1, -1): weights of zero and a bias of the field are enough, and equal steps lose nothing."""
    t = np.arange(5.0) / 2
    values = np.stack([t - 1, 1 - t], axis=1)
    weights, starts, history = fitted(np.random.default_rng(0), t, values, 0.1, 2, 100, None)
    assert history["loss"][-1] < 1e-2 * history["loss"][0]
    np.testing.assert_allclose(starts[1], values[2], atol=0.1)
    field = shooting.NETWORK.apply(weights, values)
    np.testing.assert_allclose(field, np.broadcast_to([1.0, -1.0], field.shape), atol=0.5)


def test_the_learned_field_is_told_in_the_units_of_the_observations():
    scale = shooting.Scale(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 5.0)
    _, weights = shooting.NETWORK.init(np.random.default_rng(0), (2,))
    z, unit = np.array([2.0, -1.0]), np.array([1 / 3, -3 / 4])
    expected = np.array([3.0, 4.0]) * shooting.NETWORK.apply(weights, unit) / 5.0
    np.testing.assert_allclose(series.learned_rhs(weights, scale, z), expected, rtol=1e-14)


def test_the_record_is_complete_and_finite(produced):
    record = {key: value for key, value in produced.items() if key != "curves"}
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["systems"].keys() == SYSTEMS.keys()
    assert record["verdict"] in ("undecided", "does not hold")


def test_the_same_seed_gives_the_same_numbers(produced):
    assert series.compute(seed=1, n_updates=2, n_seeds=1)["systems"] == produced["systems"]


def test_table_and_picture(produced, tmp_path):
    report = series.table(produced)
    for claim in produced["claims"]:
        assert claim["claim"] in report
    with plots.styled():
        plots.save(series.draw(produced), tmp_path / "series.png")
