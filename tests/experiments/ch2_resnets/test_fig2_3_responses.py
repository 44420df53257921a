"""Figure 2.3 with networks of a few layers: responses against closed forms, and a rule that can break."""

import json

import numpy as np
import pytest

from minode.base.files import write_json
from minode.data import mnist
from minode.experiments.ch2_resnets.digit_networks import network
from minode.experiments.ch2_resnets.fig2_3_responses import claims as responses_claims
from minode.experiments.ch2_resnets.fig2_3_responses import compute as responses
from minode.experiments.common.verdicts import FAILS, HOLDS, UNDECIDED
from tests import tiny

SMALL = dict(depths=(4, 6), n_images=64, n_held_out=32, epochs=1, n_seeds=2)
LOW, MIDDLE, HIGH, WIDE = [0.10, 0.11, 0.12], [0.50, 0.52, 0.51], [0.90, 0.93, 0.92], [0.05, 0.60, 2.90]


def params_of(kind, depth):
    return network(depth, kind).init(np.random.default_rng(0), (6, 6, 1))[1]


def x(n=5):
    return np.random.default_rng(1).random((n, 6, 6, 1))


def networks(*means):
    """Records of networks, plain before residual and shallow before deep."""
    kinds = [("plain", 8), ("plain", 20), ("residual", 8), ("residual", 20)]
    return [
        {"kind": kind, "depth": depth, "mean response": mean, "mean change": mean}
        for (kind, depth), mean in zip(kinds, means)
    ]


@pytest.mark.parametrize("kind", responses.KINDS)
def test_a_response_is_the_gain_before_training_and_after(kind):
    params = params_of(kind, 6)
    found, _ = responses.layer_responses(params, 6, kind, x())
    np.testing.assert_allclose(found, np.ones(5), rtol=1e-3)
    weight, bias = params[3][1]
    params[3][1] = (0.3 * weight, bias + 2.0)
    found, _ = responses.layer_responses(params, 6, kind, x())
    np.testing.assert_allclose(found, [1, 0.3, 1, 1, 1], rtol=1e-3)


def test_a_block_changes_its_input_by_what_it_adds():
    params = params_of("residual", 4)
    normed = network(4, "residual").layers[:3]
    z = x()
    for layer, W in zip(normed, params):
        z = layer.apply(W, z)
    _, (change,) = responses.layer_responses(params, 4, "residual", x())
    # A normalised response has a standard deviation of 1.
    assert change == pytest.approx(1 / z.std(), rel=1e-3)
    assert responses.layer_responses(params_of("plain", 4), 4, "plain", x())[1] == []


@pytest.mark.parametrize(
    ("means", "verdicts"),
    [
        ((HIGH, HIGH, MIDDLE, LOW), [HOLDS] * 4),
        ((LOW, LOW, MIDDLE, HIGH), [FAILS] * 4),
        ((WIDE, WIDE, MIDDLE, LOW), [UNDECIDED, UNDECIDED, HOLDS, HOLDS]),
    ],
)
def test_the_rule_sees_means_and_spread(means, verdicts):
    claims = responses_claims.judge_responses(networks(*means))
    assert [claim.verdict for claim in claims] == verdicts
    assert [claim.thesis for claim in claims] == [True] * 3 + [False]


def test_record_and_picture_are_complete_and_repeatable(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: tiny.dataset())
    first, second = (responses.compute(3, tmp_path / name, **SMALL) for name in ("runs", "again"))
    assert first == second
    # Refuses NaN.
    write_json(tmp_path / "record.json", first)
    assert json.loads((tmp_path / "record.json").read_text()) == first
    assert [len(entry["responses"][0]) for entry in first["networks"]] == [3, 5, 3, 5]
    assert f": {first['verdict']}." in responses.table(first)
    # A column a depth.
    assert len(responses.draw(first).axes) == 4
