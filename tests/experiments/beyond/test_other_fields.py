"""Other fields: rows of real, tiny runs; what evaluations tell of errors, by rules that numbers can break."""

import json

import numpy as np
import pytest
from scipy.stats import kendalltau

from minode.experiments.beyond.other_fields import compute as other_fields
from minode.experiments.beyond.other_fields.claims import COMPARISONS, concordance, judge_fields
from minode.experiments.common.protocol.sweeps import DIGITS
from minode.experiments.common.records import deciding_runs
from minode.experiments.reproduction import reproduce
from tests import made_up, tiny

FIELDS = dict(recipe="fast", epochs=1, batch_size=16, padding=1)
# More evaluations with fewer errors throughout, and tanh takes the fewest.
NFE = {"node": 26.0, "node-one-conv": 24.0, "node-depthwise": 30.0, "node-tanh": 18.0}
ERRORS = {"node": 0.012, "node-one-conv": 0.014, "node-depthwise": 0.010, "node-tanh": 0.016}


@pytest.mark.parametrize(
    ("nfe", "errors", "expected"),
    [
        ([20, 26, 32, 38], [4, 3, 2, 1], -1),
        ([20, 26, 32, 38], [1, 2, 3, 4], 1),
        ([20, 26, 32, 38], [1, 2, 4, 3], 4 / 6),
        ([26, 26, 26, 26], [1, 2, 3, 4], 0),
    ],
)
def test_concordance_is_that_of_the_pairs(nfe, errors, expected):
    assert concordance(nfe, errors) == pytest.approx(expected)


def test_concordance_without_ties_is_kendalls_tau():
    nfe, errors = [3.0, 1.0, 4.0, 1.5, 5.0], [0.9, 0.2, 0.6, 0.5, 0.3]
    assert concordance(nfe, errors) == pytest.approx(kendalltau(nfe, errors).statistic)


def seeds(n=5, **errors):
    """Runs of n seeds; each seed errs a little more than the one before."""
    return [
        {"nfe": dict(NFE), "errors": {model: error + 1e-4 * i for model, error in (ERRORS | errors).items()}}
        for i in range(n)
    ]


def verdicts(by_seed, decides=True):
    return [claim.verdict for claim in judge_fields(by_seed, decides)]


def test_each_claim_can_hold():
    assert verdicts(seeds()) == ["holds", "holds"]


def test_each_claim_can_fail():
    by_seed = seeds()
    for each in by_seed:
        each["nfe"] = {model: 50 - n for model, n in NFE.items()}
    assert verdicts(by_seed) == ["does not hold", "does not hold"]


def test_what_seeds_disagree_about_is_undecided():
    by_seed = seeds(2)
    by_seed[0]["nfe"] = {model: 50 - n for model, n in NFE.items()}
    assert verdicts(by_seed) == ["undecided", "undecided"]


def test_one_seed_decides_nothing():
    assert verdicts(seeds(1)) == ["undecided", "undecided"]


def test_nothing_is_decided_where_a_network_is_hardly_trained():
    claims = judge_fields(seeds(**{"node-tanh": 0.3}), True)
    assert [claim.verdict for claim in claims] == ["undecided", "undecided"]
    assert "errs on 30%" in claims[0].numbers


def made_run(model, seed, error):
    """A run as the record of the protocol has it."""
    run = made_up.run("mnist", "node", seed, (0.5, error), nfe_forward=[20.0, NFE[model]])
    run["result"] |= {"model": model}
    run["config"] |= {"model": model}
    wrong = np.arange(10_000) < 10_000 * error
    return run | {"clusters": {"images": [1] * len(wrong), "wrong": wrong.astype(int).tolist()}}


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """The experiment without runs of the protocol, then, from the same new runs, with all of them."""
    folder = tmp_path_factory.mktemp("figures")
    runs = {
        (model, seed): made_run(model, seed, ERRORS[model] + 1e-3 * (seed - 10))
        for model in NFE
        for seed in DIGITS.seeds
    }
    results = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        tiny.install(monkeypatch.setattr)
        monkeypatch.setitem(other_fields.SETTINGS, "quick", FIELDS | {"n_seeds": 2})
        for there in ({}, runs):
            monkeypatch.setattr(deciding_runs, "read", lambda sweep, there=there: there)
            report = reproduce("fields", size="quick", seed=1, out=folder)
            results.append((report, json.loads((folder / "fields.json").read_text())))
    return results


def test_each_network_has_a_row_a_seed(produced):
    (report, record), _ = produced
    assert [(row["model"], row["seed"]) for row in record["rows"]] == [(m, s) for s in (1, 2) for m in NFE]
    assert record["deciding_rows"] == record["pairs"] == []
    assert "1 epoch on 200 images, 2 seeds, means; 60 test images" in report


def test_runs_by_the_protocol_decide(produced):
    _, (report, record) = produced
    assert len(record["deciding_rows"]) == 4 * len(DIGITS.seeds)
    by_claim = {claim["claim"]: claim["verdict"] for claim in record["claims"]}
    assert by_claim["more evaluations, fewer errors"] == "holds"
    assert by_claim["tanh: fewer evaluations than ReLU"] == "holds"
    assert by_claim["one convolution: less error than two"] == "does not hold"
    assert "By the protocol" in report


def test_a_seed_of_which_a_network_is_missing_is_left_out(monkeypatch, tmp_path):
    tiny.install(monkeypatch.setattr)
    runs = {(model, 10): made_run(model, 10, ERRORS[model]) for model in list(NFE)[:3]}
    monkeypatch.setattr(deciding_runs, "read", lambda sweep: runs)
    numbers = other_fields.compute(runs_folder=tmp_path, n_seeds=1, **FIELDS)
    assert numbers["deciding_rows"] == []


def test_all_networks_are_those_of_the_protocol():
    assert {model for model, other, *_ in COMPARISONS} | {"node"} == set(other_fields.MODELS)
    assert set(other_fields.MODELS) <= set(DIGITS.models)
