"""Gradients through fixed steps, and from checkpoints: the same forward values, and what each gradient is exact for."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian

from minode import count_nfe, odeint
from minode.base.trees import ravel, tree_map, unravel
from minode.gradcheck.check import central_differences, relative_errors, weights
from minode.ode.gradients.segments import checkpoint_segments
from minode.ode.solvers import fixed_step
from tests.pairs import pairs
from tests.problems import ADAPTIVE, DIRECTIONS, FIXED, PROBLEMS, decay, in_direction, inputs_of, loss_of, states_of

T = [0.0, 0.4, 1.0]


@pytest.mark.parametrize(
    ("name", "direction", "method"), pairs(["linear", "oscillator", "logistic"], DIRECTIONS, ADAPTIVE)
)
def test_checkpointed_equals_adjoint_on_easy_problems(name, direction, method):
    problem, options = in_direction(name, direction), dict(method=method, rtol=1e-9, atol=1e-11)
    # LSODA chooses its first step by the first time it is asked for, and a checkpoint may be that.
    exact = 0 if method.startswith("dop") else 10 * options["rtol"]
    plain, more = states_of(problem, **options), states_of(problem, gradient="checkpointed", **options)
    np.testing.assert_allclose(more, plain, rtol=exact)
    adjoint, checkpointed = [
        grad(loss_of(problem, gradient=gradient, **options))(inputs_of(problem))
        for gradient in ("adjoint", "checkpointed")
    ]
    assert max(relative_errors(checkpointed, adjoint).values()) < 1e-6


def relaxation(t, z, rate):
    return rate * (anp.cos(t) - z)


@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize("method", ADAPTIVE)
def test_checkpoints_keep_the_state_from_drifting(method):
    """Back over a whole contraction by exp(-10) an error grows by exp(10), over an eighth of it by exp(10 / 8)."""

    def drift(gradient):
        options = dict(method=method, gradient=gradient)
        with count_nfe() as nfe:
            grad(lambda rate: odeint(relaxation, 2.0, [0.0, 1.0], rate, **options)[-1])(10.0)
        return nfe.reconstruction_error

    assert drift("checkpointed") < drift("adjoint") / 10


@pytest.mark.parametrize("t", [[0.0, 1.0], [0.0, 0.1, 0.2, 5.0], [3.0, 2.9, -1.0], np.linspace(0, 1, 30)])
@pytest.mark.parametrize("checkpoints", [1, 4, 8])
def test_no_segment_is_longer_than_its_share(t, checkpoints):
    times, observed, steps = checkpoint_segments(np.array(t), None, checkpoints)
    np.testing.assert_array_equal(times[observed], t)
    assert steps is None
    share = abs(t[-1] - t[0]) / checkpoints
    assert np.abs(np.diff(times)).max() <= share * (1 + 1e-8)
    assert len(times) <= len(t) + checkpoints


@pytest.mark.parametrize("checkpoints", [1, 3, 8, 100])
@pytest.mark.parametrize("n_steps", [1, 7, [5, 3, 12, 1]])
@pytest.mark.parametrize("method", FIXED)
def test_checkpoints_leave_fixed_steps_alone(method, n_steps, checkpoints):
    problem, options = PROBLEMS["forced"], dict(method=method, n_steps=n_steps)
    through_steps = states_of(problem, gradient="backprop", **options)
    checkpointed = states_of(problem, gradient="checkpointed", checkpoints=checkpoints, **options)
    np.testing.assert_allclose(checkpointed, through_steps, rtol=1e-14)
    np.testing.assert_allclose(states_of(problem, **options), through_steps, rtol=1e-14)


# Euler's steps back do not retrace its steps forward.
@pytest.mark.filterwarnings("ignore::minode.ReconstructionWarning")
@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_gradients_with_fixed_steps_converge_with_the_order_of_the_method(method, order, gradient):
    problem = PROBLEMS["forced"]
    reference = grad(loss_of(problem, method="dop853", rtol=1e-12, atol=1e-12))(inputs_of(problem))
    coarse, fine = [
        max(
            relative_errors(
                grad(loss_of(problem, method=method, gradient=gradient, n_steps=n))(inputs_of(problem)), reference
            ).values()
        )
        for n in (16, 32)
    ]
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.3)


def through_complex_steps(problem, method, n_steps, h=1e-30):
    """The gradient of the discretised system: the same steps taken in complex numbers, each input in turn perturbed."""
    inputs = tree_map(lambda leaf: leaf + 0j, inputs_of(problem))
    losses = []
    for step in 1j * h * np.eye(ravel(inputs).size):
        z0, params, t = unravel(inputs, ravel(inputs) + step)
        path = fixed_step.integrate(
            lambda t, z, params=params: np.array(problem.f(t, z, params)), z0, t, method, [n_steps] * (len(t) - 1)
        )
        losses.append(np.sum(weights(problem) * path))
    return unravel(inputs_of(problem), np.imag(losses) / h)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("method", FIXED)
@pytest.mark.parametrize("name", ["oscillator", "forced", "lotka-volterra"])
def test_backprop_is_exact_for_the_discretised_system(name, method, direction):
    problem = in_direction(name, direction)
    gradient = grad(loss_of(problem, method=method, n_steps=3, gradient="backprop"))(inputs_of(problem))
    assert max(relative_errors(gradient, through_complex_steps(problem, method, 3)).values()) < 1e-13


@pytest.mark.parametrize("method", FIXED)
def test_backprop_agrees_with_finite_differences_of_the_discretised_system(method):
    problem = PROBLEMS["forced"]
    loss, inputs = loss_of(problem, method=method, n_steps=3, gradient="backprop"), inputs_of(problem)
    assert max(relative_errors(grad(loss)(inputs), central_differences(loss)(inputs)).values()) < 1e-8


def test_f_that_closes_over_a_traced_array_is_right_under_backprop():
    def end(W):
        return odeint(lambda t, z, params: -W * z, 1.0, T, method="rk4", n_steps=20, gradient="backprop")[-1]

    assert grad(end)(0.5) == pytest.approx(-np.exp(-0.5), rel=1e-6)


def test_second_derivatives_through_backprop():
    def end(inputs):
        return odeint(decay, inputs[0], T, inputs[1], method="rk4", n_steps=20, gradient="backprop")[-1]

    z, w = 2.0, 0.5
    exact = np.exp(-w) * np.array([[0, -1], [-1, z]])
    np.testing.assert_allclose(hessian(end)(np.array([z, w])), exact, atol=1e-6)


def test_float64_parameters_leave_a_float32_state_float32():
    z = odeint(
        lambda t, z, p: -p * z,
        np.ones(2, dtype=np.float32),
        [0.0, 1.0],
        np.array([0.5, 2.0]),
        method="rk4",
        n_steps=4,
        gradient="backprop",
    )
    assert z.dtype == np.float32


def test_an_f_that_depends_on_its_parameters_only_later_is_followed_from_there():
    def f(t, z, rate):
        return rate * z if t > 0.5 else -z

    def loss(rate):
        options = dict(method="dopri5-np", gradient="backprop", rtol=1e-9, atol=1e-9)
        return anp.sum(odeint(f, np.array([1.0, 2.0]), [0.0, 0.5, 0.75, 1.0], rate, **options)[-1])

    exact = 3 * np.exp(-0.5) * 0.5 * np.exp(0.5 * 1.3)
    assert grad(loss)(1.3) == pytest.approx(exact, rel=1e-5)
