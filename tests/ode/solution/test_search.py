"""The search for an event: what lies near the start, beyond it, or between the steps, and what is refused."""

import autograd.numpy as np
import numpy as onp
import pytest
from autograd import grad, hessian
from autograd.tracer import getval

from minode import SolverError, count_nfe, solve_until

SOLVERS = ["lsoda", "dopri5", "dop853", "dopri5-np", "radau", "bdf"]
ONE = np.array([1.0, 0.0])


def oscillator(t, z, params=()):
    """From ONE: cos t and -sin t."""
    return np.array([z[1], -z[0]])


def when(event, z0=ONE, t=(0.0, 10.0), f=oscillator, params=(), **options):
    return solve_until(f, z0, t, params, event=event, **options)[0]


@pytest.mark.parametrize(
    ("method", "direction", "turns"),
    [
        *((method, 0, 0.25) for method in SOLVERS),
        *(("lsoda", *way) for way in [(-1, 0.25), (1, 0.75)]),
        ("radau", 1, 0.75),
    ],
)
def test_directions(method, direction, turns):
    options = dict(direction=direction, method=method, rtol=1e-8)
    assert when(lambda t, z, W: z[0], **options) == pytest.approx(2 * np.pi * turns, abs=1e-6)
    # Backward in t "increases" means on the way of the solve.
    assert when(lambda t, z, W: z[0], t=[0, -10], **options) == pytest.approx(-2 * np.pi * turns, abs=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e-14, -1e-14])
@pytest.mark.parametrize("speed", [1.0, -1.0, 1e-3])
def test_the_zero_at_the_start_does_not_count(offset, speed):
    found = when(lambda t, z, W: z[0], z0=np.array([offset, speed]), rtol=1e-9, atol=1e-10)
    assert found == pytest.approx(np.pi, abs=1e-6)


@pytest.mark.parametrize(("method", "depth"), [*((method, 1e-4) for method in SOLVERS), ("lsoda", 1e-2)])
def test_two_zeros_close_together(method, depth):
    # cos t dips below -1 + depth and comes back.
    options = dict(method=method, rtol=1e-9, atol=1e-9)
    down = when(lambda t, z, W: z[0] + 1 - depth, **options)
    up = when(lambda t, z, W: z[0] + 1 - depth, direction=1, **options)
    # Near its turn the zero moves by the tolerance over the rate.
    assert [down, up] == pytest.approx([np.arccos(depth - 1), 2 * np.pi - np.arccos(depth - 1)], abs=1e-5)


def test_a_largest_step_finds_what_is_narrow():
    def pulse(t, z, W):
        return 0.5 - np.exp(-(((t - 4.1) / 1e-3) ** 2))

    with pytest.raises(SolverError, match="set max_step"):
        when(pulse)
    assert when(pulse, max_step=4e-3) == pytest.approx(4.1 - 1e-3 * np.sqrt(np.log(2)), abs=1e-9)


@pytest.mark.parametrize("method", SOLVERS)
def test_f_may_blow_up_beyond_the_event(method):
    # z = 1 / (1 - t).
    found = when(lambda t, z, W: z[0] - 1000.0, np.ones(1), [0, 5], lambda t, z, W: z**2, method=method)
    assert found == pytest.approx(0.999, abs=1e-4)


@pytest.mark.parametrize("method", SOLVERS)
@pytest.mark.parametrize("error", [None, ValueError])
def test_f_may_be_undefined_beyond_the_event(method, error):
    def draining(t, z, W):
        """Torricelli's law: z = (1 - t / 2)**2."""
        if error and z[0] < 0:
            raise error("no water")
        return -np.sqrt(z)

    with onp.errstate(invalid="raise"):
        found = when(lambda t, z, W: z[0] - 0.01, np.ones(1), [0, 5], draining, method=method, rtol=1e-8)
    assert found == pytest.approx(1.8, abs=1e-5)


def test_little_is_solved_beyond_the_event():
    def stiffening(t, z, W):
        return np.array([1.0, -(10.0 ** (3 * z[0])) * z[1]])

    with count_nfe() as nfe:
        t = when(lambda t, z, W: z[0] - 1.0, np.array([0.0, 1.0]), [0, 5], stiffening, method="dopri5")
    assert t == pytest.approx(1.0, abs=1e-6)
    # To t = 5 it would need some 1e14 steps. Up to the event they are some hundreds.
    assert nfe.forward < 20_000


def test_far_from_the_last_time():
    assert when(lambda t, z, W: z[0], t=[0.0, 1e9], rtol=1e-9) == pytest.approx(np.pi / 2, abs=1e-6)


