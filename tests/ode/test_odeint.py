"""The door of `odeint`: what it refuses, and how; what a vector field may do wrong; whose exceptions come out."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp

from minode import SolverError, odeint
from minode.ode.odeint import GRADIENTS
from tests.problems import ADAPTIVE, FIXED, decay

T = [0.0, 0.4, 1.0]
each_way = pytest.mark.parametrize(
    "options",
    [
        *(dict(method=method) for method in ADAPTIVE),
        *(dict(method=method, gradient="interpolated") for method in [*ADAPTIVE, "radau", "bdf"]),
        *(
            dict(method=method, n_steps=40, gradient=gradient)
            for method in FIXED
            for gradient in GRADIENTS
            if gradient != "interpolated"
        ),
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)


@pytest.fixture(params=["plain", "traced"])
def call(request):
    """`odeint` on a harmless problem with some arguments replaced, on its own or under `grad`."""

    def solve(params, f=decay, t=T, **options):
        return odeint(f, options.pop("z0", [1.0, 2.0]), t, options.pop("W", params), **options)

    if request.param == "plain":
        return lambda **arguments: solve(0.5, **arguments)
    return lambda **arguments: grad(lambda params: anp.sum(solve(params, **arguments)))(0.5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(t=1.0), ValueError, r"t has shape \(\); expected one dimension"),
        (
            dict(t=[[0.0, 1.0]]),
            ValueError,
            r"t has 1 rows, and z0 the shape \(2,\); expected a first axis of 1 samples",
        ),
        (dict(t=[[[0.0, 1.0]]]), ValueError, r"t has shape \(1, 1, 2\); expected one dimension"),
        (dict(t=[]), ValueError, "t is empty"),
        (dict(t=[0.0, 1.0, 1.0]), ValueError, r"not strictly monotone: t\[1\] = 1.0 is followed by t\[2\] = 1.0"),
        (dict(t=[0.0, 2.0, 1.0, 3.0]), ValueError, r"t\[1\] = 2.0 is followed by t\[2\] = 1.0; expected strictly"),
        (dict(t=[3.0, 1.0, 2.0]), ValueError, r"t\[1\] = 1.0 is followed by t\[2\] = 2.0"),
        (dict(t=[0.0, 1.0, 0.0]), ValueError, r"t\[1\] = 1.0 is followed by t\[2\] = 0.0"),
        (dict(t=[0.0, np.nan]), ValueError, r"t is nan at index \[1\]; expected finite numbers"),
        (dict(t=[0.0, np.inf]), ValueError, r"t is inf at index \[1\]"),
        (dict(t="day"), TypeError, "t is 'day' of type str; expected an array of real numbers"),
        (dict(z0=[]), ValueError, r"z0 is empty \(shape \(0,\)\)"),
        (dict(z0=[1.0, np.nan]), ValueError, r"z0 is nan at index \[1\]; expected finite numbers"),
        (dict(z0=[[1.0, 2.0], [np.inf, 0.0]]), ValueError, r"z0 is inf at index \[1, 0\]"),
        (dict(z0=np.array([1j])), TypeError, "z0 is an array of dtype complex128; expected an array of real numbers"),
        (dict(z0=[True]), TypeError, "z0 is an array of dtype bool"),
        (dict(z0=[[1.0], [1.0, 2.0]]), TypeError, "z0 is a ragged list"),
        (dict(z0=None), TypeError, "z0 is None of type NoneType"),
        (dict(W={"layer": [1.0, "relu"]}), TypeError, r"params\['layer'\]\[1\] is 'relu' of type str"),
        (dict(W=(np.ones(2), None)), TypeError, r"params\[1\] is None of type NoneType; expected an array"),
        (dict(W=decay), TypeError, "params is <function decay.*expected an array of real numbers"),
        (dict(method="heun"), ValueError, "unknown method 'heun'; expected one of 'lsoda', 'vode', .*, 'rk4'"),
        (dict(method=None), ValueError, "unknown method None; expected one of 'lsoda'"),
        (dict(gradient="reverse"), ValueError, "unknown gradient 'reverse'; expected one of 'adjoint', 'checkpointed'"),
        (dict(gradient="backprop"), ValueError, "gradient='backprop' with method='lsoda'.*'euler', 'midpoint', 'rk4'"),
        (dict(rtol=0.0), ValueError, "rtol is 0.0; expected positive numbers"),
        (dict(rtol=np.nan), ValueError, "rtol is nan; expected finite numbers"),
        (dict(rtol="tight"), TypeError, "rtol is 'tight' of type str"),
        (dict(atol=-1e-8), ValueError, "atol is -1e-08; expected positive numbers"),
        (dict(atol=[1e-8, 0.0]), ValueError, "atol is 0.0; expected positive numbers"),
        (dict(atol=[1e-8] * 3), ValueError, r"atol has shape \(3,\); expected one number or .*, \(2,\)"),
        (dict(adjoint_rtol=np.inf), ValueError, "adjoint_rtol is inf"),
        (dict(adjoint_atol=0.0), ValueError, "adjoint_atol is 0.0"),
        (dict(n_steps=5), ValueError, "n_steps is 5 with method='lsoda', which chooses its own steps"),
        (dict(method="rk4", n_steps=0), ValueError, "n_steps is 0; expected at least 1"),
        (dict(method="rk4", n_steps=2.0), TypeError, "n_steps is 2.0; expected an integer"),
        (dict(method="rk4", n_steps=[3]), ValueError, "n_steps has 1 entries; expected 2"),
        (dict(max_steps=0), ValueError, "max_steps is 0; expected at least 1"),
        (dict(checkpoints=0), ValueError, "checkpoints is 0; expected at least 1"),
        (dict(f=lambda t, z, W: None), TypeError, r"f returned None; expected a real array of shape \(2,\)"),
        (dict(f=lambda t, z, W: 1j * z), TypeError, "f returned an array of dtype complex128"),
        (dict(f=lambda t, z, W: z > 0), TypeError, "f returned an array of dtype bool"),
        (dict(f=lambda t, z, W: "z"), TypeError, "f returned 'z'"),
        (dict(f=lambda t, z, W: z[:1]), ValueError, r"f returned shape \(1,\); expected \(2,\), the shape of z"),
        (dict(f=lambda t, z, W: z[None]), ValueError, r"f returned shape \(1, 2\); expected \(2,\)"),
    ],
)
def test_bad_input_is_refused_with_its_name(call, arguments, error, message):
    with pytest.raises(error, match=message):
        call(**arguments)


@pytest.mark.parametrize("method", [*ADAPTIVE, *FIXED])
def test_a_field_that_is_not_finite_names_time_and_index(call, method):
    def field(t, z, params):
        return decay(t, z, params) + (np.array([[0.0, 0.0], [np.inf, np.nan]]) if t > 0.3 else 0.0)

    with pytest.raises(SolverError, match=r"is inf at index \[1, 0\], at t = (0\.[3-9]|1)"):
        call(f=field, z0=np.ones((2, 2)), method=method, **(dict(n_steps=4) if method in FIXED else {}))


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("method", ADAPTIVE)
def test_a_solution_with_a_pole_is_said_to_blow_up(call, method):
    with pytest.raises(SolverError, match="the solution seems to blow up"):
        call(f=lambda t, z, params: params * z**2, t=[0.0, 3.0], method=method)


@pytest.mark.parametrize("method", ["vode", "dopri5", "dop853"])
def test_a_stiff_problem_is_told_which_method_to_try(call, method):
    with pytest.raises(SolverError, match=r"max_steps=200.*if the problem is stiff, use method='lsoda'"):
        call(f=lambda t, z, params: -1e5 * params * (z - anp.cos(t)), method=method, max_steps=200)


@each_way
def test_an_exception_in_f_comes_out_as_itself_and_autograd_goes_on(call, options):
    def failing(t, z, params):
        if t > 0.2:
            raise KeyError("in f")
        return decay(t, z, params)

    with pytest.raises(KeyError, match="in f"):
        call(f=failing, **options)
    # One step of Euler's method: 1 - w.
    slope = grad(lambda w: odeint(decay, 1.0, [0.0, 1.0], w, method="euler", n_steps=1, gradient="backprop")[-1])(0.5)
    assert slope == -1


def test_an_exception_on_the_way_back_comes_out_as_itself():
    def failing(t, z, params):
        # Only the backward solve hands f a traced state.
        if not isinstance(z, np.ndarray):
            raise KeyError("on the way back")
        return decay(t, z, params)

    with pytest.raises(KeyError, match="on the way back"):
        grad(lambda params: anp.sum(odeint(failing, 1.0, T, params)))(0.5)


def test_f_that_closes_over_a_traced_array_is_refused():
    def loss(W):
        return anp.sum(odeint(lambda t, z, params: -W * z, 1.0, T))

    with pytest.raises(TypeError, match="without receiving it as an argument; pass it to odeint in params"):
        grad(loss)(0.5)


@pytest.mark.parametrize("argnum", [0, 1, 2])
@pytest.mark.parametrize("outer", [lambda z: z, lambda z: z**2], ids=["linear", "square"])
def test_second_derivatives_through_the_adjoint_are_refused(outer, argnum):
    def loss(w, z0, T):
        return outer(odeint(decay, z0, [0.0, T], w)[-1])

    with pytest.raises(TypeError, match="second derivatives use gradient='backprop'"):
        grad(grad(loss), argnum)(0.5, 1.0, 2.0)


def test_a_gradient_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="is nan at index"):
        grad(lambda w: np.nan * odeint(decay, 1.0, T, w)[-1])(0.5)


@each_way
def test_a_field_may_overwrite_its_input(options):
    def overwriting(t, z, params):
        z *= -params
        return z

    z0 = np.array([1.0, 2.0])
    states, pull = make_vjp_of_states(overwriting, z0, options)
    expected, pull_expected = make_vjp_of_states(decay, z0, options)
    np.testing.assert_array_equal(states, expected)
    np.testing.assert_array_equal(pull(np.ones((3, 2))), pull_expected(np.ones((3, 2))))
    np.testing.assert_array_equal(states, expected)
    np.testing.assert_array_equal(z0, [1, 2])


def make_vjp_of_states(f, z0, options):
    pull, states = make_vjp(lambda t: odeint(f, z0, t, 0.5, **options))(np.array(T))
    return states, pull


def test_a_loss_without_finite_gradient_is_named():
    def loss(z0):
        return anp.sum(anp.sqrt(odeint(lambda t, z, params: -z, z0, [0.0, 1.0])[-1] * 0.0))

    with np.errstate(divide="ignore", invalid="ignore"), pytest.raises(ValueError, match=r"odeint's result is nan"):
        grad(loss)(np.ones(2))


@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dop853"])
@pytest.mark.parametrize("tolerances", [dict(rtol=1e-8), dict(rtol=1e-4, adjoint_rtol=np.full(3, 1e-7))])
def test_tolerances_finer_than_float32_are_warned_of(method, tolerances):
    z0 = np.ones(3, dtype=np.float32)
    with pytest.warns(UserWarning, match="z0 is float32 and rtol below 1e-06") as caught:
        odeint(lambda t, z, params: -z, z0, [0.0, 1.0], method=method, **tolerances)
    assert caught[0].filename == __file__


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("dtype", "options"),
    [(np.float32, dict(rtol=1e-6)), (np.float64, dict(rtol=1e-9)), (np.float32, dict(method="rk4", rtol=1e-9))],
    ids=["coarse", "float64", "fixed steps"],
)
def test_other_tolerances_are_not(dtype, options):
    odeint(lambda t, z, params: -z, np.ones(3, dtype=dtype), [0.0, 1.0], **options)


def test_a_field_that_is_no_function_is_refused_at_the_door():
    with pytest.raises(TypeError, match=r"f is an array of dtype float64; expected a function f\(t, z, params\)"):
        odeint(np.ones(2), lambda t, z, params: -z, [0.0, 1.0])


def assigning(t, z, w):
    dz = np.zeros(2)
    dz[0] = z[1]
    dz[1] = -w["rate"][0] * z[0]
    return dz


def assigning_to_its_state(t, z, w):
    z[0] = 1.0
    return -w["rate"][0] * z


def assigning_to_its_parameters(t, z, w):
    w["rate"][0] = 1.0
    return -w["rate"][0] * z


def of_plain_python(t, z, w):
    return [math.sin(z[0]), w["rate"][0] * z[1]]


def converting(t, z, w):
    return [np.float64(z[0]), w["rate"][0] * float(z[1])]


def extracting(t, z, w):
    return [z[0].item(), w["rate"][0] * z[1]]


@pytest.mark.parametrize("options", [dict(method="vode"), dict(method="rk4", n_steps=5, gradient="backprop")], ids=str)
@pytest.mark.parametrize(
    "f",
    [
        assigning,
        assigning_to_its_state,
        assigning_to_its_parameters,
        of_plain_python,
        converting,
        extracting,
    ],
)
def test_what_cannot_be_traced_is_told_from_what_can(f, options):
    def loss(z0, rate):
        return anp.sum(odeint(f, z0, T, {"rate": rate}, **options))

    assert np.isfinite(loss(np.ones(2), np.ones(1)))
    message = (
        r"^f cannot be differentiated as it is written .*return np.array\(\[...\]\) or use np.stack.*write x, np.sin"
    )
    with pytest.raises(TypeError, match=message) as caught:
        grad(loss, argnum=(0, 1))(np.ones(2), np.ones(1))
    assert "ArrayBox" in f"{caught.value.__cause__} {caught.value.__cause__.__cause__}"


@pytest.mark.parametrize("error", [TypeError("of the user"), ValueError("of the user"), AttributeError("of the user")])
def test_other_errors_in_a_traced_field_come_out_as_themselves(error):
    def failing(t, z, w):
        if not isinstance(z, np.ndarray):
            raise error
        return -w * z

    with pytest.raises(type(error)) as caught:
        grad(lambda w: odeint(failing, 1.0, T, w)[-1])(0.5)
    assert caught.value is error


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.parametrize("method", ["lsoda", "vode", "dopri5", "dopri5-np"])
def test_a_backward_solve_that_blows_up_is_told_from_a_solution_that_does(method):
    def loss(rate):
        return odeint(lambda t, z, rate: -rate * z**3, 1.0, [0.0, 100.0], rate, method=method, rtol=1e-3, atol=1e-3)[-1]

    with pytest.raises(SolverError, match=r"backward solve from .*not the solution itself.*'checkpointed'") as caught:
        grad(loss)(100.0)
    assert "end t before" not in str(caught.value)


def test_a_solution_that_blows_up_under_backprop_is_told_so():
    with (
        np.errstate(over="ignore"),
        pytest.raises(SolverError, match=r"dopri5-np stopped near t = 1: .*seems to blow up"),
    ):
        grad(
            lambda w: odeint(lambda t, z, w: w * z**2, 1.0, [0.0, 2.0], w, method="dopri5-np", gradient="backprop")[-1]
        )(1.0)


@pytest.mark.parametrize("options", [dict(method="rk4"), dict(method="dopri5-np")], ids=str)
def test_nothing_that_is_not_finite_leaves_backprop(options):
    with np.errstate(all="ignore"), pytest.raises(SolverError, match=r"is inf|is nan"):
        odeint(lambda t, z, w: z / anp.where(t > 0.5, 0.0, 1.0), 1.0, T, gradient="backprop", **options)
