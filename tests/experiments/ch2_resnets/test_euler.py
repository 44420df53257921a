"""Residual steps converge to the ODE: orders are measured, and the rule can say no."""

import json

import numpy as np
import pytest

from minode.experiments.ch2_resnets.euler import claims as euler_claims
from minode.experiments.ch2_resnets.euler import compute as euler


@pytest.fixture(scope="module")
def data():
    return euler.compute(seed=0, n_fields=2)


def record(data):
    return {key: value for key, value in data.items() if key != "curves"}


def test_a_euler_step_of_the_linear_equation_is_what_the_formula_says():
    def f(t, z, params):
        return -z

    z0 = np.array([[1.0], [2.0]])
    errors = euler._errors("euler", f, (), z0, np.array([0.0, 1.0]), np.exp(-1.0) * z0)
    expected = [1.5 * (np.exp(-1.0) - (1 - 1 / k) ** k) for k in euler.STEPS]
    np.testing.assert_allclose(errors, expected, rtol=1e-10)


@pytest.mark.parametrize("order", [1, 2.5, 4])
def test_the_slope_of_a_power_is_its_exponent(order):
    assert euler.slope([3.0 * k**-order for k in euler.STEPS]) == pytest.approx(order)


def test_the_claim_holds(data):
    assert data["verdict"] == "holds"
    assert data["resnet_against_euler"] < 1e-12
    for method, order in (("euler", 1), ("midpoint", 2), ("rk4", 4)):
        assert len(data["orders"][method]) == 2
        np.testing.assert_allclose(data["orders"][method], order, atol=0.1)
        np.testing.assert_allclose(list(data["closed_form_orders"][method].values()), order, atol=0.1)


def test_more_layers_are_closer_to_the_flow(data):
    medians = [np.median(shares) for shares in data["resnet_error_shares"].values()]
    assert medians == sorted(medians, reverse=True)
    assert medians[0] > 0.2
    assert medians[-1] < 0.05


def test_drawn_paths_start_together_and_end_closer(data):
    curves = data["curves"]
    ends = []
    for k, path in curves["layers"].items():
        assert len(path) == k + 1
        np.testing.assert_array_equal(path[0], curves["flow"][0])
        ends.append(np.linalg.norm(path[-1] - curves["flow"][-1]))
    assert ends == sorted(ends, reverse=True)


def test_the_verdict_depends_on_the_numbers(data):
    def judged(**changes):
        return euler.overall(euler_claims.judge_convergence(data | changes)["verdicts"].values())

    def with_euler(*orders):
        return judged(orders=data["orders"] | {"euler": list(orders)})

    assert judged() == "holds"
    assert judged(resnet_against_euler=1e-3) == "does not hold"
    assert with_euler(1.5, 1.5, 1.6) == "does not hold"
    assert with_euler(1.0, 1.0, 1.4) == "undecided"
    formulas = {"euler": data["closed_form_orders"]["euler"] | {"linear": 0.5}}
    assert judged(closed_form_orders=data["closed_form_orders"] | formulas) == "does not hold"


def test_the_same_seed_gives_the_same_numbers_and_the_next_one_others(data):
    again, other = euler.compute(seed=0, n_fields=2), euler.compute(seed=1, n_fields=2)
    assert record(again) == record(data)
    assert other["orders"]["euler"][:1] == data["orders"]["euler"][1:]


def test_record_table_and_picture(data):
    json.dumps(record(data), allow_nan=False)
    assert "Claim, residual steps converge to the ODE: holds" in euler.table(data)
    assert len(euler.draw(data).subfigs[0].axes) == 4
