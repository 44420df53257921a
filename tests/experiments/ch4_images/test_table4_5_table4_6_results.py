"""Tables 4.5 and 4.6: rows of real, tiny runs; the labels of a stand-in; and claims that numbers can break."""

import json
import re
from functools import partial

import numpy as np
import pytest

from minode.experiments.ch4_images import ufpr_clusters, ufpr_study
from minode.experiments.ch4_images.table4_5_table4_6_results import claims as table4_5_claims
from minode.experiments.ch4_images.table4_5_table4_6_results import compute as table4_5
from minode.experiments.common import plots
from tests import made_up
from tests.made_up import runs, spread, verdict_of

AMR = {"node": 0.0290, "resnet": 0.0385, "resnet-conv": 0.0330, "anode": 0.0200}


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """Both tables of tiny runs, without a record, then with the runs of the first as one."""
    folder = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_up.install(monkeypatch, folder)
        found = {
            table: table4_5.compute(table, seed=0, runs_folder=folder / "runs", **made_up.TINY)
            for table in ("4.5", "4.6")
        }
        trained = ufpr_study.train(table4_5.TABLES["4.5"], runs_folder=folder / "runs", **made_up.TINY)
        made_up.put_on_record(monkeypatch, [run for by_seed in trained.values() for run in by_seed])
        made_up.refuse_training(monkeypatch)
        found["recorded"] = table4_5.compute("4.5", seed=0, runs_folder=folder / "runs", **made_up.TINY)
    return folder, found


@pytest.mark.parametrize("table", ["4.5", "4.6"])
def test_each_network_has_a_row_with_means_over_its_seeds(produced, table):
    folder, found = produced
    rows = found[table]["rows"]
    assert [(row["data"], row["model"]) for row in rows] == list(table4_5.TABLES[table])
    for row in rows:
        images = 15 if row["data"] == "alpr-augmented" else 8
        name = f"{row['data']}-{row['model']}-fast-2-epochs-of-{images}-seed-*"
        results = [json.loads(path.read_text()) for path in (folder / "runs").glob(f"*/{name}/result.json")]
        assert len(results) == 2
        assert row["test_error"] == pytest.approx(np.mean([result["test_error"] for result in results]))
        assert row["printed_error"] == pytest.approx(np.mean([result["validation_error"] for result in results]))
        assert row["standard_error"] == pytest.approx(np.std(row["test_errors"], ddof=1) / np.sqrt(2))


@pytest.mark.parametrize("table", ["4.5", "4.6"])
def test_a_stand_in_is_called_one_wherever_its_results_are(produced, table):
    _, found = produced
    data = found[table]
    assert "a synthetic stand-in for UFPR" in table4_5.table(data).splitlines()[0]
    assert "stand-in" in json.loads(json.dumps(data, allow_nan=False))["data"]
    assert "stand-in" in data["why"]
    with plots.styled():
        titles = [figure.get_suptitle() for figure in table4_5.draw(data).subfigs]
    assert "\nA synthetic stand-in for UFPR" in titles[0]


def test_photographs_are_not(produced):
    _, found = produced
    data = found["4.5"] | {"data": "UFPR-AMR, photographs of meters"}
    assert "stand-in" not in table4_5.table(data)


def test_published_numbers_stand_beside(produced):
    _, found = produced
    lines = table4_5.table(found["4.6"]).splitlines()
    (line,) = [line for line in lines if line.startswith("ResNet, copies")]
    assert all(text in line for text in ("16.97", "604,324", "5.74"))
    assert found["4.6"]["recorded_rows"] == []
    assert found["4.6"]["recorded_verdict"] is None


def test_runs_on_record_stand_below_with_their_own_verdict(produced, tmp_path):
    _, found = produced
    data = found["recorded"]
    assert data["recorded_rows"] == data["rows"]
    assert data["recorded_verdict"] == data["verdict"]
    assert table4_5.table(data).count("On record: minode train amr") == 8
    with plots.styled():
        plots.save(table4_5.draw(data), tmp_path / "table.png")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(table="4.7"), "table"),
        (dict(amr=made_up.TINY["amr"] | {"n_seeds": 0}), "n_seeds"),
        (dict(amr=made_up.TINY["amr"] | {"recipe": "slow"}), "recipe"),
        (dict(amr=made_up.TINY["amr"] | {"n": 4}), "n is 4"),
    ],
)
def test_arguments_are_checked_before_any_work(settings, message, tmp_path, monkeypatch):
    made_up.install(monkeypatch, tmp_path)
    with pytest.raises(ValueError, match=message):
        table4_5.compute(runs_folder=tmp_path / "runs", **settings)
    assert not (tmp_path / "runs").exists()


