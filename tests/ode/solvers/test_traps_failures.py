"""Failures, the solver's and the field's: each comes out as itself, after a bounded number of evaluations, never with a
partial result.
"""

import itertools
import threading
import traceback
import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from autograd.tracer import trace_stack
from scipy.integrate import ode
from scipy.integrate import odeint as scipy_odeint

from minode import SolverError, odeint, solve
from minode.ode.solvers.implicit import IMPLICIT
from minode.ode.solvers.methods import ADAPTIVE, METHODS

NOT_FOR_STIFF = ["vode", "dopri5", "dop853"]
Y0 = np.array([1.0, 0.5])


def oscillate(t, y):
    return [y[1], -y[0]]


@pytest.fixture
def no_warnings():
    """Not even under filters of the user's that come before those of others."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert not caught


def counted(f):
    """A right-hand side that keeps the times at which it was called."""
    calls = []
    return lambda t, y: calls.append(t) or f(t, y), calls


def fixed_steps(method, n_steps=50):
    return {} if method in ADAPTIVE or callable(method) else {"n_steps": n_steps}


@pytest.mark.parametrize("method", METHODS)
def test_blow_up_is_named(method):
    square, calls = counted(lambda t, y: y**2)
    with np.errstate(over="ignore"), pytest.raises(SolverError, match=r"t = (0\.99|1).*seems to blow up"):
        solve(square, [1.0], [0, 2], method=method, **fixed_steps(method, 100))
    # Ten thousand steps are allowed, and some of the methods evaluate f a dozen times in each.
    assert len(calls) < 120_000


@pytest.mark.parametrize("method", ADAPTIVE)
def test_overflow_inside_the_solver_is_named(method):
    quiet = warnings.catch_warnings(record=True)
    message = r"from 1e\+308 to (inf|nan)|a matrix of radau has an entry that is not finite"
    with quiet, np.errstate(all="ignore"), pytest.raises(SolverError, match=message):
        solve(lambda t, y: 0 * y + 1e308, np.full(3, 1e308), [0, 1], method=method)


@pytest.mark.parametrize("method", NOT_FOR_STIFF)
def test_stiff_problem_is_sent_to_lsoda(method, no_warnings):
    stiff, calls = counted(lambda t, y: -1e9 * (y - np.cos(t)))
    with pytest.raises(SolverError, match="stiff, use method='lsoda'"):
        solve(stiff, [0.0], [0, 10], method=method, max_steps=1000)
    # Dop853 takes twelve a step; as many steps again may be rejected.
    assert len(calls) < 2 * 12 * 1000


def test_lsoda_takes_that_stiff_problem():
    y = solve(lambda t, y: -1e9 * (y - np.cos(t)), [0.0], [0, 5, 10])
    np.testing.assert_allclose(y[1:, 0], np.cos([5, 10]), atol=1e-5)


def diffusion(t, y):
    """Stiff, and each component coupled to its neighbours."""
    return y.size**2 * (np.append(y[1:], 0) - 2 * y + np.append(0, y[:-1]))


def test_lsoda_takes_stiff_coupled_components_while_they_are_few():
    y = solve(diffusion, np.ones(300), [0, 0.01, 1])
    assert np.all(np.abs(y[2]) < np.exp(-9) * np.abs(y[1]).max())


def test_lsoda_says_what_stops_it_where_they_are_many():
    message = "beyond 500 components LSODA copes with stiffness only where they are uncoupled"
    with pytest.raises(SolverError, match=message):
        solve(diffusion, np.ones(600), [0, 1], max_steps=1000)


@pytest.mark.parametrize("method", ADAPTIVE)
def test_step_limit_is_named(method, no_warnings):
    with pytest.raises(SolverError, match=rf"{method} stopped near t = .*max_steps=20"):
        solve(oscillate, Y0, [0, 50], method=method, max_steps=20)


@pytest.mark.parametrize("method", ADAPTIVE)
def test_step_limit_holds_for_each_interval(method):
    t = np.linspace(0, 50, 200)
    y = solve(oscillate, Y0, t, method=method, max_steps=20)
    np.testing.assert_allclose(y[:, 0], Y0[0] * np.cos(t) + Y0[1] * np.sin(t), atol=1e-3)


@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_solver_error_wins_where_warnings_are_errors(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SolverError, match=f"{method} stopped"):
            solve(oscillate, Y0, [0, 50], method=method, max_steps=20)


@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_filters_of_warnings_are_left_as_they_were(method):
    before = warnings.filters.copy()
    solve(oscillate, Y0, [0, 1], method=method)
    assert warnings.filters == before
    with pytest.raises(SolverError):
        solve(oscillate, Y0, [0, 50], method=method, max_steps=20)
    assert warnings.filters == before


@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_warnings_of_the_field_and_of_other_threads_are_shown(method):
    def other():
        warnings.warn("in another thread", UserWarning, stacklevel=1)

    def rhs(t, y):
        warnings.warn("in the field", UserWarning, stacklevel=1)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return oscillate(t, y)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        solve(rhs, Y0, [0, 1], method=method)
    assert {str(warning.message) for warning in caught} == {"in the field", "in another thread"}


def alternating():
    signs = itertools.cycle([1e6, -1e6])
    return lambda t, y: 0 * y + (next(signs) if t > 0.3 else 1)


def noise():
    rng = np.random.default_rng(0)
    return lambda t, y: 1e20 * rng.normal(size=y.shape)


@pytest.mark.parametrize(("method", "nonsense"), [("lsoda", alternating), ("vode", noise)])
def test_repeated_failures_within_a_step_are_named(method, nonsense, no_warnings):
    with pytest.raises(SolverError, match=r"Repeated .* failures"):
        solve(nonsense(), np.ones(3), [0, 1], method=method)


@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_tolerance_below_rounding_is_an_error(method, no_warnings):
    with pytest.raises(SolverError, match=f"{method} stopped.*loosen rtol and atol") as caught:
        solve(oscillate, Y0, [0, 1], method=method, rtol=1e-18, atol=1e-18)
    assert "max_steps" not in str(caught.value)


@pytest.mark.parametrize("method", ["dopri5", "dop853"])
def test_runge_kutta_says_that_it_raises_a_tolerance_below_rounding(method):
    with pytest.warns(UserWarning, match="rtol"):
        y = solve(oscillate, Y0, [0, 1], method=method, rtol=1e-18)
    np.testing.assert_allclose(y[1, 0], Y0[0] * np.cos(1) + Y0[1] * np.sin(1), rtol=1e-8)


def test_lsoda_that_cannot_move_t_does_not_report_success():
    """SciPy before 1.17 returns y0 and "Integration successful."."""
    with pytest.raises(SolverError, match="lsoda stopped near t = 0"):
        solve(lambda t, y: 0 * y + 1e200, [1.0], [0, 1.0], method="lsoda")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_non_finite_field_is_named_with_time_and_index(method, value):
    def rhs(t, y):
        dy = np.zeros((2, 3))
        dy[1, 0] = value if t > 0.5 else 0
        return dy

    message = rf"the right-hand side is {value} at index \[1, 0\], at t = (0\.[5-9]|[1-9]).*"
    with pytest.raises(SolverError, match=message):
        solve(rhs, np.ones((2, 3)), [0, 2], method=method, **fixed_steps(method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (None, TypeError, "returned None"),
        ("text", TypeError, "returned 'text'"),
        (np.ones(2, dtype=complex), TypeError, "complex128; expected real numbers"),
        (np.ones(2, dtype=bool), TypeError, "dtype bool; expected real numbers"),
        (np.ones(2, dtype=object), TypeError, "dtype object; expected real numbers"),
        (1.0, ValueError, r"shape \(\); expected \(2,\)"),
        (np.ones(1), ValueError, r"shape \(1,\); expected \(2,\)"),
        (np.ones(3), ValueError, r"shape \(3,\); expected \(2,\)"),
        (np.ones((1, 2)), ValueError, r"shape \(1, 2\); expected \(2,\)"),
    ],
)
def test_field_of_the_wrong_kind(method, returned, error, message):
    with pytest.raises(error, match=message):
        solve(lambda t, y: returned, Y0, [0, 1], method=method)


def compiled_black_box(rhs, y0, t, rtol, atol):
    """SciPy's VODE as a user would wrap it, exceptions swallowed and all."""
    solver = ode(rhs).set_integrator("vode", rtol=rtol, atol=atol)
    solver.set_initial_value(y0, t[0])
    return [y0] + [solver.integrate(t_i).copy() for t_i in t[1:]]