def test_what_f_raises_comes_out():
    def fails(t, z, W):
        if t > 1:
            raise KeyError("table")
        return oscillator(t, z)

    with pytest.raises(KeyError, match="table"):
        when(lambda t, z, W: z[0], f=fails)
    with pytest.raises(ZeroDivisionError):
        when(lambda t, z, W: z[0], f=lambda t, z, W: [z[1], 1 / 0])


def test_keyboard_interrupts_come_out_at_once():
    calls = []

    def interrupted(t, z, W):
        calls.append(t)
        if t > 1:
            raise KeyboardInterrupt
        return oscillator(t, z)

    with pytest.raises(KeyboardInterrupt):
        when(lambda t, z, W: z[0], f=interrupted)
    assert sum(t > 1 for t in calls) == 1


@pytest.mark.parametrize(
    ("event", "options", "error", "message"),
    [
        (
            lambda t, z, W: z[0] - 3,
            {},
            SolverError,
            r"does not cross zero up to t\[-1\] = 10: it goes from -2 at t\[0\]",
        ),
        (lambda t, z, W: z[0] - 3, {}, SolverError, "nearest to zero it was -2, at t = "),
        (lambda t, z, W: z[0], {"direction": 1, "t": [0, 4]}, SolverError, "does not cross zero upwards"),
        (lambda t, z, W: np.sum((z + ONE) ** 2), {}, SolverError, "touches zero without a change of its sign"),
        (lambda t, z, W: z[0] ** 3, {}, SolverError, "touches zero at t = 1.57.* rather than|not found again"),
        (
            lambda t, z, W: z[0] + 1 - 3e-7,
            {"rtol": 1e-4},
            SolverError,
            "touches zero|does not cross zero|not found again",
        ),
        (lambda t, z, W: z[0] - 3, {"max_steps": 20}, SolverError, "raise max_steps, which is 20"),
        (lambda t, z, W: np.sign(z[0]), {}, ValueError, "event jumps over zero at t = 1.57"),
        (lambda t, z, W: z, {}, ValueError, r"event returned shape \(2,\); expected one number"),
        (lambda t, z, W: z[:1], {}, ValueError, r"event returned shape \(1,\)"),
        (lambda t, z, W: np.log(z[0]), {}, ValueError, r"event returned nan at t = "),
        (lambda t, z, W: z[0] < 0, {}, TypeError, r"expected a real number; return what changes its sign"),
        (lambda t, z, W: 1j * z[0], {}, TypeError, "event returned .* expected a real number"),
        (lambda t, z, W: None, {}, TypeError, "event returned None"),
        ("z[0]", {}, TypeError, r"expected a function event\(t, z, params\)"),
        (lambda t, z, W: z[0], {"direction": 2}, ValueError, "direction is 2; expected 1"),
        (lambda t, z, W: z[0], {"direction": True}, ValueError, "direction is True"),
        (lambda t, z, W: z[0], {"method": "rk4"}, ValueError, "method='rk4' takes equal steps"),
        (lambda t, z, W: z[0], {"n_steps": 3}, ValueError, "n_steps is 3 with method='lsoda'"),
        (lambda t, z, W: z[0], {"t": [0.0]}, ValueError, "t has one entry"),
        (lambda t, z, W: z[0], {"jumps": [11.0]}, ValueError, r"jumps\[0\] is 11.0"),
        (lambda t, z, W: z[0], {"tolerance": 1}, TypeError, "unexpected keyword argument 'tolerance'"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_what_is_refused(event, options, error, message):
    with pytest.raises(error, match=message):
        when(event, **options)


def test_a_blow_up_before_the_event_is_told():
    with pytest.raises(
        SolverError, match=r"no event up to t = 1, where event is .*, and no solution beyond: dopri5 stopped"
    ):
        when(lambda t, z, W: z[0] + 1.0, np.ones(1), [0, 5], lambda t, z, W: z**2, method="dopri5")


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (lambda t, z, W: getval(z)[0], "by autograd at 0: part of it is not traced"),
        (lambda t, z, W: 0.5 * z[0] + 0.5 * getval(z)[0], "part of it is not traced"),
        (lambda t, z, W: float(z[0]), "event cannot be differentiated as it is written"),
    ],
)
def test_an_event_that_autograd_does_not_see_is_refused(event, message):
    assert when(event) == pytest.approx(np.pi / 2, abs=1e-5)
    with pytest.raises(TypeError, match=message):
        grad(lambda z0: when(event, z0=z0))(ONE)


@pytest.mark.parametrize("part", ["t", "z"])
def test_second_derivatives_are_refused(part):
    def result(z0):
        t, z = solve_until(oscillator, z0, [0, 9], event=lambda t, z, W: z[0], method="dopri5-np", gradient="backprop")
        return t if part == "t" else z[1]

    with pytest.raises(TypeError, match="no second derivatives"):
        hessian(result)(ONE)
