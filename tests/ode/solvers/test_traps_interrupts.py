"""Ctrl-C and other signals during a solve: real ones, wherever they strike, and the handlers that users install."""

import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from minode import solve
from minode.base.signals import interrupts_deferred
from minode.ode.solvers.guard import GuardedRHS

COMPILED = ["lsoda", "vode"]
PYTHON = ["dopri5", "dop853", "radau", "bdf", "rk4"]
Y0 = np.array([1.0, 0.0])

# The field is cheap, so that most of the time is the solver's own: Ctrl-C is then served on entry to the callback.
ENDLESS = """
import signal, sys
import numpy as np
from minode import solve
signal.signal(signal.SIGTERM, signal.default_int_handler)
method, repetitions = sys.argv[1], int(sys.argv[2])
steps = dict(n_steps=10**7) if method == "rk4" else dict(max_steps=10**7)
for _ in range(repetitions):
    try:
        print("solving", flush=True)
        solve(lambda t, y: -np.sin(1e3 * t) * y, np.ones(200), [0, 1e6], method=method, **steps)
    except BaseException as error:
        print(type(error).__name__, flush=True)
"""


@pytest.mark.parametrize(
    ("method", "signum"), [*((method, signal.SIGINT) for method in COMPILED + PYTHON), ("vode", signal.SIGTERM)]
)
def test_forty_signals_at_random_instants(method, signum):
    rng = random.Random(method)
    outcomes = []
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, method, "40"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        rescue = threading.Timer(300, process.kill)
        rescue.start()
        while process.stdout.readline() == "solving\n":
            time.sleep(rng.uniform(0.002, 0.008))
            process.send_signal(signum)
            outcomes.append(process.stdout.readline())
        rescue.cancel()
    assert outcomes == ["KeyboardInterrupt\n"] * 40


def interrupting(at, calls, signum=signal.SIGINT):
    """A field that strikes Ctrl-C, or another signal, in its own `at`-th call, and lists its calls."""

    def rhs(t, y):
        calls.append(t)
        if len(calls) == at:
            signal.raise_signal(signum)
        return -y

    return rhs


@pytest.fixture
def sigint_handler():
    """Install handlers of the test's own and put the former back."""
    former = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize("method", COMPILED + PYTHON)
def test_interrupt_inside_the_field_ends_it_at_once(method):
    calls = []
    steps = {"n_steps": 50} if method == "rk4" else {}
    with pytest.raises(KeyboardInterrupt):
        solve(interrupting(7, calls), Y0, [0, 10], method=method, **steps)
    assert len(calls) == 7


