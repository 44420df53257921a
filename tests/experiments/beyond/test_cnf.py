"""Flows in the plane: the rules, what is measured of a flow that is known, and a small training that is repeatable."""

import copy
import itertools
import json

import numpy as np
import pytest
from scipy.linalg import expm

from minode.data.densities import Density, drawn_sign, eight_gaussians, picture, two_moons
from minode.experiments.beyond.cnf import claims, compute, draw, flow
from minode.experiments.common import plots

PLAIN = {
    "nll": [2.45, 2.47, 2.46],
    "truth": [2.40, 2.41, 2.40],
    "kde": [2.70, 2.73, 2.72],
    "tuned_kde": [2.48, 2.50, 2.49],
    "mass": [1.0, 0.999, 1.002],
    "nfe": [50, 56, 56],
}
NAMES = ("two moons", "eight Gaussians", "picture")
GOOD = {"flows": {name: PLAIN for name in NAMES} | {"two moons, regularised": PLAIN | {"nfe": [38, 44, 44]}}}
RULES = ["mass", *(f"{rule}, {name}" for rule in ("truth", "kernel", "tuned") for name in NAMES), "fewer", "price"]


def verdicts(numbers):
    return dict(zip(RULES, (claim.verdict for claim in claims.judge_flows(numbers)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {"holds"}


@pytest.mark.parametrize(
    ("name", "key", "values", "rule", "verdict"),
    [
        ("picture", "mass", [1.0, 1.011, 1.0], "mass", "does not hold"),
        ("picture", "mass", [1.0, 0.98, 1.0], "mass", "does not hold"),
        ("picture", "truth", [2.30, 2.32, 2.31], "truth, picture", "does not hold"),
        ("picture", "truth", [2.30, 2.42, 2.40], "truth, picture", "undecided"),
        ("eight Gaussians", "kde", [2.40, 2.41, 2.39], "kernel, eight Gaussians", "does not hold"),
        ("two moons", "tuned_kde", [2.42, 2.44, 2.43], "tuned, two moons", "does not hold"),
        ("two moons", "tuned_kde", [2.42, 2.52, 2.47], "tuned, two moons", "undecided"),
        ("two moons, regularised", "nfe", [62, 68, 69], "fewer", "does not hold"),
        ("two moons, regularised", "nfe", [38, 62, 44], "fewer", "undecided"),
        ("two moons, regularised", "nll", [2.54, 2.55, 2.55], "price", "does not hold"),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(name, key, values, rule, verdict):
    numbers = copy.deepcopy(GOOD)
    numbers["flows"][name] = numbers["flows"][name] | {key: values}
    assert {key for key, value in verdicts(numbers).items() if value != "holds"} == {rule}
    assert verdicts(numbers)[rule] == verdict


def test_the_rival_of_our_own_choice_has_no_part_in_the_verdict():
    numbers = copy.deepcopy(GOOD)
    numbers["flows"]["picture"] = PLAIN | {"tuned_kde": [2.42, 2.44, 2.43]}
    assert compute.conclude(GOOD)["verdict"] == compute.conclude(numbers)["verdict"] == "holds"


@pytest.fixture
def linear(monkeypatch):
    """A flow of which everything is known, in place of the network."""
    A = np.array([[0.2, -0.6], [0.5, 0.1]])
    monkeypatch.setattr(flow, "FIELD", lambda t, z, A: z @ A.T)
    monkeypatch.setattr(flow, "HELD_OUT", 300)
    return A, expm(A) @ expm(A).T


def test_what_is_measured_of_a_known_flow(linear):
    A, C = linear
    root, entropy = np.linalg.cholesky(C), np.log(2 * np.pi * np.e) + 0.5 * np.linalg.slogdet(C)[1]

    def log_density(x):
        return -0.5 * np.sum(x @ np.linalg.inv(C) * x, axis=1) - entropy + 1

    density = Density(lambda rng, n: rng.standard_normal((n, 2)) @ root.T, log_density, 5.0)
    found = flow.examine(A, density, density.draw(np.random.default_rng(0), 300), np.random.default_rng(1))
    assert found["nll"] == pytest.approx(found["truth"], abs=1e-3)
    assert found["mass"] == pytest.approx(1, abs=2e-3)
    assert found["kde"] > found["truth"]
    assert found["nfe"] >= 7


def test_what_is_drawn_of_a_known_flow(linear):
    A, C = linear
    drawn = flow.curves(A, np.zeros((3, 2)), np.random.default_rng(0))
    np.testing.assert_allclose(drawn["paths"][-1], drawn["paths"][0] @ expm(A).T, atol=1e-2)
    at = np.unravel_index(np.argmax(drawn["density"]), drawn["density"].shape)
    np.testing.assert_array_equal(flow.SIDE[list(at)], [0.0, 0.0])
    assert drawn["density"].max() == pytest.approx(1 / (2 * np.pi * np.sqrt(np.linalg.det(C))), rel=1e-3)


def test_the_square_holds_what_is_learned():
    for density in (two_moons(), eight_gaussians(), picture(drawn_sign())):
        assert np.abs(density.draw(np.random.default_rng(0), 10_000)).max() < flow.SIDE[-1]


@pytest.fixture(scope="module")
def produced():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "SIDE", np.linspace(-5, 5, 21))
        patch.setattr(draw, "SIDE", flow.SIDE)
        patch.setattr(flow, "HELD_OUT", 100)
        patch.setattr(flow, "DRAWN", 50)
        yield compute.compute(seed=1, steps=10, n_seeds=1)


def test_the_record_is_complete_and_finite(produced):
    record = {key: value for key, value in produced.items() if key != "curves"}
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    for numbers in record["flows"].values():
        assert {len(values) for values in numbers.values()} == {1}
    assert record["verdict"] in ("holds", "does not hold", "undecided")


def test_table_picture_and_animation(produced, tmp_path):
    report = compute.table(produced)
    assert all(claim["claim"] in report for claim in produced["claims"])
    with plots.styled():
        plots.save(compute.draw(produced), tmp_path / "cnf.png")
        first, second = itertools.islice(compute.frames(produced), 2)
    assert tuple(first.get_size_inches()) == tuple(second.get_size_inches())
    assert "t = 0.05" in second.get_suptitle()


def test_training_is_repeatable_and_lowers_the_loss():
    points = two_moons().draw(np.random.default_rng(0), 200)
    (first, history), (second, _) = (flow.train("", points, 0, 20, weight) for weight in (0.0, 0.0))
    np.testing.assert_array_equal(first[0][0], second[0][0])
    assert len(history["loss"]) == 20
    assert np.mean(history["loss"][-5:]) < np.mean(history["loss"][:5])
