"""What a solver must not step over: jumps of f in t, and short pulses. The truth is from closed forms."""

from itertools import product

import autograd.numpy as np
import pytest
from autograd import grad, jacobian, make_jvp
from numpy.testing import assert_allclose

from minode import odeint, sensitivities, solve
from tests.pairs import pairs
from tests.problems import ADAPTIVE, DIRECTIONS, FIXED

SOLVERS = [*ADAPTIVE, "radau", "bdf"]
TIGHT = dict(rtol=1e-9, atol=1e-11)
JUMP = 0.7
RATES = np.array([[0.5, 1.5], [2.0, -1.0]])  # A row for each side, a column for each component.
Z0 = np.array([1.0, -2.0])
WEIGHTS = np.array([[0.2, -0.4], [1.0, -0.5], [0.3, 2.0], [-0.7, 0.1]])
# The jump lies between two observations, is one of them, or is the start or the end of all.
TIMES = {
    "between": [0.1, 0.5, 1.3],
    "observed": [0.1, JUMP, 1.3],
    "start": [JUMP, 0.9, 1.3],
    "end": [0.1, 0.5, JUMP],
}


def thrust(t, z, W=()):
    """From rest, 3 up to t = 2 and -3 from 8 to 10: a velocity of 6 between, and a way of 48 in all."""
    return np.array([z[1], 3.0 * (t < 2) - 3.0 * ((8 < t) & (t <= 10))])


def decay(t, z, rates):
    return -rates[0 if t < JUMP else 1] * z


def decayed(t, z0, rates):
    """The solution of `decay`, with slopes at the jump from where the solution comes, at the start to where it goes."""
    late = [s > JUMP or (s == JUMP and beside > JUMP) for s, beside in zip(t, [t[1], *t[:-1]])]
    passed = [rates[int(after)] * (s - JUMP) for s, after in zip(t, late)]
    return np.stack([z0 * np.exp(passed[0] - one) for one in passed])


def weighted(states):
    return np.sum(WEIGHTS[: len(states)] * states)


def in_order(times, direction):
    return np.array(times if direction == "ascending" else times[::-1])


def gradients(solution, t):
    return grad(lambda inputs: weighted(solution(*inputs)))((t, Z0, RATES))


def test_closed_form():
    across = decayed(np.array([0.1, JUMP, 1.3]), Z0, RATES)
    assert_allclose(across[1], Z0 * np.exp(-0.6 * RATES[0]))
    assert_allclose(across[2], across[1] * np.exp(-0.6 * RATES[1]))


@pytest.mark.parametrize("method", SOLVERS)
def test_jumps_are_stepped_to(method):
    z = odeint(thrust, np.zeros(2), np.linspace(0, 10, 1001), method=method, jumps=(2, 8))
    assert_allclose(z[[200, 800, -1]], [[6, 6], [42, 6], [48, 0]], atol=1e-4)
    back = odeint(thrust, z[-1], [10.0, 0.0], method=method, jumps=(8, 2))
    assert_allclose(back[-1], [0, 0], atol=3e-4)


def test_without_jumps_a_solver_steps_over_them():
    z = odeint(thrust, np.zeros(2), np.linspace(0, 10, 1001), method="vode")
    assert_allclose(z[-1], [54, 6], atol=1e-2)


def own_solver(rhs, y0, t, rtol, atol):
    return solve(rhs, y0, t, method="dop853", rtol=rtol, atol=atol)


@pytest.mark.parametrize("method", ["midpoint", "rk4", own_solver])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_equal_steps_and_a_solver_of_ones_own(direction, method):
    t, start = in_order([0.0, 2.0, 8.0, 10.0], direction), 0.0 if direction == "ascending" else 48.0
    z = solve(thrust, np.array([start, 0.0]), t, method=method, jumps=in_order([2, 8], direction))
    assert_allclose(z, in_order([[0, 0], [6, 6], [42, 6], [48, 0]], direction), atol=1e-9)


@pytest.mark.parametrize("first", [np.less, np.less_equal])
@pytest.mark.parametrize("method", [*SOLVERS, *FIXED])
def test_f_is_evaluated_on_one_side(method, first):
    seen = []

    def rhs(t, y):
        seen.append(t)
        return np.array([1.0 if first(t, JUMP) else 5.0])

    y = solve(rhs, np.zeros(1), [0.0, JUMP, 1.0], method=method, jumps=[JUMP])
    assert y[:, 0] == pytest.approx([0, 0.7, 2.2], abs=1e-12)
    assert JUMP not in seen