def judge(table, found, clusters=True):
    """Judge runs whose mistakes are spread evenly over vehicles or meters, or not told apart."""
    rows = table4_5.rows(found, table4_5.TABLES[table])
    for row in rows if clusters else ():
        row["clusters"] = [evenly(error) for error in row["test_errors"]]
    return table4_5_claims.judge_rows(table, rows)


def evenly(error, n=20):
    return {"images": [100] * n, "wrong": [100 * error] * n}


def meters(seconds=(22.0, 5.0, 4.0, 22.0), **errors):
    """Runs with the test errors of the table, or others, from three seeds."""
    found = {}
    for (model, error), s in zip({**AMR, **{name.replace("_", "-"): e for name, e in errors.items()}}.items(), seconds):
        values = spread(error) if isinstance(error, float) else error
        found["amr", model] = runs("amr", model, [(0.5, value) for value in values], seconds=s)
    return found


def test_the_claims_hold_for_the_published_numbers():
    claims = judge("4.5", meters())
    assert {claim.verdict for claim in claims} == {"holds"}
    assert [claim.thesis for claim in claims] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("node", "verdict"),
    [(0.0290, "holds"), (0.0500, "does not hold"), ([0.029, 0.0385, 0.031], "undecided"), (0.9, "does not hold")],
)
def test_less_error_can_fail(node, verdict):
    claims = [c for c in judge("4.5", meters(node=node)) if c.text == "NODE: less error than the ResNet"]
    assert [claim.verdict for claim in claims] == [verdict]


def test_nothing_is_decided_against_an_untrained_network():
    claims = judge("4.5", meters(resnet=[0.6, 0.61, 0.62]))
    assert claims[0].verdict == "undecided"


def test_without_images_held_apart_nothing_is_decided_of_errors():
    errors = [claim for claim in judge("4.5", meters(), clusters=False) if "less error" in claim.text]
    assert [claim.verdict for claim in errors] == ["undecided"] * 3
    assert errors[0].numbers.endswith("(3 seeds alone)")
    one_seed = [claim for claim in judge("4.5", meters(node=[0.029])) if "less error" in claim.text]
    assert all(claim.numbers.endswith("(1 seed)") for claim in one_seed)


@pytest.mark.parametrize(("better", "verdict"), [(20, "holds"), (2, "undecided")])
def test_what_a_few_vehicles_make_better_is_not_better_on_vehicles(better, verdict):
    found = {key: runs(*key, [(0.5, e) for e in spread(0.1)]) for key in (("alpr", "node"), ("alpr-augmented", "node"))}
    rows = table4_5.rows(found, table4_5.TABLES["4.6"])
    for row, gain in zip(rows, (0, 5)):
        moved = np.where(np.arange(20) < better, gain * 20 / better, 0)
        row["clusters"] = [{"images": [100] * 20, "wrong": (60 - moved).tolist()}] * 3
        row["test_errors"] = [0.60 - gain / 100 + e for e in spread(0.0)]
    (claim,) = table4_5_claims.judge_rows("4.6", rows)
    assert "(3 seeds, clusters)" in claim.numbers
    assert claim.verdict == verdict


@pytest.mark.parametrize("table", ["4.5", "4.6"])
def test_mistakes_are_counted_by_meter_and_by_vehicle(produced, table):
    _, found = produced
    for row in found[table]["rows"]:
        for counts, error in zip(row["clusters"], row["test_errors"]):
            assert len(counts["images"]) == len(counts["wrong"]) == 2
            assert sum(counts["images"]) == row["test_images"]
            assert sum(counts["wrong"]) == pytest.approx(error * row["test_images"])


@pytest.mark.parametrize(
    ("kind", "source", "owner"),
    [
        ("amr", "testing/meter0003.png 5", "testing/meter0003.png"),
        ("alpr", "testing/track0009/track0009[12].png 7", "testing/track0009"),
    ],
)
def test_frames_of_a_vehicle_belong_together_and_digits_of_a_meter(kind, source, owner):
    assert ufpr_clusters.owner(kind, source) == owner