@pytest.mark.parametrize("method", COMPILED + PYTHON)
def test_field_that_hangs_can_be_interrupted(method):
    strike = threading.Timer(0.1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    slept_on = []

    def hanging(t, y):
        strike.start()
        time.sleep(300)
        slept_on.append(t)

    with pytest.raises(KeyboardInterrupt):
        solve(hanging, Y0, [0, 1], method=method)
    assert not slept_on


@pytest.mark.parametrize("method", COMPILED)
def test_waiting_for_the_solve_of_another_thread_can_be_interrupted(method, monkeypatch):
    """Which older SciPy makes necessary; here the other thread never ends."""
    lock = threading.Lock()
    monkeypatch.setattr("minode.ode.solvers.compiled._one_at_a_time", lock)
    lock.acquire()
    strike = threading.Timer(0.1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    rescue = threading.Timer(60, lock.release)
    rescue.start()

    def wait_in_vain():
        # On a busy machine it may strike before the solve has begun.
        strike.start()
        solve(lambda t, y: -y, Y0, [0, 1], method=method)

    with pytest.raises(KeyboardInterrupt):
        wait_in_vain()
    rescue.cancel()
    assert lock.locked()


@pytest.mark.parametrize("method", COMPILED)
def test_handler_that_returns_lets_the_solve_go_on(method, sigint_handler):
    received = []
    sigint_handler(lambda signum, frame: received.append(signum))
    y = solve(interrupting(7, []), Y0, [0, 1], method=method)
    assert received == [signal.SIGINT]
    np.testing.assert_array_equal(y, solve(lambda t, y: -y, Y0, [0, 1], method=method))


class Stop(Exception):
    pass


@pytest.fixture(params=["SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1"])
def stopping(request):
    """A signal whose handler raises `Stop`."""
    signum = getattr(signal, request.param)

    def stop(signum, frame):
        raise Stop

    former = signal.signal(signum, stop)
    yield signum
    assert signal.getsignal(signum) is stop
    signal.signal(signum, former)


@pytest.mark.parametrize("method", COMPILED)
def test_handler_that_raises_ends_the_solve_with_its_own_exception(method, stopping):
    calls = []
    with pytest.raises(Stop):
        solve(interrupting(7, calls, stopping), Y0, [0, 1], method=method)
    assert len(calls) == 7


@pytest.mark.parametrize("method", COMPILED)
def test_ignored_interrupt_stays_ignored(method, sigint_handler):
    sigint_handler(signal.SIG_IGN)
    calls = []
    solve(interrupting(7, calls), Y0, [0, 1], method=method)
    assert len(calls) > 7
    assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN


@pytest.mark.parametrize("method", COMPILED)
@pytest.mark.parametrize("at", [7, None], ids=["interrupted", "undisturbed"])
def test_former_handler_is_back_after_a_solve(method, at, sigint_handler):
    def handler(signum, frame):
        raise KeyboardInterrupt

    sigint_handler(handler)
    if at is None:
        solve(lambda t, y: -y, Y0, [0, 1], method=method)
    else:
        with pytest.raises(KeyboardInterrupt):
            solve(interrupting(at, []), Y0, [0, 1], method=method)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize("method", COMPILED)
def test_solve_in_another_thread_leaves_the_handler_alone(method):
    seen = []

    def rhs(t, y):
        seen.append(signal.getsignal(signal.SIGINT))
        return -y

    former = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=solve, args=(rhs, Y0, [0, 1]), kwargs={"method": method})
    thread.start()
    thread.join()
    assert set(seen) == {former}


@pytest.mark.parametrize("method", COMPILED)
def test_interrupt_in_an_inner_solve_passes_through_the_outer_one(method):
    def outer(t, y):
        solve(interrupting(3, []), Y0, [0, 1], method="dopri5")
        return -y

    with pytest.raises(KeyboardInterrupt):
        solve(outer, Y0, [0, 1], method=method)


@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_waits_for_the_next_call_of_a_black_box(times, stopping):
    """As if it struck on entry to the callback of a compiled one; a second one too, but for Ctrl-C."""
    reached = []

    def black_box(rhs, y0, t, rtol, atol):
        for _ in range(1 if stopping == signal.SIGINT else times):
            signal.raise_signal(stopping)
        reached.append("callback")
        rhs(t[0], y0)

    with pytest.raises(Stop):
        solve(lambda t, y: reached.append("field"), Y0, [0, 1], method=black_box)
    assert reached == ["callback"]


@pytest.fixture
def guard():
    return GuardedRHS(lambda t, y: -y, Y0, np.inf)


def test_interrupt_outside_the_field_waits_for_the_next_call(guard):
    with interrupts_deferred(guard):
        signal.raise_signal(signal.SIGINT)
        np.testing.assert_array_equal(guard.quiet(0.0, Y0), 0)
        assert isinstance(guard.failure, KeyboardInterrupt)
        assert guard.evaluations == 0


def test_interrupt_without_a_further_call_is_delivered_when_the_solver_has_returned(guard):
    reached = []

    def solver_that_returns():
        with interrupts_deferred(guard):
            signal.raise_signal(signal.SIGINT)
            reached.append("end")

    with pytest.raises(KeyboardInterrupt):
        solver_that_returns()
    assert reached == ["end"]


def test_signals_of_two_kinds_both_wait(guard):
    """A handler that raises nothing does not take the place of one that does."""
    former = signal.signal(signal.SIGUSR1, lambda signum, frame: None)
    with interrupts_deferred(guard):
        signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGINT)
        np.testing.assert_array_equal(guard.quiet(0.0, Y0), 0)
    signal.signal(signal.SIGUSR1, former)
    assert isinstance(guard.failure, KeyboardInterrupt)


def test_a_solve_needs_no_signals(monkeypatch):
    """As in a browser's Python, where no handler can be set."""
    expected = solve(lambda t, y: -y, Y0, [0, 1], method="vode")

    def refuse(signum, handler):
        raise ValueError("signal only works in main thread of the main interpreter")

    monkeypatch.setattr(signal, "signal", refuse)
    np.testing.assert_array_equal(solve(lambda t, y: -y, Y0, [0, 1], method="vode"), expected)


def test_second_interrupt_reaches_a_solver_that_no_longer_calls_the_field(guard):
    reached = []

    def solver_that_hangs():
        with interrupts_deferred(guard):
            signal.raise_signal(signal.SIGINT)
            reached.append("first")
            signal.raise_signal(signal.SIGINT)
            reached.append("second")

    with pytest.raises(KeyboardInterrupt):
        solver_that_hangs()
    assert reached == ["first"]