def another_compiled_black_box(rhs, y0, t, rtol, atol):
    return scipy_odeint(rhs, y0, t, rtol=rtol, atol=atol, tfirst=True)


def forgiving_black_box(rhs, y0, t, rtol, atol):
    for _ in range(100):
        try:
            rhs(t[0], y0)
        except BaseException:
            continue
    return np.ones((len(t), y0.size))


BLACK_BOXES = [compiled_black_box, another_compiled_black_box, forgiving_black_box]


@pytest.mark.parametrize("method", [*METHODS, *BLACK_BOXES])
@pytest.mark.parametrize("kind", [ValueError, MemoryError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("at", [1, 2, 30])
def test_exception_in_the_field_comes_out_as_itself(method, kind, at):
    error, calls = kind("in the field"), []

    def field(t, y):
        calls.append(t)
        if len(calls) >= at:
            raise error
        return oscillate(t, y)

    with pytest.raises(kind) as caught:
        solve(field, Y0, [0, 10], method=method, **fixed_steps(method))
    assert caught.value is error
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)].count("field") == 1
    assert traceback.extract_tb(error.__traceback__)[-1].name == "field"
    assert len(calls) == at


@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_exception_in_the_field_comes_without_warnings_of_the_solver(method, recwarn):
    def field(t, y):
        raise ValueError("in the field")

    with pytest.raises(ValueError, match="in the field"):
        solve(field, Y0, np.linspace(0, 1e3, 50), method=method)
    assert not recwarn.list


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gradient", ["adjoint", "interpolated"])
@pytest.mark.parametrize("at", [1, 10])
def test_exception_in_a_vjp_of_the_backward_solve_comes_out_as_itself(method, at, gradient):
    if gradient == "interpolated" and method not in ADAPTIVE:
        pytest.skip("equal steps have no interpolant")
    if method in IMPLICIT and at == 1:
        pytest.skip("a forward solve does without products that fail at the first attempt")
    error, calls = ValueError("in a VJP"), []

    def pullback(g):
        calls.append(g)
        if len(calls) >= at:
            raise error
        return g

    @primitive
    def identity(z):
        return z

    defvjp(identity, lambda ans, z: pullback)

    def loss(z0):
        options = dict(method=method, gradient=gradient, **fixed_steps(method))
        z = odeint(lambda t, z, params: -anp.tanh(identity(z)), z0, [0.0, 3.0], **options)
        return anp.sum(z[-1])

    level = trace_stack.top
    with pytest.raises(ValueError, match="in a VJP") as caught:
        grad(loss)(Y0)
    assert caught.value is error
    assert len(calls) == at
    assert trace_stack.top == level


@pytest.mark.parametrize("method", METHODS)
def test_a_failed_solve_leaves_nothing_behind(method):
    def failing(t, y):
        raise ValueError("in the field")

    with pytest.raises(ValueError, match="in the field"):
        solve(failing, Y0, [0, 1], method=method)
    y = solve(oscillate, Y0, [0, 1], method=method, **fixed_steps(method, 1000))
    np.testing.assert_allclose(y[1, 0], Y0[0] * np.cos(1) + Y0[1] * np.sin(1), rtol=1e-3)
