"""Figures 2.1 and 2.5 with networks of a few layers: equal parameters, rules that can break, repeatable records."""

import json

import numpy as np
import pytest

from minode.base.files import write_json
from minode.base.trees import leaves
from minode.data import mnist
from minode.data.dataset import Split
from minode.experiments.ch2_resnets import comparisons, digit_networks
from minode.experiments.ch2_resnets.fig2_1_fig2_5_degradation import claims as degradation_claims
from minode.experiments.ch2_resnets.fig2_1_fig2_5_degradation import compute as degradation
from minode.experiments.ch2_resnets.fig2_3_responses import compute as responses
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

SMALL = dict(depths=(4, 6), n_images=64, n_held_out=32, epochs=2, n_seeds=2)
LOW, HIGH, WIDE, IDLE = [0.10, 0.11, 0.12], [0.40, 0.42, 0.41], [0.05, 0.20, 0.60], [0.88, 0.87, 0.89]


@pytest.fixture(autouse=True)
def digits_in_memory(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset())


def networks(*errors):
    """Records of networks, plain before residual and shallow before deep, with the same errors on all images."""
    kinds = [("plain", 8), ("plain", 20), ("residual", 8), ("residual", 20)]
    return [
        {"kind": kind, "depth": depth, "training error": error, "held out error": error}
        for (kind, depth), error in zip(kinds, errors)
    ]


def params_of(kind, depth=8):
    return digit_networks.network(depth, kind).init(np.random.default_rng(0), (6, 6, 1))[1]


def test_shortcuts_are_all_that_differs():
    plain, residual = leaves(params_of("plain")), leaves(params_of("residual"))
    assert [W.shape for W in plain] == [W.shape for W in residual]
    # Convolutions and the dense layer have a matrix and a bias, and each of the convolutions a normalisation.
    assert len(plain) == 4 * 7 + 2


def test_without_weights_in_its_blocks_a_residual_network_is_a_shallow_one():
    x = np.random.default_rng(1).random((3, 6, 6, 1))
    deep, shallow = params_of("residual", 6), params_of("residual", 2)
    for block in (deep[3], deep[5]):
        block[-1] = tuple(np.zeros_like(W) for W in block[-1])
    np.testing.assert_allclose(
        digit_networks.network(6, "residual").apply(deep, x),
        digit_networks.network(2, "residual").apply([*deep[:3], *shallow[3:-1], deep[-1]], x),
        rtol=1e-12,
    )


def test_digits_are_means_over_squares():
    x = np.zeros((1, 28, 28, 1), np.float32)
    x[0, 2:6, 6:10] = 1.0
    x[0, 0] = 1.0
    expected = np.zeros((6, 6))
    expected[0, 1] = 1.0
    small = digit_networks.digits(Split(x, np.array([3])), 1, seed=0)
    np.testing.assert_array_equal(small.x[0, :, :, 0], expected)
    assert small.y == [3]


@pytest.mark.parametrize(
    ("lower", "higher", "verdict"),
    [
        (LOW, HIGH, HOLDS),
        (HIGH, LOW, FAILS),
        (LOW, WIDE, UNDECIDED),
        # Four standard errors are not enough with three seeds: Student's t wants 4.3 of them.
        ([0.0, 0.0, 0.0], [0.3093, 0.4, 0.4907], HOLDS),
        ([0.0, 0.0, 0.0], [0.2268, 0.4, 0.5732], UNDECIDED),
    ],
)
def test_the_spread_over_seeds_decides(lower, higher, verdict):
    assert comparisons.less("", lower, higher).verdict == verdict


def test_plain_networks_degrade_and_residual_ones_gain():
    verdicts = [claim.verdict for claim in degradation_claims.judge_depth(networks(LOW, HIGH, HIGH, LOW), "validation")]
    assert verdicts == [HOLDS] * 6
    verdicts = [claim.verdict for claim in degradation_claims.judge_depth(networks(HIGH, LOW, LOW, HIGH), "validation")]
    assert verdicts == [FAILS] * 6
    verdicts = [claim.verdict for claim in degradation_claims.judge_depth(networks(LOW, WIDE), "test")]
    assert verdicts == [UNDECIDED] * 2


