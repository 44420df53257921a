"""The backward solve that Figure 3.2 draws: against closed forms, and by a rule that can say no."""

import json

import numpy as np
import pytest

from minode.base.trees import tree_map
from minode.experiments.ch3_nodes.fig3_2_backward_solve import claims as fig3_2_claims
from minode.experiments.ch3_nodes.fig3_2_backward_solve import compute as fig3_2
from minode.experiments.ch3_nodes.fig3_2_backward_solve import draw as backward_solve_drawing
from minode.experiments.common import plots

RIGHT = {"gradient_error": 1e-6, "adjoint_error": 1e-6, "jump_error": 1e-9, "gradient_error_without_jumps": 0.5}


@pytest.fixture(scope="module")
def data():
    return fig3_2.compute(seed=0, n_seeds=1)


@pytest.fixture(scope="module")
def decay():
    """Weights of zero: f = -2 z, solved by an exponential."""
    _, params = fig3_2.MLP.init(np.random.default_rng(0), (2,))
    return tree_map(np.zeros_like, params)


def record(data):
    return {key: value for key, value in data.items() if key != "curves"}


def test_the_adjoint_of_a_decay_is_a_sum_of_exponentials(decay):
    z0, g = np.array([1.0, -0.5]), np.random.default_rng(1).standard_normal((5, 2))
    stored = z0 * np.exp(-2 * fig3_2.OBSERVED)[:, None]
    z, a, _ = fig3_2._backward(stored, decay, g)
    t = fig3_2._pieces(fig3_2.TIMES)[..., None]
    np.testing.assert_allclose(z, z0 * np.exp(-2 * t), atol=1e-4)
    expected = np.zeros_like(a)
    for piece, first in enumerate((4, 3, 2, 1)):
        for i in range(first, 5):
            expected[piece] += g[i] * np.exp(-2 * (fig3_2.OBSERVED[i] - t[piece]))
    np.testing.assert_allclose(a, expected, atol=1e-4)


@pytest.mark.parametrize("first", [1, 3, 5])
def test_finite_differences_of_a_decay(decay, first):
    z, t, y = np.array([0.7, -1.1]), 0.4, np.random.default_rng(2).standard_normal((5, 2))
    shrunk = np.exp(-2 * (fig3_2.OBSERVED[first:, None] - t))
    expected = np.sum((z * shrunk - y[first:]) * shrunk, axis=0)
    np.testing.assert_allclose(fig3_2._sensitivity(z, t, first, decay, y), expected, atol=1e-8)


def test_the_drawn_solve_is_that_of_the_library(data):
    assert data["against_backward_solve"][0] < 1e-12


def test_the_claim_holds(data):
    assert data["verdict"] == "holds"
    assert data["gradient_error"][0] < 1e-4
    assert data["adjoint_error"][0] < 1e-4
    assert data["gradient_error_without_jumps"][0] > 0.1
    assert data["drift"][0] < data["drift_without_reseeding"][0]


def test_each_jump_is_the_gradient_that_arrives(data):
    assert [observation["t"] for observation in data["observations"]] == [4.0, 2.9, 1.7, 1.0]
    for observation in data["observations"]:
        np.testing.assert_allclose(observation["jump"], observation["g"], rtol=1e-12)
        np.testing.assert_allclose(observation["by_differences"], observation["g"], atol=1e-7)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "holds"),
        ({"gradient_error": 0.1}, "does not hold"),
        ({"adjoint_error": 0.1}, "does not hold"),
        ({"jump_error": 0.1}, "does not hold"),
        ({"gradient_error_without_jumps": 1e-6}, "does not hold"),
        ({"gradient_error": fig3_2.BOUND + 1e-8}, "undecided"),
    ],
)
def test_the_verdict_depends_on_the_numbers(changes, expected):
    by_seed = {key: [RIGHT[key], number] for key, number in (RIGHT | changes).items()}
    assert fig3_2_claims.judge_gradients(by_seed | {"bound": fig3_2.BOUND}) == ["holds", expected]


def test_the_same_seed_gives_the_same_numbers(data):
    assert record(fig3_2.compute(seed=0, n_seeds=1)) == record(data)


def test_record_table_and_picture(data):
    json.dumps(record(data), allow_nan=False)
    assert "gives the gradient: holds" in fig3_2.table(data)
    with plots.styled():
        assert len(fig3_2.draw(data).axes) == 4


def test_frames_go_forward_and_then_jump_by_jump_backward(data, monkeypatch):
    monkeypatch.setattr(backward_solve_drawing, "FORWARD_FRAMES", 2)
    monkeypatch.setattr(backward_solve_drawing, "FRAMES_A_PIECE", 2)
    with plots.styled():
        figures = list(fig3_2.frames(data))
    titles = [figure.axes[0].get_title() for figure in figures]
    assert len({tuple(figure.get_size_inches()) for figure in figures}) == 1
    assert len(figures) == 2 + 4 * 2
    assert "forward" in titles[0]
    assert [title for title in titles if "jumps" in title] == [
        f"Backward: at t = {t} a jumps by dP/dz(t)" for t in (4.0, 2.9, 1.7, 1.0)
    ]
