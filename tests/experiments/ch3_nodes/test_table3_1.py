"""Table 3.1: rows of real, tiny runs; memory; and claims that numbers can break."""

import json

import numpy as np
import pytest
from matplotlib.image import imread

from minode.cli import parser
from minode.experiments.ch3_nodes.table3_1 import compute as table3_1
from minode.experiments.ch3_nodes.table3_1.claims import accuracy, thrift
from minode.experiments.common.comparison import digits
from minode.experiments.common.records import deciding_runs, long_runs
from minode.experiments.reproduction import reproduce
from minode.nn import models
from minode.nn.blocks import ODEBlock
from minode.nn.layers import Dense, Flatten, Tanh, serial
from minode.training.evaluation import load_best
from tests import made_up, tiny

FIELDS = dict(recipe="fast", epochs=1, batch_size=16, padding=1, memory_batch=8)
PUBLISHED = {"mlp": 0.0160, "resnet": 0.0041, "rknet": 0.0047, "node": 0.0042}
PARAMETERS = {"mlp": 238_510, "resnet": 601_482, "rknet": 208_266, "node": 208_266}


def rknet(classes=10, *, n_steps=4):
    block = ODEBlock(serial(Dense(6), Tanh()), method="rk4", n_steps=n_steps, gradient="backprop")
    return serial(Flatten(), Dense(6), block, Dense(classes))


