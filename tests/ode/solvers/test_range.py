"""No method but VODE evaluates f outside the requested times, however they lie; where one does, the error says so."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.tracer import getval
from scipy.integrate import ode

from minode import SolverError, odeint, solve
from tests.pairs import name_of, pairs
from tests.problems import ADAPTIVE, FIXED

INSIDE = [method for method in [*ADAPTIVE, *FIXED] if method != "vode"]
RANGES = [(0.0, 1.0), (0.3, 1.1), (-0.7, 0.1), (1e-17, 0.3), (0.1, 0.3), (0.0, 1e-9), (1.0, 1.0 - 1e-9), (8e-3, 0.0)]


def gradients(method):
    return ("adjoint", "checkpointed", *(["backprop"] if method in [*FIXED, "dopri5-np"] else []))


EACH_WAY = [(method, gradient) for method in INSIDE for gradient in gradients(method)]


@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize(("way", "dtype", "n_times"), pairs(EACH_WAY, [np.float64, np.float32], [2, 5]), ids=name_of)
def test_f_is_evaluated_within_the_range(way, dtype, n_times):
    method, gradient = way

    def loss(t, w):
        def f(s, z, w):
            assert min(t_range) <= getval(s) <= max(t_range)
            return w * anp.sqrt(abs(s - t_range[1])) - z

        steps = dict(n_steps=3) if method in FIXED else {}
        options = dict(method=method, gradient=gradient, rtol=1e-5, atol=1e-5)
        return anp.sum(odeint(f, np.ones(2, dtype), t, w, **options, **steps))

    for t_range in RANGES:
        t = np.linspace(*t_range, n_times)
        with np.errstate(divide="ignore", invalid="ignore"):
            assert np.isfinite(grad(loss, argnum=1)(t, 0.5))


def square_root(t, z, p):
    return p * anp.sqrt(t) + 0 * z


@pytest.mark.parametrize("t", [(0.0, 8e-3), (8e-3, 0.0), (0.0, 2e-3, 8e-3)], ids=str)
@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
@pytest.mark.parametrize("method", [method for method in ADAPTIVE if method != "vode"])
def test_the_gradient_of_a_field_that_ends_with_the_range(method, gradient, t):
    def end(p):
        return odeint(square_root, 1.0, t, p, method=method, gradient=gradient, rtol=1e-8, atol=1e-10)[-1]

    assert grad(end)(2.0) == pytest.approx(2 / 3 * (t[-1] ** 1.5 - t[0] ** 1.5), rel=1e-4)


def vode_black_box(rhs, y0, t, rtol, atol):
    solver = ode(rhs).set_integrator("vode", rtol=rtol, atol=atol).set_initial_value(y0, t[0])
    return [y0] + [solver.integrate(t_i).copy() for t_i in t[1:]]


def not_finite(t, y):
    return -y if t <= 1 else y + np.inf


def of_the_wrong_shape(t, y):
    return -y if t <= 1 else np.ones(3)


def nothing(t, y):
    return -y if t <= 1 else None


def raising(t, y):
    if t > 1:
        raise ZeroDivisionError("in f")
    return -y


@pytest.mark.parametrize("method", ["vode", vode_black_box])
@pytest.mark.parametrize(
    ("f", "cause"),
    [(not_finite, SolverError), (of_the_wrong_shape, ValueError), (nothing, TypeError), (raising, ZeroDivisionError)],
)
def test_an_overshoot_is_named(method, f, cause):
    message = (
        r"evaluated f at t = 1\.\d*, outside the range from 0 to 1, and there f failed.*'lsoda', 'dopri5', 'dop853'"
    )
    with pytest.raises(SolverError, match=message) as caught:
        solve(f, [1.0, 2.0], [0, 1], method=method)
    assert type(caught.value.__cause__) is cause
    assert str(caught.value).startswith("vode" if method == "vode" else "the solver given as method")


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
def test_an_overshoot_on_the_way_back_is_not_taken_for_a_drift_of_z(gradient):
    with pytest.raises(SolverError, match=r"backward solve.*vode evaluated f at t = -.*'lsoda', 'dopri5'") as caught:
        grad(lambda p: odeint(square_root, 1.0, [0.0, 8e-3], p, method="vode", gradient=gradient)[-1])(2.0)
    assert "drift" not in str(caught.value)


def test_an_exception_of_f_inside_the_range_comes_out_as_itself():
    def f(t, y):
        if t > 0.5:
            raise KeyError("in f")
        return -y

    with pytest.raises(KeyError, match="in f"):
        solve(f, [1.0], [0, 1], method="vode")


def test_a_black_box_may_miss_the_end_by_a_rounding():
    def rounding(rhs, y0, t, rtol, atol):
        return [y0, y0 + rhs(np.nextafter(t[1], np.inf), y0)]

    np.testing.assert_array_equal(solve(lambda t, y: 1 - t + 0 * y, [1.0], [0, 1], method=rounding), [[1.0], [1.0]])


@pytest.mark.parametrize("n_times", [2, 1001])
@pytest.mark.parametrize("direction", [1, -1])
def test_lsoda_sees_a_force_that_is_off_before_the_last_time(direction, n_times):
    """A long step over the last time lands where the force is on again, and sees nothing of the pause."""
    t = direction * np.linspace(0, 54, n_times)
    y = solve(lambda t, y: 0 * y + (not 48 < abs(t) <= 54), [0.0], t, method="lsoda")
    assert abs(y[-1, 0]) == pytest.approx(48, abs=0.01)


@pytest.mark.parametrize("origin", [0.0, 1e6, 1.7e9, -1.7e9])
@pytest.mark.parametrize("method", ["lsoda", "vode"])
def test_a_time_far_from_zero_costs_no_more_than_its_rounding(method, origin):
    t = origin + np.array([0.0, 1e-3, 0.5, 1.0])
    y = solve(lambda s, y: -50 * y, [1.0], t, method=method, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(y[:, 0], np.exp(-50 * (t - t[0])), rtol=1e-5, atol=1e-9)
