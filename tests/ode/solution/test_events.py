"""Solves up to an event: closed forms of a bouncing ball, and SciPy's own events with finite differences."""

import doctest
from itertools import cycle

import autograd.numpy as np
import pytest
from autograd import grad, make_jvp
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from minode import SolverError, odeint, solve, solve_until
from minode.base.trees import ravel, unravel
from minode.ode import events
from tests.problems import ADAPTIVE, lotka_volterra

SOLVERS = [*ADAPTIVE, "radau", "bdf"]
GRADIENTS = ["adjoint", "checkpointed", "interpolated"]
WAYS = [
    *(("lsoda", gradient) for gradient in GRADIENTS),
    *zip([method for method in SOLVERS if method != "lsoda"], cycle(GRADIENTS)),
    ("dopri5-np", "backprop"),
]
TIGHT = dict(rtol=1e-10, atol=1e-10)
# Height, gravity, and what is left of the speed after a bounce.
BALL = (10.0, 9.81, 0.8)


def test_examples_in_the_docstring_run():
    assert doctest.testmod(events).failed == 0


def fall(t, z, params):
    return np.array([z[1], -params["g"]])


def height(t, z, params):
    return z[0]


def bounces(ball, n=3, **options):
    """The time of the n-th bounce, and the speed after it."""
    h, g, kept = ball
    t, z = 0.0, np.stack([h, 0.0 * h])
    for _ in range(n):
        t, z = solve_until(fall, z, [t, t + 50.0], {"g": g}, event=height, **options)
        z = np.stack([z[0], -kept * z[1]])
    return t, z[1]


def bounces_exactly(ball, n=3):
    h, g, kept = ball
    speed = np.sqrt(2 * g * h)
    return speed / g * (1 + 2 * sum(kept**k for k in range(1, n))), speed * kept**n


@pytest.mark.parametrize(("method", "gradient"), WAYS)
def test_bouncing_ball(method, gradient):
    # A hundred tolerances for three bounces.
    options = dict(method=method, gradient=gradient, **TIGHT)
    assert_allclose(bounces(BALL, **options), bounces_exactly(BALL), rtol=1e-8)

    def mixed(result):
        return result[0] - 0.3 * result[1]

    found = grad(lambda ball: mixed(bounces(ball, **options)))(BALL)
    assert_allclose(found, grad(lambda ball: mixed(bounces_exactly(ball)))(BALL), rtol=1e-8, atol=1e-8)


def test_bounces_go_on_until_the_tolerances_hide_them():
    # At half the speed each time, the tenth bounce is from a millionth of the first height, a thousand times atol.
    ball = (1.0, 9.81, 0.5)
    assert bounces(ball, n=10, atol=1e-9)[0] == pytest.approx(bounces_exactly(ball, n=10)[0], rel=1e-5)
    with pytest.raises(SolverError, match="where it counts as zero"):
        bounces(ball, n=40, atol=1e-9)


INPUTS = np.array([1.0, 0.8]), {"rates": np.array([1.5, 1.0, 1.2, 2.0]), "threshold": 1.2}, 0.1


def enough_predators(t, z, params):
    return z[1] - params["threshold"]


def mixture(t, z):
    """Of the time and the state of an event, so that the gradient has a part of each."""
    return t + 0.3 * z[0] - 0.7 * z[1]


def meeting(inputs, direction=0, **options):
    z0, params, start = inputs
    t = [start, start + 20.0]
    return mixture(*solve_until(lotka_volterra, z0, t, params, event=enough_predators, direction=direction, **options))


def scipys_meeting(inputs, direction=0):
    z0, params, start = inputs

    def crosses(t, z):
        return enough_predators(t, z, params)

    crosses.terminal, crosses.direction = True, direction
    options = dict(method="DOP853", events=crosses, rtol=1e-12, atol=1e-12)
    found = solve_ivp(lambda t, z: lotka_volterra(t, z, params), [start, start + 20.0], z0, **options)
    return mixture(found.t_events[0][0], found.y_events[0][0])


def differences(function, inputs, step=1e-5):
    x = ravel(inputs)
    values = [[function(unravel(inputs, x + s * e)) for s in (step, -step)] for e in np.eye(x.size)]
    return unravel(inputs, np.array([(up - down) / (2 * step) for up, down in values]))


