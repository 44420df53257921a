"""Ways to a gradient: the reference against formulas and differences, and rules that can say no."""

import json

import numpy as np
import pytest

from minode.experiments.ch3_nodes.section3_2_gradients import compute as gradients
from minode.experiments.ch3_nodes.section3_2_gradients.claims import first, growth_exponents, judge_gradients
from minode.experiments.common import plots

TIGHT = dict(method="dop853", rtol=1e-10, atol=1e-10)
TOLERANCES, RATES = (1e-3, 1e-6), (10, 20, 30)


@pytest.fixture(scope="module")
def data():
    return gradients.compute(seed=0, n_seeds=2, tolerances=(1e-3, 1e-4), rates=(10, 20))


def numbers():
    """Made-up numbers of two seeds for which all claims hold."""
    smooth = {
        "adjoint": {"error": [[1e-3, 2e-3], [1e-6, 2e-6]]},
        "backprop": {"error": [[2e-3, 4.1e-3], [2e-6, 4.1e-6]]},
    }
    losing = {
        "adjoint": {
            "error": [[1e-6, 1e-6], [1e-6, 1e-6], [2e-3, 1e-3]],
            "warned": [[False, False], [False, False], [True, True]],
            "reconstruction_error": [[1e-6, 1e-6], [1e-4, 1e-4], [1e-2, 1e-2]],
        },
        "8 checkpoints": {"error": [[1e-7, 1e-7]] * 3},
        "backprop": {"error": [[3e-3, 2e-3]] * 3},
    }
    measured = {"adjoint": {"peak_mib": [[1.0, 1.1]] * 2}, "backprop": {"peak_mib": [[2.0, 2.1]] * 2}}
    return smooth, losing, measured


def verdicts(smooth, losing, measured):
    return [claim.verdict for claim in judge_gradients(TOLERANCES, RATES, smooth, losing, measured)]


@pytest.mark.parametrize("rate", [1.0, 10.0])
def test_the_reference_is_the_gradient_by_differences(rate):
    loss, params = gradients.problem(3, rate)
    (W, b), _ = params
    rng, eps = np.random.default_rng(0), 1e-5
    direction = rng.standard_normal(W.size + b.size)

    def moved(step):
        dW, db = direction[: W.size].reshape(W.shape), direction[W.size :]
        return loss([(W + step * dW, b + step * db), ()], **TIGHT)

    expected = (moved(eps) - moved(-eps)) / (2 * eps)
    reference = gradients._reference((loss, params), 1e-6)
    assert np.dot(reference, direction) == pytest.approx(expected, rel=1e-5)


