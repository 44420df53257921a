"""Figure 4.1 of a tiny run, and the rule of its claim."""

import json

import pytest
from matplotlib.image import imread

from minode.experiments.ch4_images.fig4_1_mnist import claims as fig4_1_claims
from minode.experiments.ch4_images.fig4_1_mnist import compute as fig4_1
from minode.experiments.common.records import long_runs, trained_runs
from minode.experiments.reproduction import reproduce
from tests import made_up, tiny

FIELDS = dict(recipe="fast", epochs=3, batch_size=16, padding=1)


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """The figure without a record, then with the same run on record."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as monkeypatch:
        tiny.install(monkeypatch.setattr)
        monkeypatch.setitem(fig4_1.SETTINGS, "quick", FIELDS)
        made_up.empty_record(monkeypatch, "MNIST", folder / "runs")
        results = []
        for _ in range(2):
            report = reproduce("fig4.1", size="quick", out=folder)
            picture = imread(folder / "fig4.1.png")
            results.append((report, json.loads((folder / "fig4.1.json").read_text()), picture))
            long_runs.MNIST.add([folder / "runs" / "mnist-node-fast-3-epochs-of-all-seed-0"])
    return folder, results


def test_the_record_holds_an_error_an_epoch(produced):
    folder, [(report, record, _), _] = produced
    run = trained_runs.read_run(folder / "runs" / "mnist-node-fast-3-epochs-of-all-seed-0")
    assert record["run"] == run
    assert len(run["validation"]["error"]) == 3
    assert f"{100 * run['validation']['error'][2]:.2f}" in report
    assert "3 epochs on 200 images: minode train mnist --model node --recipe fast" in report
    assert (record["verdict"], record["recorded"], record["recorded_verdict"]) == ("undecided", {}, None)


def test_a_long_run_on_record_is_drawn_below(produced):
    _, [(before, _, one_row), (after, record, two_rows)] = produced
    assert two_rows.shape[0] == 2 * one_row.shape[0]
    assert record["recorded"]["node"] == record["run"]
    assert "(on record)" not in before
    assert "3 epochs on 200 images (on record): minode train mnist" in after


def test_the_left_picture_shows_all_errors_and_the_right_one_the_low_ones():
    run = run_of([0.6, 0.05, *[0.01] * 8])
    data = {"run": run, "recorded": {"node": run, "resnet": run}}
    data |= {"thesis_lowest_test_error": fig4_1.THESIS_ERROR, "paper_test_error": fig4_1.PAPER_ERROR}
    data |= fig4_1.conclude(data)
    whole, zoomed, _, compared = fig4_1.draw(data).axes
    assert whole.get_ylim()[1] > 0.6
    assert zoomed.get_ylim() == pytest.approx((0, 0.04))
    assert whole.get_xlim()[1] >= 10
    labels = [[line.get_label() for line in axes.lines] for axes in (zoomed, compared)]
    tests = ["test", "0.30 % (thesis), test", "0.42 % (paper), test"]
    assert labels[0] == ["training", "validation", *tests]
    assert labels[1] == ["training", "validation", "ResNet", *tests]
    own = zoomed.lines[2]
    assert (own.get_xdata().tolist(), own.get_ydata().tolist()) == ([1], [0.01])


def test_where_a_part_of_the_images_is_too_few_the_run_on_record_decides():
    few, long = run_of([0.02] + [0.005] * 9), run_of([0.02] + [0.005] * 9)
    few["config"]["subset"] = 1000
    alone, beside = (fig4_1.conclude({"run": few, "recorded": on_record}) for on_record in ({}, {"node": long}))
    assert (alone["verdict"], alone["why"]) == ("undecided", None)
    assert (beside["verdict"], beside["run_verdict"]) == ("holds", "undecided")
    assert beside["why"].endswith("on record; 10 epochs on 50,000 images are too few to tell")
    slow = run_of([0.5] + [0.005] * 9)
    assert fig4_1.conclude({"run": slow, "recorded": {"node": long}})["verdict"] == "does not hold"


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([0.02] + [0.005] * 9, "holds"),
        ([0.50] + [0.005] * 9, "does not hold"),
        ([0.0945] + [0.005] * 9, "undecided"),
        ([0.02] + [0.005] * 3, "undecided"),
        ([0.02] + [0.005] * 4, "holds"),
        ([0.50] + [0.02] + [0.005] * 18, "holds"),
    ],
    ids=["fast", "slow", "at the edge", "too few epochs", "one of five epochs", "two of twenty epochs"],
)
def test_the_claim_can_fail(errors, verdict):
    assert fig4_1_claims.verdict(run_of(errors)) == verdict


def test_epochs_of_a_subset_decide_nothing():
    run = run_of([0.02] + [0.005] * 9)
    assert fig4_1_claims.verdict(run | {"config": run["config"] | {"subset": 2000}}) == "undecided"


def run_of(errors):
    epochs = list(range(1, len(errors) + 1))
    return {
        "command": "minode train mnist",
        "config": {"epochs": len(errors), "subset": None, "class_names": list("0123456789")},
        "result": {"images": {"train": 50_000, "validation": 10_000}, "test_error": 0.01, "best_epoch": 1},
        "train": {"epoch": epochs, "error": errors},
        "validation": {"epoch": epochs, "error": errors},
    }