@pytest.mark.parametrize("method", SOLVERS)
@pytest.mark.parametrize("t", [[0.0, 20.0], [20.0, 0.0], [1e6, 1e6 + 20.0]])
def test_largest_step_finds_a_pulse(method, t):
    def pulse(s, y):
        return np.exp(-(((s - min(t) - 10) / 0.1) ** 2)) * np.ones(1)

    area = np.sqrt(np.pi) * 0.1 * (1 if t[1] > t[0] else -1)
    assert solve(pulse, np.zeros(1), t, method=method, max_step=0.1)[-1, 0] == pytest.approx(area, rel=1e-5)
    assert abs(solve(pulse, np.zeros(1), t, method=method)[-1, 0]) < 1e-3


@pytest.mark.parametrize(
    ("method", "gradient"),
    [*((method, "adjoint") for method in SOLVERS), *((method, "interpolated") for method in ("lsoda", "dopri5-np"))],
)
def test_largest_step_holds_on_the_way_back(method, gradient):
    # The gradient in the rate is the pulse's area. It is missed on the way back where steps are long.
    def pulse(t, z, rate):
        return rate * np.exp(-(((t - 5) / 0.1) ** 2)) * np.ones(1)

    options = dict(method=method, gradient=gradient, max_step=0.1)
    found = grad(lambda rate: odeint(pulse, np.zeros(1), [0.0, 10.0], rate, **options)[-1, 0])(2.0)
    assert found == pytest.approx(np.sqrt(np.pi) * 0.1, rel=1e-5)


GRADIENTS = ["adjoint", "checkpointed", "interpolated"]
# Everything with one method; with the others, everything once beside everything else.
CASES = [
    *product(DIRECTIONS, TIMES, ["lsoda"], GRADIENTS),
    *product(DIRECTIONS, TIMES, ["dopri5-np"], ["backprop"]),
    *pairs(DIRECTIONS, TIMES, [*SOLVERS[1:], own_solver], GRADIENTS),
]


@pytest.mark.parametrize(("direction", "where", "method", "gradient"), CASES)
def test_gradients_across_a_jump(direction, where, method, gradient):
    t = in_order(TIMES[where], direction)
    options = dict(TIGHT, method=method, gradient=gradient, jumps=[JUMP])
    found = gradients(lambda t, z0, rates: odeint(decay, z0, t, rates, **options), t)
    for one, true in zip(found, gradients(decayed, t)):
        assert_allclose(one, true, atol=1e-6 * np.abs(true).max(), rtol=0)


