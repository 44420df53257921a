"""Figures 4.3 and 4.7 of tiny runs, and the rules of their claims."""

import json

import pytest

from minode.experiments.ch4_images.fig4_3_fig4_7_errors import claims as fig4_3_claims
from minode.experiments.ch4_images.fig4_3_fig4_7_errors import compute as fig4_3
from minode.experiments.common import plots
from tests import made_up
from tests.made_up import run, runs, verdict_of

N = 11


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """Both figures, of runs that the tables have made."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_up.train_for_tables(monkeypatch, folder)
        return {
            figure: fig4_3.compute(figure, seed=3, runs_folder=folder / "runs", **made_up.TINY)
            for figure in ("4.3", "4.7")
        }


@pytest.mark.parametrize("figure", ["4.3", "4.7"])
def test_the_figure_is_of_the_runs_of_the_table(produced, figure):
    data = json.loads(json.dumps(produced[figure], allow_nan=False))
    assert [(network["data"], network["model"]) for network in data["networks"]] == fig4_3.FIGURES[figure]
    for network in data["networks"]:
        assert network["seeds"] == [3, 4]
        assert [len(errors) for errors in network["validation"]] == [2, 2]
    assert data["verdict"] == "undecided"
    assert (data["recorded_networks"], data["recorded_claims"], data["recorded_verdict"]) == ([], [], None)


@pytest.mark.parametrize("figure", ["4.3", "4.7"])
def test_a_stand_in_is_called_one_wherever_its_results_are(produced, figure):
    data = produced[figure]
    assert "a synthetic stand-in for UFPR" in fig4_3.table(data).splitlines()[0]
    assert "stand-in" in data["data"]
    with plots.styled():
        assert "\nA synthetic stand-in for UFPR" in fig4_3.draw(data).get_suptitle()


def test_runs_on_record_are_drawn_below(monkeypatch, tmp_path):
    made_up.install(monkeypatch, tmp_path)
    record = [run("amr", "node", seed, steady(0.03)) for seed in range(3)]
    made_up.put_on_record(monkeypatch, record)
    data = fig4_3.compute("4.3", seed=0, runs_folder=tmp_path / "runs", **made_up.TINY)
    assert data["recorded_claims"] == []
    with plots.styled():
        figure = fig4_3.draw(data)
    lines = [axes.get_lines() for row in figure.subfigs[:-1] for axes in row.axes]
    # Of each network a line a seed and their mean.
    assert [len(of_axes) for of_axes in lines] == [6, 6, 4, 4]
    assert len(lines[2][-1].get_xdata()) == N
    assert "On record: minode train amr --model node --seed 0" in fig4_3.table(data)
    assert "11 epochs on 4,000 images; a synthetic stand-in for UFPR-AMR (2000" in fig4_3.table(data)
    assert "\nOn record: a synthetic stand-in" in figure.get_suptitle()


def judged(figure, found):
    return fig4_3_claims.judge_errors(figure, fig4_3.errors(found))


def steady(lowest, first=0.4):
    """Errors that fall from epoch to epoch."""
    return [lowest + (first - lowest) * 0.3**i for i in range(N)]


def bumpy(lowest, rise):
    """Errors that rise once, in the first epochs."""
    errors = steady(lowest)
    errors[2] += rise
    return errors


def meters(node, resnet):
    return {("amr", "node"): runs("amr", "node", node), ("amr", "resnet"): runs("amr", "resnet", resnet)}


@pytest.mark.parametrize(
    ("node", "resnet", "verdict"),
    [
        ((0.3, 0.31, 0.32), (0.1, 0.1, 0.1), "holds"),
        ((0.1, 0.1, 0.1), (0.3, 0.31, 0.32), "does not hold"),
        ((0.1, 0.2, 0.3), (0.3, 0.2, 0.1), "undecided"),
    ],
)
def test_more_rises_in_the_first_epochs_can_fail(node, resnet, verdict):
    found = meters([bumpy(0.03, rise) for rise in node], [bumpy(0.04, rise) for rise in resnet])
    assert verdict_of(judged("4.3", found), "rises less") == verdict


def test_rises_count_only_in_the_first_epochs_and_only_upward():
    errors = steady(0.03)
    assert fig4_3_claims.rises(errors) == 0
    errors[3] = errors[2] + 0.1
    errors[8] += 0.2
    assert fig4_3_claims.rises(errors) == pytest.approx(0.1)


def test_too_few_first_epochs_decide_nothing_of_stability():
    found = meters([[0.5, 0.3, 0.4 + i / 100, 0.03] for i in range(3)], [[0.5, 0.3, 0.2, 0.04]] * 3)
    assert verdict_of(judged("4.3", found), "rises less") == "undecided"


@pytest.mark.parametrize(
    ("node", "verdict"),
    [((0.02, 0.021, 0.022), "holds"), ((0.05, 0.051, 0.052), "does not hold"), ((0.03, 0.04, 0.05), "undecided")],
)
def test_lower_at_best_can_fail(node, verdict):
    found = meters([steady(lowest) for lowest in node], [steady(0.04)] * 3)
    assert verdict_of(judged("4.3", found), "at best") == verdict


def plates(augmented, plain, resnet):
    return {
        ("alpr", "node"): runs("alpr", "node", plain),
        ("alpr-augmented", "node"): runs("alpr-augmented", "node", augmented),
        ("alpr-augmented", "resnet"): runs("alpr-augmented", "resnet", resnet),
    }


def curves(first, lowest):
    return [steady(lowest + i / 1000, first + i / 100) for i in (0, 1, 2)]


@pytest.mark.parametrize(
    ("first", "lowest", "fast", "low"),
    [
        (0.3, 0.10, "holds", "holds"),
        (0.9, 0.10, "does not hold", "holds"),
        (0.3, 0.20, "holds", "does not hold"),
        (0.6, 0.16, "does not hold", "does not hold"),
    ],
    ids=["faster and lower", "lower", "faster", "alike"],
)
def test_faster_and_lower_are_two_claims(first, lowest, fast, low):
    others = [curves(0.6, 0.16)[i] for i in (1, 2, 0)]
    claims = judged("4.7", plates(curves(first, lowest), others, others))
    assert [claim.verdict for claim in claims] == [fast, low] * 2


def test_what_is_not_there_is_not_claimed():
    found = plates(curves(0.4, 0.1), curves(0.5, 0.2), curves(0.5, 0.2))
    del found["alpr-augmented", "resnet"]
    assert len(judged("4.7", found)) == 2
    assert judged("4.7", {}) == judged("4.3", {}) == []
