"""Figure 3.4 at its quick size: the claim is computed, and the record is complete and repeatable."""

import json

import numpy as np
import pytest
from matplotlib.image import imread

from minode.experiments.ch3_nodes.fig3_4_crossing import claims as fig3_4_claims
from minode.experiments.ch3_nodes.fig3_4_crossing import compute as fig3_4
from minode.experiments.reproduction import reproduce


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    report = reproduce("fig3.4", size="quick", seed=0, out=folder)
    return folder, report, json.loads((folder / "fig3.4.json").read_text())


def test_the_record_holds_what_the_figure_shows(produced):
    _, _, record = produced
    assert record.keys() >= {
        "node_identity_loss",
        "node_g1d_loss",
        "resnet_identity_loss",
        "resnet_g1d_loss",
        "node_g1d_outputs",
        "node_trajectories_cross",
        "resnet_trajectories_cross",
        "nfe_forward",
        "nfe_backward",
        "reconstruction_error",
        "seed",
        "seconds",
        "versions",
    }


def test_the_node_learns_the_identity_but_not_g_1d(produced):
    _, _, record = produced
    assert record["node_identity_loss"] < 1e-3
    assert record["node_g1d_loss"] == pytest.approx(0.5, abs=1e-2)
    np.testing.assert_allclose(record["node_g1d_outputs"], 0.0, atol=0.1)
    low, high = record["node_g1d_outputs"]
    assert low < high
    assert not record["node_trajectories_cross"]
    assert record["nfe_forward"] > 0
    assert record["nfe_backward"] > 0
    assert 0 < record["reconstruction_error"] < 1e-2


def test_the_resnet_learns_both_by_crossing(produced):
    _, _, record = produced
    assert record["resnet_identity_loss"] < 1e-3
    assert record["resnet_g1d_loss"] < 1e-3
    assert record["resnet_trajectories_cross"]
    assert not record["resnet_field_flow_crosses"]


def test_loose_tolerances_let_numerical_solutions_cross(produced):
    _, _, record = produced
    crossing = record["node_trajectories_cross_by_tolerance"]
    assert crossing["0.1"]
    assert not crossing["1e-08"]


def test_picture_report_and_record_are_written(produced):
    folder, report, record = produced
    assert sorted(path.name for path in folder.iterdir()) == ["fig3.4.json", "fig3.4.png"]
    height, width, _ = imread(folder / "fig3.4.png").shape
    assert width >= 1000
    assert height >= 900
    assert record["verdict"] == "holds"
    assert "Claim: holds" in report


def test_the_same_seed_gives_the_same_numbers():
    first, second = (fig3_4.compute(seed=3, node_updates=4, resnet_updates=4, n_seeds=1) for _ in range(2))
    curves = first.pop("curves"), second.pop("curves")
    assert first == second
    np.testing.assert_array_equal(curves[0]["flows"]["g1d"], curves[1]["flows"]["g1d"])


@pytest.mark.parametrize(
    ("h", "expected"),
    [
        ([[0.0, 1.0], [0.2, 0.8]], False),
        ([[0.0, 1.0], [1.0, 0.0]], True),
        ([[0.0, 1.0], [0.5, 0.5], [0.0, 1.0]], True),
    ],
    ids=["apart", "swap", "touch"],
)
def test_crossing_is_a_meeting_or_a_change_of_order(h, expected):
    assert fig3_4.crosses(np.array(h)) is expected


def test_every_seed_is_judged_and_the_first_one_drawn():
    data = fig3_4.compute(seed=5, node_updates=3, resnet_updates=3, n_seeds=2)
    alone = fig3_4.compute(seed=5, node_updates=3, resnet_updates=3, n_seeds=1)
    assert len(data["verdicts"]) == len(data["losses_by_seed"]["node_g1d_loss"]) == 2
    assert data["losses_by_seed"]["node_g1d_loss"][0] == data["node_g1d_loss"] == alone["node_g1d_loss"]
    assert data["losses_by_seed"]["node_g1d_loss"][0] != data["losses_by_seed"]["node_g1d_loss"][1]


def test_frames_show_the_training_on_g_1d():
    figures = list(fig3_4.frames(fig3_4.compute(node_updates=3, resnet_updates=1, n_seeds=1)))
    assert len(figures) == 3
    assert "update 2" in figures[-1].axes[0].get_title()


def test_the_verdict_depends_on_the_numbers(produced):
    _, _, record = produced
    assert fig3_4_claims.verdict(record) == "holds"
    assert fig3_4_claims.verdict(record | {"node_g1d_loss": 0.3}) == "does not hold"
    assert fig3_4_claims.verdict(record | {"node_trajectories_cross": True}) == "does not hold"
    assert fig3_4_claims.verdict(record | {"resnet_g1d_loss": 0.4}) == "does not hold"