@pytest.mark.parametrize("gradient", ["adjoint", "backprop"])
@pytest.mark.parametrize("where", ["observed", "start", "end"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_gradients_with_equal_steps(direction, where, gradient):
    t = in_order(TIMES[where], direction)
    options = dict(method="rk4", n_steps=50, gradient=gradient, jumps=[JUMP])
    found = gradients(lambda t, z0, rates: odeint(decay, z0, t, rates, **options), t)
    for one, true in zip(found, gradients(decayed, t)):
        assert_allclose(one, true, atol=1e-6 * np.abs(true).max(), rtol=0)


@pytest.mark.parametrize("where", TIMES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_sensitivities_and_forward_mode(direction, where):
    t = in_order(TIMES[where], direction)
    options = dict(TIGHT, jumps=[JUMP])
    z, by_z0, by_rates = sensitivities(decay, Z0, t, RATES, **options)
    assert_allclose(z, decayed(t, Z0, RATES), atol=1e-6)
    assert_allclose(by_z0, jacobian(lambda z0: decayed(t, z0, RATES))(Z0), atol=1e-6)
    assert_allclose(by_rates, jacobian(lambda rates: decayed(t, Z0, rates))(RATES), atol=1e-6)
    moved = np.array([0.3, -0.2, 0.5])
    tangent = make_jvp(lambda t: odeint(decay, Z0, t, RATES, **options))(t)(moved)[1]
    assert_allclose(tangent, jacobian(lambda t: decayed(t, Z0, RATES))(t) @ moved, atol=1e-6)


def test_times_per_sample():
    rows = np.array([[0.1, JUMP, 1.3], [0.1, 0.4, 1.1]])
    z0 = np.stack([Z0, Z0 / 2])

    def of_t(rows, solution):
        return np.sum(solution(rows) * WEIGHTS[:3, None, :])

    def by_door(rows):
        return odeint(decay, z0, rows, RATES, jumps=[JUMP], **TIGHT)

    def by_formula(rows):
        return np.stack([decayed(rows[0], z0[0], RATES), decayed(rows[1], z0[1], RATES)], axis=1)

    assert_allclose(grad(of_t)(rows, by_door), grad(of_t)(rows, by_formula), atol=1e-6)


def test_gradient_by_the_time_of_a_jump():
    # As the docstring says: two solves, each with the f of one side, and the jump's time in t.
    def broken(jump):
        middle = odeint(lambda t, z, rate: -rate * z, Z0, np.array([0.1, jump]), RATES[0], **TIGHT)[-1]
        return odeint(lambda t, z, rate: -rate * z, middle, np.array([jump, 1.3]), RATES[1], **TIGHT)[-1]

    end = decayed(np.array([0.1, 1.3]), Z0, RATES)[-1]
    assert_allclose(jacobian(broken)(JUMP), (RATES[1] - RATES[0]) * end, atol=1e-6)


def test_close_jumps_and_jumps_a_rounding_from_observations():
    jumps = [0.3, np.nextafter(0.3, 1), 0.3 + 1e-12]
    t = np.array([0.0, np.nextafter(0.3, 0), 1.0])

    def loss(z0, gradient):
        def f(t, z, W):
            return -z * (1.0 if t <= 0.3 else 3.0)

        return np.sum(odeint(f, z0, t, jumps=jumps, gradient=gradient, **TIGHT)[-1])

    for gradient in ("adjoint", "interpolated"):
        assert grad(loss)(np.ones(1), gradient)[0] == pytest.approx(np.exp(-0.3 - 2.1), rel=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    ("jumps", "kind", "message"),
    [
        ([0.5, 1.5], ValueError, r"jumps\[.\] is 1.5; expected a time from t\[0\]"),
        ([-0.1], ValueError, r"jumps\[0\] is -0.1"),
        ([0.5, 0.5], ValueError, "strictly"),
        ([np.nan], ValueError, "jumps is nan"),
        (0.5, ValueError, "jumps has shape"),
        ([[0.5]], ValueError, "jumps has shape"),
        ([[0.5], []], TypeError, "jumps is a ragged list"),
        ("soon", TypeError, "jumps is 'soon'"),
        (None, TypeError, "jumps is None"),
    ],
)
def test_bad_jumps(jumps, kind, message, direction):
    t = in_order([0.0, 1.0], direction)
    for call in (
        lambda: solve(thrust, Z0, t, jumps=jumps),
        lambda: odeint(thrust, Z0, t, jumps=jumps),
        lambda: sensitivities(thrust, Z0, t, jumps=jumps),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_jumps_in_the_other_direction():
    with pytest.raises(ValueError, match="expected strictly increasing times"):
        odeint(thrust, Z0, [0.0, 10.0], jumps=[8, 2])
    with pytest.raises(ValueError, match="expected strictly decreasing times"):
        odeint(thrust, Z0, [10.0, 0.0], jumps=[2, 8])


def test_jumps_between_the_times_of_equal_steps():
    with pytest.raises(ValueError, match=r"jumps\[0\] is 0.5, between two times of t.*add it to t"):
        odeint(thrust, Z0, [0.0, 1.0], method="rk4", n_steps=10, jumps=[0.5])


def test_jumps_are_constants():
    with pytest.raises(TypeError, match="jumps is being differentiated"):
        grad(lambda s: odeint(decay, Z0, [0.0, 1.0], RATES, jumps=[s])[-1, 0])(0.5)


@pytest.mark.parametrize("max_step", [0, -1.0, np.nan, np.inf, [1.0], True, "long"])
def test_bad_largest_step(max_step):
    for call in (solve, odeint, sensitivities):
        with pytest.raises((ValueError, TypeError), match="max_step is"):
            call(thrust, Z0, [0.0, 1.0], max_step=max_step)


@pytest.mark.parametrize(("method", "remedy"), [("rk4", "n_steps sets"), (own_solver, "bound its steps")])
def test_largest_step_of_a_method_that_has_none(method, remedy):
    with pytest.raises(ValueError, match=f"max_step is 0.1 .*{remedy}"):
        odeint(thrust, Z0, [0.0, 1.0], method=method, max_step=0.1)