@pytest.fixture(scope="module")
def truths():
    """The value and the gradient, for each direction."""
    return {
        direction: (
            scipys_meeting(INPUTS, direction),
            ravel(differences(lambda inputs, to=direction: scipys_meeting(inputs, to), INPUTS)),
        )
        for direction in (0, 1, -1)
    }


@pytest.mark.parametrize(
    ("method", "gradient", "direction"),
    [
        *((method, "interpolated", 0) for method in SOLVERS),
        ("lsoda", "adjoint", 0),
        ("lsoda", "checkpointed", 1),
        ("dopri5", "adjoint", -1),
        ("dopri5-np", "backprop", 0),
    ],
)
def test_predators_reach_a_threshold(truths, method, gradient, direction):
    # The gradient in the start, the initial state, all rates, and a parameter that the event alone reads.
    value, by_differences = truths[direction]
    options = dict(direction=direction, method=method, gradient=gradient, rtol=1e-8, atol=1e-10)
    assert meeting(INPUTS, **options) == pytest.approx(value, abs=2e-6)
    found = ravel(grad(lambda inputs: meeting(inputs, **options))(INPUTS))
    assert_allclose(found, by_differences, atol=1e-5 * np.abs(by_differences).max())


def test_forward_mode_and_the_gradient_agree():
    moved = (np.array([0.3, -0.2]), {"rates": np.array([1.0, -1.0, 0.5, 2.0]), "threshold": 0.7}, 0.4)
    options = dict(method="dop853", rtol=1e-10, atol=1e-12)
    t_dot = make_jvp(lambda rates: meeting((INPUTS[0], {**INPUTS[1], "rates": rates}, 0.1), **options))
    found = t_dot(INPUTS[1]["rates"])(moved[1]["rates"])[1]
    by_gradient = grad(lambda inputs: meeting(inputs, **options))(INPUTS)[1]["rates"] @ moved[1]["rates"]
    assert found == pytest.approx(by_gradient, rel=1e-7)


def test_a_stiff_reaction():
    # f at a z within tolerance is off by as much as the tolerance times the stiffness, some 1e4: the rate is not.
    def robertson(t, y, k):
        slow, fast, back = k[0] * y[0], k[1] * y[1] ** 2, k[2] * y[1] * y[2]
        return np.array([back - slow, slow - back - fast, fast])

    y0, k, scale = np.array([1.0, 0.0, 0.0]), np.array([0.04, 3e7, 1e4]), 1e-3

    def product(t, y, k=None):
        return y[2] - 0.3

    product.terminal = True

    def truth(k):
        options = dict(method="Radau", rtol=1e-9, atol=1e-13, events=product)
        return solve_ivp(lambda t, y: robertson(t, y, k), [0, 1000], y0, **options).t_events[0][0]

    def when(k):
        options = dict(method="radau", gradient="interpolated", rtol=1e-6, atol=1e-9)
        return solve_until(robertson, y0, [0.0, 1000.0], k, event=product, **options)[0]

    assert when(k) == pytest.approx(truth(k), rel=1e-5)
    by_differences = [(truth(k + scale * e) - truth(k - scale * e)) / (2 * scale * e.sum()) for e in np.diag(k)]
    assert_allclose(grad(when)(k), by_differences, rtol=1e-3)


@pytest.mark.parametrize(
    ("method", "rate"), [*((method, 1e7) for method in ("radau", "bdf", "lsoda")), ("bdf", 1e3), ("lsoda", 10.0)]
)
def test_a_fast_relaxation(method, rate):
    """z follows cos(w t), at a distance of the tolerance: too far for f to tell dz/dt where the rate is high."""

    def when(w):
        options = dict(method=method, gradient="interpolated", direction=-1, rtol=1e-7, atol=1e-9)
        return solve_until(f, np.ones(1), [0.0, 5.0], w, event=lambda t, z, w: z[0] - 0.5, **options)[0]

    def f(t, z, w):
        return -rate * (z - np.cos(w * t))

    # Apart from exp(-rate t): the curve that attracts is cos(w t - lag) / sqrt(1 + (w / rate)**2).
    def exactly(w):
        return (np.arctan(w / rate) + np.arccos(0.5 * np.sqrt(1 + (w / rate) ** 2))) / w

    bound = 1e-5 if rate > 10 else 3e-4  # exp(-10 pi / 3) at the slow rate.
    assert when(1.0) == pytest.approx(exactly(1.0), abs=bound)
    assert grad(when)(1.0) == pytest.approx(grad(exactly)(1.0), rel=3 * bound)