def build(name, channels=1, classes=10, **solver):
    return rknet(classes) if name == "rknet" else tiny.build(name, channels, classes, **solver)


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """The table without a record, then, from the same runs, with two of them as a record."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as monkeypatch:
        tiny.install(monkeypatch.setattr)
        monkeypatch.setattr(models, "build", build)
        monkeypatch.setattr(models, "rknet", rknet)
        monkeypatch.setitem(table3_1.SETTINGS, "quick", FIELDS)
        made_up.empty_record(monkeypatch, "MNIST", folder / "runs")
        monkeypatch.setattr(deciding_runs, "read", lambda sweep: {})
        results = []
        for _ in range(2):
            report = reproduce("table3.1", size="quick", seed=1, out=folder)
            results.append((report, json.loads((folder / "table3.1.json").read_text())))
            name = "mnist-{}-fast-1-epochs-of-all-seed-1"
            long_runs.MNIST.add([folder / "runs" / name.format(model) for model in ("node", "no-block")])
    return folder, results


def test_each_network_has_a_row(produced):
    folder, [(report, record), _] = produced
    assert {row["model"] for row in record["rows"]} == set(table3_1.NETWORKS)
    for row in record["rows"]:
        result = json.loads(
            (folder / "runs" / f"mnist-{row['model']}-fast-1-epochs-of-all-seed-1" / "result.json").read_text()
        )
        p = row["test_error"]
        assert p == result["test_error"]
        assert row["standard_error"] == pytest.approx(np.sqrt(p * (1 - p) / 60))
        assert row["seconds_per_batch"] == result["median_seconds_per_batch"]
        assert row["peak_mib"] > 0
        assert row["name"] in report
    solved = {row["model"] for row in record["rows"] if row["nfe_forward"] > 0}
    assert solved == {"node", "rknet"}


def test_published_numbers_stand_beside(produced):
    _, [(report, record), _] = produced
    assert {row["model"]: row["published_error"] for row in record["rows"] if row["published_error"]} == PUBLISHED
    assert "1 epoch on 200 images, 60 test images, batches of 16" in report
    assert "not in the thesis" in report


def test_long_runs_on_record_are_shown_with_their_commands(produced):
    _, [(before, _), (after, record)] = produced
    assert "On record" not in before
    assert [row["model"] for row in record["recorded_rows"]] == ["node", "no-block"]
    assert f"On record: {record['recorded_rows'][1]['command']}" in after
    assert [claim["claim"] for claim in record["recorded_claims"]] == ["ODE-Net: less error than without any block"]


def test_pictures_and_runs_are_in_the_folder(produced):
    folder, _ = produced
    assert sorted(path.name for path in folder.iterdir()) == ["runs", "table3.1.json", "table3.1.png"]
    height, width, _ = imread(folder / "table3.1.png").shape
    assert (width, height) > (1200, 1200)


def test_memory_is_measured_over_evaluations(produced):
    _, [(_, record), _] = produced
    assert [step["nfe_forward"] for step in record["memory"]["rknet"]] == [4 * n for n in table3_1.RK4_STEPS]
    evaluations = [step["nfe_backward"] for step in record["memory"]["node"]]
    assert evaluations == sorted(evaluations)
    assert evaluations[-1] > evaluations[0]


def test_memory_is_that_of_the_arrays_of_a_step(produced):
    folder, _ = produced
    images, network = tiny.dataset().train, serial(Flatten(), Dense(1000), Tanh(), Dense(10))
    _, params = network.init(np.random.default_rng(0), (28, 28, 1))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(models, "build", build)
        best = load_best(folder / "runs" / "mnist-mlp-fast-1-epochs-of-all-seed-1")._replace(params=params)
    step = table3_1.measure(network, best, images.x[:16], images.y[:16])
    # Gradients, velocity and new weights at the least, then some more of their size on the way to them.
    size = 8 * (785 * 1000 + 1001 * 10) / 2**20
    assert 3 * size < step["peak_mib"] < 10 * size
    assert (step["nfe_forward"], step["nfe_backward"]) == (0, 0)


def rows(n_test=10_000, **errors):
    """Rows as published, or with other errors."""
    return [
        {
            "model": model,
            "name": model,
            "size": "150 epochs",
            "test_error": error,
            "standard_error": (error * (1 - error) / n_test) ** 0.5,
            "test_images": n_test,
            "wrong_images": None,
            "parameters": PARAMETERS.get(model, 0),
            "peak_mib": {"node": 200.0, "resnet": 330.0, "rknet": 300.0}.get(model, 0.0),
        }
        for model, error in {**PUBLISHED, **{name.replace("_", "-"): error for name, error in errors.items()}}.items()
    ]


def runs_of(**wrong):
    """Runs by the protocol: of each model the part of 1,000 images that is wrong, one a seed."""
    found = {}
    for model, parts in wrong.items():
        for seed, part in enumerate(parts, 10):
            marks = (np.random.default_rng(seed).permutation(1000) < 1000 * part).astype(int)
            found[model.replace("_", "-"), seed] = {"clusters": {"images": [1] * 1000, "wrong": marks.tolist()}}
    return found


@pytest.mark.parametrize(
    ("node", "verdict"),
    [((0.010, 0.012, 0.011), "holds"), ((0.10, 0.11, 0.12), "does not hold"), ((0.02, 0.05, 0.08), "undecided")],
)
def test_runs_by_the_protocol_decide_by_seed(node, verdict):
    found = digits.pairs(runs_of(node=node, resnet=(0.020, 0.022, 0.021, 0.02)), table3_1.COMPARISONS)
    (claim,) = digits.judged(found)
    assert claim.verdict == verdict
    assert claim.numbers.endswith("(3 seeds)")
    assert found[0]["seeds"] == [10, 11, 12]
    assert found[0]["errors"] == pytest.approx(node)


def test_the_same_error_by_seed_is_no_less():
    found = digits.pairs(runs_of(node=(0.01, 0.01), no_block=(0.01, 0.01)), table3_1.COMPARISONS)
    (claim,) = digits.judged(found)
    assert (claim.verdict, claim.thesis) == ("does not hold", False)
    assert claim.numbers.endswith("the same within 0.2")
    assert digits.pairs(runs_of(node=(0.01,), no_block=(0.01,)), table3_1.COMPARISONS) == []


def test_a_claim_of_which_the_protocol_speaks_is_decided_by_it():
    few = rows(node=0.3, resnet=0.2, rknet=0.3)
    numbers = {"rows": few, "recorded_rows": [], "memory": MEMORY}
    assert table3_1.conclude(numbers)["verdict"] == "undecided"
    found = runs_of(node=(0.01, 0.011, 0.01), rknet=(0.012, 0.011, 0.012), resnet=(0.05, 0.051, 0.05))
    concluded = table3_1.conclude(numbers | {"deciding": digits.pairs(found, table3_1.COMPARISONS)})
    assert concluded["verdict"] == "holds"
    assert "on runs by the protocol 2 hold" in concluded["why"]


def steps(*pairs):
    return [{"nfe_forward": nfe, "nfe_backward": 0, "peak_mib": peak} for nfe, peak in pairs]


MEMORY = {"node": steps((20, 198.0), (80, 200.0)), "rknet": steps((8, 220.0), (32, 450.0))}


def verdict_of(claims, text):
    (verdict,) = [claim.verdict for claim in claims if text in claim.text]
    return verdict


def test_the_claims_hold_for_the_published_numbers():
    claims = accuracy(rows()) + thrift(rows(), MEMORY)
    assert len(claims) == 6
    assert {claim.verdict for claim in claims} == {"holds"}
    assert all(claim.thesis for claim in claims)


@pytest.mark.parametrize(
    ("error", "n_test", "verdict"),
    [(0.0042, 500, "undecided"), (0.0079, 10_000, "undecided"), (0.0160, 10_000, "does not hold")],
)
def test_about_as_the_resnet_can_fail(error, n_test, verdict):
    assert verdict_of(accuracy(rows(n_test, node=error)), "ODE-Net: less than twice") == verdict


@pytest.mark.parametrize(("both", "verdict"), [(58, "holds"), (0, "undecided")])
def test_networks_that_fail_on_the_same_images_are_told_apart_sooner(both, verdict):
    wrong = {"node": np.arange(60), "no-block": np.r_[np.arange(both), np.arange(100, 180 - both)]}
    found = [row for row in rows(1000, node=0.060, no_block=0.080) if row["model"] in wrong]
    found = [row | {"wrong_images": wrong[row["model"]].tolist()} for row in found]
    (claim,) = accuracy(found)
    assert (claim.verdict, claim.numbers.split(", ")[1]) == (verdict, "paired by image")
    (claim,) = accuracy([row | {"wrong_images": None} for row in found])
    assert (claim.verdict, claim.numbers.split(", ")[1]) == ("undecided", "taken for independent")


def test_nothing_is_decided_against_an_untrained_network():
    assert verdict_of(accuracy(rows(resnet=0.9, node=0.9)), "ODE-Net: less than twice") == "undecided"


@pytest.mark.parametrize(("without", "verdict"), [(0.0090, "holds"), (0.0045, "undecided"), (0.0010, "does not hold")])
def test_the_ablation_tells_whether_the_block_matters(without, verdict):
    claims = accuracy(rows(no_block=without))
    assert verdict_of(claims, "without any block") == verdict
    assert [claim.thesis for claim in claims] == [True, True, False]


def test_networks_trained_otherwise_are_not_compared():
    changed = [row | {"size": row["model"]} for row in rows()]
    assert accuracy(changed) == accuracy([]) == []


@pytest.mark.parametrize(
    ("node", "verdict"),
    [
        (steps((20, 198.0), (80, 240.0)), "does not hold"),
        (steps((20, 198.0), (22, 198.0)), "undecided"),
        (steps((20, 198.0), (80, 190.0)), "holds"),
    ],
    ids=["grows", "hardly more evaluations", "constant"],
)
def test_constant_memory_can_fail(node, verdict):
    assert verdict_of(thrift(rows(), MEMORY | {"node": node}), "does not grow") == verdict


def test_parameters_and_memory_below_the_others_can_fail():
    changed = [row | {"parameters": 400_000, "peak_mib": 310.0} if row["model"] == "node" else row for row in rows()]
    claims = thrift(changed, MEMORY)
    assert verdict_of(claims, "a third") == verdict_of(claims, "less memory") == "does not hold"


@pytest.mark.parametrize("name", ["table3.1", "fig4.1"])
def test_a_missing_data_set_is_one_line_before_any_work(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINODE_DATA", str(tmp_path / "nowhere"))
    assert parser.main(["reproduce", name, "--quick", "--out", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("minode: $MINODE_DATA")
    assert list(tmp_path.iterdir()) == []