def test_claims_whose_numbers_are_not_on_record_stay():
    rows = table4_5.rows(meters(), table4_5.TABLES["4.5"])
    earlier = table4_5_claims.judge_rows("4.5", rows)
    (seconds,) = [claim for claim in earlier if claim.text.endswith(table4_5_claims.SECONDS)]
    forgotten = [row | {"seconds_by_seed": None} for row in rows]
    assert seconds in table4_5_claims.judge_rows("4.5", forgotten, earlier)
    assert seconds not in table4_5_claims.judge_rows("4.5", forgotten)


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(22.0, "holds"), (16.0, "holds"), (10.0, "does not hold"), (40.0, "does not hold")]
)
def test_about_as_much_slower_can_fail(seconds, verdict):
    assert verdict_of(judge("4.5", meters(seconds=(seconds, 5.0, 4.0, 22.0))), "seconds a batch") == verdict


def test_a_third_of_the_parameters_can_fail():
    found = meters()
    for run in found["amr", "node"]:
        run["result"]["parameters"] = 500_000
    assert verdict_of(judge("4.5", found), "a third") == "does not hold"


@pytest.mark.parametrize(("copies", "verdict"), [(0.1425, "holds"), (0.1608, "does not hold"), (0.2, "does not hold")])
def test_that_copies_help_can_fail(copies, verdict):
    found = {
        ("alpr", "node"): runs("alpr", "node", [(0.5, e) for e in (0.1598, 0.1608, 0.1618)]),
        ("alpr-augmented", "node"): runs("alpr-augmented", "node", [(0.5, e) for e in spread(copies, by=0.002)]),
    }
    (claim,) = judge("4.6", found)
    assert claim.verdict == verdict
    assert claim.numbers.endswith("the same within 1.83") == (copies == 0.1608)


def test_the_seeds_that_would_decide_are_told():
    claims = judge("4.5", meters(node=[0.029, 0.050, 0.031]))
    assert claims[0].verdict == "undecided"
    assert re.search(r"; \d+ seeds would decide$", claims[0].numbers)


def test_networks_trained_otherwise_are_not_compared():
    found = meters()
    for i, run in enumerate(found["amr", "resnet"]):
        run["config"][("epochs", "data_crc32", "seed")[i]] = 77
    assert [claim.text for claim in judge("4.5", found)] == [
        "NODE: less error than the ResNet, conv. downs.",
        "ANODE: less error than the NODE",
    ]
    assert judge("4.5", {}) == judge("4.6", {}) == []


def test_of_a_record_the_longest_runs_are_taken(monkeypatch):
    made_up.put_on_record(monkeypatch, runs("amr", "node", [[0.5, 0.1], [0.5, 0.2, 0.1], [0.5, 0.3, 0.1]]))
    found = ufpr_study.on_record(table4_5.TABLES["4.5"])
    assert {network: [run["config"]["seed"] for run in by_seed] for network, by_seed in found.items()} == {
        ("amr", "node"): [1, 2]
    }


def test_runs_by_the_protocol_take_the_place_of_long_ones_and_give_the_verdict(monkeypatch):
    networks = table4_5.TABLES["4.5"]
    made = {key: by_seed for key, by_seed in meters().items()}
    for by_seed in made.values():
        for run in by_seed:
            error = run["result"]["test_error"]
            run["clusters"] = evenly(error)
            # What the run itself was tested on is a part of the images.
            run["result"]["test_error"] = 0.5

    def read(sweep):
        found = {}
        for (data, model), by_seed in made.items():
            found |= {(model, run["config"]["seed"]): run for run in by_seed if data == sweep.data}
        return found

    monkeypatch.setattr(ufpr_study.deciding_runs, "read", read)
    made_up.put_on_record(monkeypatch, runs("amr", "node", [[0.5, 0.1]]))
    recorded = ufpr_study.on_record(networks)
    assert {network: len(by_seed) for network, by_seed in recorded.items()} == dict.fromkeys(networks, 3)
    numbers = {"table": "4.5"} | ufpr_study.beside("rows", partial(table4_5.rows, networks=networks), {}, recorded)
    assert numbers["recorded_rows"][0]["test_error"] == pytest.approx(0.0290)
    assert numbers["recorded_rows"][0]["test_images"] == 2000
    concluded = table4_5.conclude(numbers)
    assert concluded["verdict"] == concluded["recorded_verdict"] == "holds"
    assert "by the protocol 3 hold" in concluded["why"]
    made["amr", "resnet"] = made["amr", "resnet"][:1]
    assert list(ufpr_study.on_record(networks)) == [("amr", "node")]