def test_without_weights_the_gradient_in_b_is_a_formula():
    # dz/dt = tanh(b) - c z with b = 0: dz(1)/db = (1 - exp(-c)) / c, at the rates 5 and 0.1.
    rate = 5.0
    loss, params = gradients.problem(0, rate)
    zero = [(np.zeros_like(params[0][0]), np.zeros_like(params[0][1])), ()]
    rng = np.random.default_rng(0)
    rng.normal(size=gradients.WIDTH**2 + gradients.WIDTH)
    _, g = rng.normal(size=(2, gradients.BATCH, gradients.WIDTH))
    c = np.repeat([rate, 0.1], gradients.WIDTH // 2)
    found = gradients.gradient((loss, zero), rtol=1e-9, atol=1e-9)[-gradients.WIDTH :]
    np.testing.assert_allclose(found, g.sum(axis=0) * (1 - np.exp(-c)) / c, rtol=1e-7)


def test_tolerances_and_checkpoints_do_what_they_are_for(data):
    loose, tight = data["smooth"]["adjoint"]["error"]
    assert max(tight) < min(loose) / 10
    lost, kept = (data["losing"][way]["error"][-1] for way in ("adjoint", "8 checkpoints"))
    assert min(lost) > 1e-2
    assert max(kept) < 1e-5
    assert data["losing"]["adjoint"]["warned"] == [[False, False], [True, True]]
    assert data["losing"]["8 checkpoints"]["warned"] == [[False, False], [False, False]]


def test_backprop_by_rk4_gets_the_evaluations_of_dopri5(data):
    ways = ("backprop", "backprop, RK4")
    dopri5, rk4 = (np.array(data["smooth"][way]["evaluations"]) for way in ways)
    assert ((rk4 - dopri5 >= 0) & (rk4 - dopri5 < 4)).all()


def test_all_claims_may_hold():
    assert verdicts(*numbers()) == [*["holds"] * 5, "undecided", "holds", "holds"]


def test_errors_beyond_control_are_seen():
    smooth, *others = numbers()
    smooth["adjoint"]["error"][1][0] = 1e-2
    assert verdicts(smooth, *others)[0] == "does not hold"


@pytest.mark.parametrize(("warned", "expected"), [(True, "holds"), (False, "does not hold")])
def test_a_lost_gradient_is_seen_and_so_is_a_gauge_that_is_silent(warned, expected):
    smooth, losing, measured = numbers()
    losing["adjoint"]["error"][2][1] = 2e-2
    losing["adjoint"]["warned"][2][1] = warned
    found = verdicts(smooth, losing, measured)
    assert found[1] == "does not hold"
    assert found[5] == expected


def test_a_gauge_that_warns_of_good_gradients_is_seen():
    smooth, losing, measured = numbers()
    losing["adjoint"]["warned"][0][0] = True
    assert verdicts(smooth, losing, measured)[6] == "does not hold"


def test_checkpoints_that_lose_z_are_seen():
    smooth, losing, measured = numbers()
    losing["8 checkpoints"] = {"error": [[1e-7, 1e-7], [1e-7, 1e-7], [1e-3, 1e-7]]}
    assert verdicts(smooth, losing, measured)[7] == "does not hold"


@pytest.mark.parametrize(
    ("errors", "expected"),
    [([1e-4, 1.1e-4], "does not hold"), ([1e-4, 1e-1], "undecided")],
    ids=["smaller", "scattered"],
)
def test_backprop_may_err_less(errors, expected):
    smooth, *others = numbers()
    smooth["backprop"]["error"] = [errors] * 2
    smooth["adjoint"]["error"] = [[1e-3, 1e-3]] * 2
    assert verdicts(smooth, *others)[2] == expected


@pytest.mark.parametrize(
    ("peaks", "expected"), [([0.5, 0.6], "does not hold"), ([0.5, 3.0], "undecided")], ids=["less", "scattered"]
)
def test_backprop_may_take_less_memory(peaks, expected):
    smooth, losing, measured = numbers()
    measured["backprop"]["peak_mib"][-1] = peaks
    assert verdicts(smooth, losing, measured)[4] == expected


def test_growth_is_that_of_an_exponential():
    rates = np.array([1.0, 10.0, 20.0, 30.0])
    errors = 1e-7 * np.exp(np.outer(rates, [1.0, 0.5]))
    errors[0] = 1.0  # Below the rates that count.
    np.testing.assert_allclose(growth_exponents(rates, errors), [1.0, 0.5])


def test_the_first_rate_is_told_with_its_range():
    happens = np.array([[False, False], [False, True], [True, True]])
    assert first(RATES, happens) == "from lambda T = 25 on (20 to 30)"
    assert first(RATES, happens & False) == "nowhere"


def test_the_same_seed_gives_the_same_numbers(data):
    again = gradients._losing(gradients.problem(1, 20))
    assert {way: {key: values[1][1] for key, values in found.items()} for way, found in data["losing"].items()} == again


def test_record_table_and_picture(data):
    json.dumps(data, allow_nan=False)
    assert "The thesis' claims: does not hold" in gradients.table(data)
    with plots.styled():
        assert len(gradients.draw(data).axes) == 6
