"""The latent ODE on spirals: the rules, the RNN beside it, and a small training whose record is complete."""

import copy
import json

import numpy as np
import pytest

from minode.experiments.beyond.latent_spirals import compute as spirals
from minode.experiments.beyond.latent_spirals import recurrent
from minode.experiments.beyond.latent_spirals.claims import judge_errors
from minode.experiments.common import plots
from minode.nn.time_series.recurrent import GRU

GOOD = {
    "latent": {
        "beyond": {"30": [0.16, 0.18, 0.15], "100": [0.10, 0.11, 0.09]},
        "within": {"30": [0.15, 0.14, 0.16], "100": [0.09, 0.10, 0.10]},
        "nfe": [80.0, 86.0, 92.0],
    },
    "rnn": {
        "beyond": {"30": [0.39, 0.45, 0.33], "100": [0.20, 0.19, 0.21]},
        "within": {"30": [0.30, 0.31, 0.29], "100": [0.15, 0.16, 0.17]},
    },
    "sizes": [30, 100],
    "n_times": 200,
}
CLAIMS = ["beyond 30", "beyond 100", "within 30", "within 100", "more points", "fewer evaluations"]


@pytest.fixture(scope="module")
def produced():
    return spirals.compute(seed=1, n_updates=2, n_seeds=1)


def verdicts(numbers):
    return dict(zip(CLAIMS, (claim.verdict for claim in judge_errors(numbers)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {"holds"}


@pytest.mark.parametrize(
    ("path", "values", "claim", "verdict"),
    [
        (("rnn", "beyond", "30"), [0.10, 0.11, 0.09], "beyond 30", "does not hold"),
        (("rnn", "beyond", "100"), [0.05, 0.4, 0.2], "beyond 100", "undecided"),
        (("rnn", "within", "30"), [0.05, 0.06, 0.05], "within 30", "does not hold"),
        (("rnn", "within", "100"), [0.01, 0.4, 0.2], "within 100", "undecided"),
        (("latent", "nfe"), [300.0, 310.0, 305.0], "fewer evaluations", "does not hold"),
        (("latent", "nfe"), [100.0, 310.0, 205.0], "fewer evaluations", "undecided"),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(path, values, claim, verdict):
    numbers = copy.deepcopy(GOOD)
    place = numbers
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = values
    assert {key for key, value in verdicts(numbers).items() if value != "holds"} == {claim}
    assert verdicts(numbers)[claim] == verdict


def test_errors_that_do_not_fall_with_the_number_of_points_break_that_claim():
    numbers = copy.deepcopy(GOOD)
    numbers["latent"]["beyond"]["100"] = numbers["latent"]["beyond"]["30"]
    numbers["rnn"]["beyond"]["100"] = numbers["rnn"]["beyond"]["30"]
    assert verdicts(numbers)["more points"] == "undecided"


def test_the_rnn_goes_on_from_its_own_predictions():
    """Step by step it does what the unit does on a sequence that holds its predictions."""
    rng = np.random.default_rng(0)
    params, n = recurrent.init(rng), 3
    times, values = np.sort(rng.uniform(0.0, 1.0, (n, 5))), rng.normal(size=(n, 5, 2))
    beyond = np.array([1.0, 1.25, 1.75])
    _, outside = recurrent.predict(params, times, values, np.array([0.5]), beyond)
    known = np.concatenate([times, np.broadcast_to(beyond, (n, 3))], axis=1)
    read = recurrent.entries(known, np.concatenate([values, outside], axis=1), beyond[-1])
    expected = recurrent.HEAD.apply(params[1], GRU(recurrent.UNITS).apply(params[0], read)[:, 4:7])
    np.testing.assert_allclose(outside, expected, rtol=1e-10)


def test_the_rnn_predicts_within_by_what_was_before():
    rng = np.random.default_rng(1)
    params, times, values = recurrent.init(rng), np.array([[0.2, 0.5, 0.6]]), rng.normal(size=(1, 3, 2))
    within = np.array([0.1, 0.2, 0.3, 0.55])
    inside, _ = recurrent.predict(params, times, values, within, np.array([1.0]))
    assert np.isnan(inside[0, :2]).all()
    changed = values.copy()
    changed[0, 2] += 1.0
    np.testing.assert_array_equal(inside, recurrent.predict(params, times, changed, within, np.array([1.0]))[0])
    changed[0, 1] += 1.0
    moved = recurrent.predict(params, times, changed, within, np.array([1.0]))[0]
    np.testing.assert_array_equal(moved[0, 2], inside[0, 2])
    assert np.abs(moved[0, 3] - inside[0, 3]).min() > 1e-6


def test_both_networks_see_the_same_and_no_time_beyond(produced):
    curves = produced["curves"]
    for n in spirals.SIZES:
        assert curves["noisy"][str(n)].shape == (spirals.N_TEST, n, 2)
        assert curves["latent"][str(n)].shape == curves["rnn"][str(n)].shape == curves["truth"].shape
    error = curves["noisy"]["100"] - curves["truth"][:, : spirals.N_TIMES]
    assert np.std(error) == pytest.approx(spirals.NOISE, rel=0.05)


def test_the_record_is_complete_and_finite(produced):
    record = {key: value for key, value in produced.items() if key != "curves"}
    assert json.loads(json.dumps(record, allow_nan=False)).keys() == record.keys()
    assert record["verdict"] == "undecided"
    assert all(len(errors) == 1 for name in ("latent", "rnn") for errors in record[name]["beyond"].values())
    assert record["latent"]["nfe"][0] > 0


def test_the_same_seed_gives_the_same_numbers(produced):
    again = spirals.compute(seed=1, n_updates=2, n_seeds=1)
    assert [again[name] for name in ("latent", "rnn")] == [produced[name] for name in ("latent", "rnn")]


def test_table_and_picture(produced, tmp_path):
    report = spirals.table(produced)
    for claim in produced["claims"]:
        assert claim["claim"] in report
    with plots.styled():
        plots.save(spirals.draw(produced), tmp_path / "latent.png")