@pytest.mark.parametrize("span", [[5.0, 25.0], [5.0, -15.0]], ids=["ascending", "descending"])
def test_a_tree_of_states(span):
    def kick(t, state, g):
        return {"v": -g, "x": state["v"]}

    def first(inputs):
        x, v, g = inputs
        options = dict(rtol=1e-9, atol={"x": 1e-9, "v": 1e-8})
        return solve_until(kick, {"x": x, "v": v}, span, g, event=lambda t, state, g: state["x"], **options)

    def exactly(inputs):
        x, v, g = inputs
        sign = 1 if span[1] > span[0] else -1
        return span[0] + (v + sign * np.sqrt(v**2 + 2 * g * x)) / g

    inputs = (2.0, 1.0, 9.81)
    t, state = first(inputs)
    assert t == pytest.approx(exactly(inputs), abs=1e-8)
    assert state["x"] == pytest.approx(0, abs=1e-12)
    assert state["v"] == pytest.approx(1.0 - 9.81 * (t - span[0]), rel=1e-8)
    assert_allclose(grad(lambda inputs: first(inputs)[0])(inputs), grad(exactly)(inputs), rtol=1e-7)


def thrust(t, z, W):
    return np.array([z[1], W[0] * (t < 2) - W[1] * ((8 < t) & (t <= 10))])


@pytest.mark.parametrize("method", SOLVERS)
def test_across_jumps(method):
    # At t = 8 the way is 14 W0 and the speed 2 W0; from there on it brakes.
    def when(W):
        options = dict(method=method, jumps=[2, 8], rtol=1e-8, atol=1e-8)
        return solve_until(thrust, np.zeros(2), [0.0, 10.0], W, event=lambda t, z, W: z[0] - 45.0, **options)[0]

    def exactly(W):
        return 8 + (2 * W[0] - np.sqrt(4 * W[0] ** 2 - 2 * W[1] * (45.0 - 14 * W[0]))) / W[1]

    W = np.array([3.0, 3.0])
    assert when(W) == pytest.approx(exactly(W), abs=1e-6)
    assert_allclose(grad(when)(W), grad(exactly)(W), rtol=1e-5)


@pytest.mark.parametrize("method", SOLVERS)
def test_an_event_at_a_jump(method):
    # The way is 6 where the thrust ends.
    options = dict(method=method, jumps=[2, 8], rtol=1e-8, atol=1e-8)
    t, z = solve_until(thrust, np.zeros(2), [0.0, 10.0], (3.0, 3.0), event=lambda t, z, W: z[0] - 6.0, **options)
    assert_allclose([t, *z], [2.0, 6.0, 6.0], atol=1e-6)


def own_solver(rhs, y0, t, rtol, atol):
    return solve(rhs, y0, t, method="dop853", rtol=rtol, atol=atol)


def test_a_solver_of_ones_own():
    t, z = solve_until(fall, [10.0, 0.0], [0, 9], {"g": 9.81}, event=height, method=own_solver)
    assert t == pytest.approx(np.sqrt(20 / 9.81), rel=1e-8)
    assert z[1] == pytest.approx(-np.sqrt(2 * 9.81 * 10), rel=1e-8)


def test_float32_stays_float32():
    z0, g = np.array([10.0, 0.0], np.float32), np.float32(9.81)
    t, z = solve_until(fall, z0, [0, 9], {"g": g}, event=height, method="dopri5-np")
    assert t.dtype == np.float64
    assert z.dtype == np.float32
    assert t == pytest.approx(np.sqrt(20 / 9.81), rel=1e-5)


def test_an_event_in_time_alone_has_no_gradient_of_its_time():
    def loss(rates):
        params = {**INPUTS[1], "rates": rates}
        t, z = solve_until(lotka_volterra, INPUTS[0], [0, 9], params, event=lambda t, z, params: t - 3.0)
        return 10 * t + z[0]

    without = grad(lambda rates: odeint(lotka_volterra, INPUTS[0], [0, 3], {"rates": rates})[-1, 0])
    assert_allclose(grad(loss)(INPUTS[1]["rates"]), without(INPUTS[1]["rates"]), rtol=1e-4)