@pytest.mark.parametrize("idle", range(4))
def test_nothing_is_decided_about_a_network_that_has_not_learned(idle):
    errors = [LOW, HIGH, HIGH, LOW]
    errors[idle] = IDLE
    claims = degradation_claims.judge_depth(networks(*errors), "validation")
    named = degradation_claims.name_of(networks(*errors)[idle])
    *of_depth, _, _ = claims
    assert {claim.verdict for claim in of_depth if named in claim.text} == {UNDECIDED}
    assert all(claim.numbers.endswith(f"not learned: {named}") for claim in of_depth if named in claim.text)
    assert {claim.verdict for claim in of_depth if named not in claim.text} == {HOLDS}


def test_shortcuts_may_be_what_makes_a_network_learn():
    *_, training, held_out = degradation_claims.judge_depth(networks(LOW, IDLE, HIGH, LOW), "validation")
    assert training.text == "residual 20: less training error than plain 20"
    assert [training.verdict, held_out.verdict] == [HOLDS, HOLDS]


def test_training_lowers_the_error():
    train, held_out = (digit_networks.digits(split, 60, 0) for split in (tiny.dataset().train, tiny.dataset().test))
    _, errors = digit_networks.train_network("residual", 4, 0, train, held_out, epochs=30)
    assert len(errors["training"]) == len(errors["held out"]) == 30
    assert np.mean(errors["training"][-3:]) < errors["training"][0]


def test_an_interrupted_figure_goes_on_and_two_figures_share_their_networks(tmp_path, monkeypatch):
    whole = degradation.compute(3, tmp_path / "whole", "2.5", **SMALL)
    train, trained = digit_networks.train_network, []

    def interrupted(variant, depth, seed, *others):
        if len(trained) == 5:
            raise KeyboardInterrupt
        trained.append((variant, depth, seed))
        return train(variant, depth, seed, *others)

    monkeypatch.setattr(digit_networks, "train_network", interrupted)
    with pytest.raises(KeyboardInterrupt):
        degradation.compute(3, tmp_path / "runs", "2.5", **SMALL)
    trained.clear()
    again = degradation.compute(3, tmp_path / "runs", "2.5", **SMALL)
    assert trained == [("residual", 4, 4), ("residual", 6, 3), ("residual", 6, 4)]
    assert again["networks"] == whole["networks"]
    trained[:] = range(5)
    assert len(responses.compute(3, tmp_path / "runs", **SMALL)["networks"]) == 4


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(digit_networks, "train_network", None)
    (tmp_path / "runs").write_text("")
    with pytest.raises(OSError, match="runs"):
        degradation.compute(3, tmp_path / "runs", "2.1", **SMALL)


def test_networks_are_not_taken_for_those_of_other_images(tmp_path):
    first, second = (degradation.compute(3, tmp_path, figure, **SMALL) for figure in ("2.1", "2.5"))
    assert first["networks"][0] != second["networks"][0]
    assert len(list(tmp_path.iterdir())) == 2 * (2 + 4)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: data[:-40]])
def test_a_damaged_network_is_named(tmp_path, damage):
    degradation.compute(3, tmp_path, "2.1", **SMALL)
    path = sorted(tmp_path.iterdir())[0]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"{path.stem}.* is damaged .*; delete it"):
        degradation.compute(3, tmp_path, "2.1", **SMALL)


@pytest.mark.parametrize(("figure", "n_networks", "n_claims"), [("2.1", 2, 2), ("2.5", 4, 6)])
def test_record_and_picture_are_complete_and_repeatable(figure, n_networks, n_claims, tmp_path):
    first, second = (degradation.compute(3, tmp_path / name, figure, **SMALL) for name in ("runs", "again"))
    curves = first.pop("curves"), second.pop("curves")
    assert first == second
    np.testing.assert_array_equal(curves[0][-1]["held out"], curves[1][-1]["held out"])
    assert curves[0][0]["training"].shape == (2, 2)
    # Refuses NaN.
    write_json(tmp_path / "record.json", first)
    assert json.loads((tmp_path / "record.json").read_text()) == first
    assert (len(first["networks"]), len(first["claims"])) == (n_networks, n_claims)
    assert f": {first['verdict']} (" in degradation.table(first)
    panels = degradation.draw(first | {"curves": curves[0]}).axes
    assert [len(panel.lines) for panel in panels] == [n_networks + 1] * 2


def test_by_the_protocol_a_difference_can_be_too_small_to_matter():
    alike = networks(LOW, HIGH, LOW, [0.101, 0.109, 0.121])
    pilots, deciding = (degradation_claims.judge_depth(alike, "validation", decides)[2] for decides in (False, True))
    assert (pilots.verdict, deciding.verdict) == (UNDECIDED, FAILS)
    assert deciding.numbers == f"{pilots.numbers}; the same within 0.02"
