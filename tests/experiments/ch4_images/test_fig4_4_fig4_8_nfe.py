"""Figures 4.4 and 4.8 of tiny runs, counted and as logged, and the rules of their claims."""

import json
from copy import deepcopy

import numpy as np
import pytest

from minode.experiments.ch4_images.fig4_4_fig4_8_nfe import claims as fig4_4_claims
from minode.experiments.ch4_images.fig4_4_fig4_8_nfe import compute as fig4_4
from minode.experiments.common import plots, reference_log
from minode.experiments.common.claims import from_records
from tests import made_up
from tests.made_up import run, runs, verdict_of

N = 20
ERRORS = np.linspace(0.5, 0.03, N).tolist()


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """Both figures, of runs that the tables have made, the second one with a record of both data sets."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_up.train_for_tables(monkeypatch, folder)
        found = {"4.4": fig4_4.compute("4.4", seed=3, runs_folder=folder / "runs", **made_up.TINY)}
        made_up.put_on_record(monkeypatch, nodes("amr", 20, 32) + nodes("alpr-augmented", 26, 44))
        found["4.8"] = fig4_4.compute("4.8", seed=3, runs_folder=folder / "runs", **made_up.TINY)
    return found


def nodes(data, first, last, ratio=0.5, seeds=(-1, 0, 1)):
    """Runs of a NODE whose NFE-F grows."""
    made = []
    for i, seed in enumerate(seeds):
        forward = np.linspace(first, last + seed, N)
        made.append(run(data, "node", i, ERRORS, nfe_forward=forward, nfe_backward=(ratio + 0.01 * seed) * forward))
    return made


def judged(figure, *groups):
    found = {(group[0]["config"]["data"], "node"): group for group in groups}
    return fig4_4_claims.judge_nfe(figure, fig4_4.counts(found))


def test_the_figure_is_of_the_runs_of_the_table(produced):
    data = json.loads(json.dumps(produced["4.4"], allow_nan=False))
    (network,) = data["networks"]
    assert (network["data"], network["model"], network["seeds"]) == ("amr", "node", [3, 4])
    for column in ("nfe_forward", "nfe_backward", "logged_forward", "logged_backward"):
        assert [len(values) for values in network[column]] == [2, 2]
    assert data["recorded_networks"] == []
    assert data["recorded_verdict"] is None


@pytest.mark.parametrize("figure", ["4.4", "4.8"])
def test_a_stand_in_is_called_one_wherever_its_results_are(produced, figure):
    data = produced[figure]
    assert "a synthetic stand-in for UFPR" in fig4_4.table(data).splitlines()[0]
    assert "stand-in" in data["data"]
    with plots.styled():
        assert "\nA synthetic stand-in for UFPR" in fig4_4.draw(data).get_suptitle()


def test_plates_stand_beside_meters(produced):
    data = produced["4.8"]
    for networks in (data["networks"], data["recorded_networks"]):
        assert [network["data"] for network in networks] == ["alpr-augmented", "amr"]
    assert verdict_of(from_records(data["claims"]), "than meters") == "undecided"
    assert verdict_of(from_records(data["recorded_claims"]), "than meters") == "holds"
    assert data["recorded_verdict"] == "holds"
    assert "across data sets" in fig4_4.table(data)
    with plots.styled():
        figure = fig4_4.draw(data)
    for row in figure.subfigs[:2]:
        labels = [text.get_text() for text in row.axes[0].get_legend().get_texts()]
        assert labels == ["NFE-F", "NFE-B", "NFE-F, meters"]


def test_meters_that_train_for_longer_leave_the_plates_their_width(produced):
    data = deepcopy(produced["4.8"])
    plates, meters = data["networks"]
    (n_epochs,) = {len(values) for values in plates["nfe_forward"]}
    for column in ("nfe_forward", "logged_forward"):
        meters[column] = [[*values, *[30.0] * (n_epochs + 8 - len(values)), 44.0] for values in meters[column]]
    with plots.styled():
        counted, logged = fig4_4.draw(data).subfigs[0].axes
    assert counted.get_xlim() == logged.get_xlim() == (0, n_epochs + 0.5)
    assert counted.get_legend().get_texts()[-1].get_text() == f"NFE-F, meters (epoch {n_epochs + 9}: 44)"


def test_a_record_of_meters_alone_is_none_of_plates(monkeypatch, tmp_path):
    made_up.install(monkeypatch, tmp_path)
    made_up.put_on_record(monkeypatch, nodes("amr", 20, 32))
    data = fig4_4.compute("4.8", seed=0, runs_folder=tmp_path / "runs", **made_up.TINY)
    assert data["recorded_networks"] == data["recorded_claims"] == []


@pytest.mark.parametrize(
    ("first", "last", "verdict"), [(20, 32, "holds"), (32, 20, "does not hold"), (20, 20.1, "does not hold")]
)
def test_growth_can_fail(first, last, verdict):
    assert verdict_of(judged("4.4", nodes("amr", first, last)), "NFE-F grows") == verdict


def test_nothing_is_decided_of_a_network_that_has_not_learned():
    found = nodes("amr", 20, 32)
    for one in found:
        one["validation"]["error"] = [0.8] * N
    assert verdict_of(judged("4.4", found), "NFE-F grows") == "undecided"


@pytest.mark.parametrize(
    ("ratio", "about", "far"),
    [
        (0.50, "holds", "holds"),
        (0.30, "does not hold", "holds"),
        (0.59, "undecided", "undecided"),
        (0.95, "does not hold", "does not hold"),
    ],
)
def test_half_can_fail_on_both_sides_and_far_below_on_one(ratio, about, far):
    of_meters = judged("4.4", nodes("amr", 20, 32, ratio))
    of_plates = judged("4.8", nodes("alpr-augmented", 20, 32, ratio))
    assert [claim.verdict for claim in of_meters if claim.text == "NFE-B is about half of NFE-F"] == [about]
    assert [claim.verdict for claim in of_plates if claim.text == "NFE-B is far below NFE-F"] == [far]


def test_the_reference_script_reads_evaluations_of_accuracy_into_nfe_forward():
    """As `reference_log` tells it: 31 updates of 128 images in an epoch, six batches of a thousand for accuracy."""
    (one,) = runs("amr", "node", [ERRORS])
    forward, backward = fig4_4.as_logged(one)
    expected, _ = reference_log.logged([20.0] * 31 * N, [20.0] * 31 * N, 31, 6)
    assert forward == pytest.approx(expected)
    assert len(forward) == N
    assert forward[0] == 20
    assert forward[-1] > 22
    assert backward == pytest.approx([20.0] * N)


@pytest.mark.parametrize(("plates", "verdict"), [(44, "holds"), (25, "does not hold"), (32.1, "undecided")])
def test_more_than_meters_can_fail(plates, verdict):
    claims = judged("4.8", nodes("alpr-augmented", 20, plates), nodes("amr", 20, 32, seeds=(1, -1, 0)))
    assert verdict_of(claims, "than meters") == verdict


def test_what_is_not_there_is_not_claimed():
    assert fig4_4_claims.judge_nfe("4.4", []) == fig4_4_claims.judge_nfe("4.8", []) == []
    assert not [claim for claim in judged("4.8", nodes("alpr-augmented", 20, 44)) if "meters" in claim.text]
