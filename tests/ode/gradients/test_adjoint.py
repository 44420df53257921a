"""The adjoint's gradients in z0, params and every t, against truths that use no adjoint."""

from functools import cache

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.builtins import tuple as traced_tuple
from autograd.scipy.integrate import odeint as autograd_odeint
from scipy.integrate import solve_ivp

from minode import SolverError, augmented_dynamics, count_nfe, odeint, solve, vjp
from minode.base.trees import leaves, ravel, rebuild, unravel
from minode.gradcheck.check import observed, relative_errors, weights
from minode.ode.gradients.tolerances import augmented_options
from minode.ode.solvers.options import SolveOptions
from minode.ode.tracing.fields import field
from tests.pairs import pairs
from tests.problems import (
    ADAPTIVE,
    DIRECTIONS,
    PROBLEMS,
    TORCHDIFFEQ,
    complex_step,
    differences,
    in_direction,
    inputs_of,
    loss_of,
    random_mlp,
)

TIGHT = dict(rtol=1e-9, atol=1e-11)
NAMES = ["linear", "oscillator", "logistic", "forced", "lotka-volterra", "mlp"]

each_method = pytest.mark.parametrize("method", ADAPTIVE)
each_direction = pytest.mark.parametrize("direction", DIRECTIONS)


def gradient_of(problem, **options):
    return grad(loss_of(problem, **options))(inputs_of(problem))


def worst_error(gradient, reference):
    return max(relative_errors(gradient, reference).values())


@pytest.mark.parametrize(
    ("name", "method", "direction", "gradient"), pairs(NAMES, ADAPTIVE, DIRECTIONS, ["adjoint", "checkpointed"])
)
def test_gradient_agrees_with_finite_differences(name, method, direction, gradient):
    computed = gradient_of(in_direction(name, direction), method=method, gradient=gradient, **TIGHT)
    assert worst_error(computed, differences(name, direction)) < 1e-6


@pytest.mark.parametrize(("name", "method", "direction"), pairs(TORCHDIFFEQ, ADAPTIVE, DIRECTIONS))
def test_states_and_gradient_agree_with_the_closed_form(name, method, direction):
    problem = in_direction(name, direction)
    states = odeint(problem.f, problem.z0, problem.t, problem.params, method=method, **TIGHT)
    exact = problem.solution(problem.t, problem.z0, problem.params)
    np.testing.assert_allclose(states, exact, rtol=1e-6, atol=1e-9 * np.abs(exact).max())
    reference = grad(observed(problem, problem.solution))(inputs_of(problem))
    assert worst_error(gradient_of(problem, method=method, **TIGHT), reference) < 1e-6


@pytest.mark.parametrize(("name", "direction"), list(zip(NAMES[:-1], DIRECTIONS * 3)))
def test_gradient_agrees_with_autograd_odeint(name, direction):
    problem = in_direction(name, direction)

    def states(t, z0, params):
        def func(z, t, *W):
            return field(problem.f, t, z, rebuild(params, W))

        return autograd_odeint(func, z0, t, traced_tuple(leaves(params)), rtol=1e-10, atol=1e-12)

    by_autograd = grad(observed(problem, states))(inputs_of(problem))
    assert worst_error(gradient_of(problem, rtol=1e-10, atol=1e-12), by_autograd) < 1e-7


@cache
def complex_truth(seed):
    return complex_step(random_mlp(seed))


@pytest.mark.parametrize(("seed", "method", "rtol"), pairs(range(20), ADAPTIVE, [1e-6, 1e-9]))
def test_random_networks_within_a_hundred_tolerances(seed, method, rtol):
    computed = gradient_of(random_mlp(seed), method=method, rtol=rtol, atol=rtol / 100)
    assert worst_error(computed, complex_truth(seed)) < 100 * rtol


@each_direction
@each_method
def test_a_batch_on_the_spiral_agrees_with_the_complex_step(method, direction):
    problem = in_direction("spiral", direction)
    assert worst_error(gradient_of(problem, method=method, **TIGHT), complex_step(problem)) < 1e-6


@each_method
def test_error_falls_with_the_tolerance(method):
    problem, truth = PROBLEMS["lotka-volterra"], differences("lotka-volterra", "ascending")
    computed = [gradient_of(problem, method=method, rtol=rtol, atol=rtol / 100) for rtol in (1e-3, 1e-6, 1e-9)]
    coarse, medium, fine = [worst_error(gradient, truth) for gradient in computed]
    assert medium < coarse / 20
    assert fine < medium / 20


@pytest.mark.parametrize(("i", "direction", "method"), pairs(range(5), DIRECTIONS, ADAPTIVE))
def test_each_time_has_its_own_boundary_term(method, direction, i):
    problem = in_direction("forced", direction)
    expected = differences("forced", direction)[2][i]
    assert expected != 0
    assert gradient_of(problem, method=method, **TIGHT)[2][i] == pytest.approx(expected, rel=1e-6)


@each_method
def test_the_gradient_at_the_first_observation_is_added_once(method):
    """A loss that looks at z(t_0) alone is the identity of z0, wherever and whenever the solve starts."""
    problem, g0 = PROBLEMS["lotka-volterra"], np.array([2.0, -3.0])

    def loss(inputs):
        z0, params, t = inputs
        return anp.dot(g0, odeint(problem.f, z0, t, params, method=method)[0])

    with count_nfe() as nfe:
        dz0, dparams, dt = grad(loss)(inputs_of(problem))
    np.testing.assert_array_equal(dz0, g0)
    np.testing.assert_array_equal([*ravel(dparams), *dt], np.zeros(9))
    assert nfe.backward == len(problem.t)


@each_direction
@each_method
def test_a_loss_on_early_observations_ignores_what_comes_later(method, direction):
    problem = in_direction("lotka-volterra", direction)

    def loss(states):
        return lambda inputs: anp.sum(states(*inputs) ** 2)

    def early(z0, params, t):
        return odeint(problem.f, z0, t, params, method=method, **TIGHT)[1:3]

    short = problem._replace(t=problem.t[:3])
    dz0, dparams, dt = grad(loss(early))(inputs_of(problem))
    dz0_short, dparams_short, dt_short = grad(loss(early))(inputs_of(short))
    np.testing.assert_array_equal(dt[3:], [0, 0])
    np.testing.assert_allclose(dt[:3], dt_short, rtol=1e-6)
    np.testing.assert_allclose(dz0, dz0_short, rtol=1e-6)
    np.testing.assert_allclose(ravel(dparams), ravel(dparams_short), rtol=1e-6)


@each_method
def test_the_gradient_from_its_pieces(method):
    """Eqs. 3.10 and 3.11 by hand for a loss z(T) . w, with nothing but the exported pieces."""
    problem = random_mlp(7)
    f, z0, params, (start, *_, end) = problem.f, problem.z0, problem.params, problem.t
    w, n = np.random.default_rng(1).normal(size=z0.shape), z0.size
    options = dict(method=method, **TIGHT)

    zT = solve(lambda t, z: f(t, z, params), z0, [start, end], **options)[-1]
    s = np.concatenate([zT.ravel(), w.ravel(), np.zeros(ravel(params).size)])
    s = solve(augmented_dynamics(f, z0, params), s, [end, start], **options)[-1]
    a0, dt0, dT = s[n : 2 * n], -s[n : 2 * n] @ f(start, z0, params).ravel(), np.vdot(w, f(end, zT, params))

    def loss(inputs):
        z0, params, t = inputs
        return anp.sum(w * odeint(f, z0, t, params, **options)[-1])

    dz0, dparams, dt = grad(loss)((z0, params, np.array([start, end])))
    np.testing.assert_array_equal(dz0.ravel(), a0)
    np.testing.assert_array_equal(ravel(dparams), s[2 * n :])
    np.testing.assert_allclose(dt, [dt0, dT], rtol=1e-14)


def test_augmented_dynamics_is_f_beside_its_products():
    problem, t = random_mlp(3), 0.7
    rng = np.random.default_rng(0)
    a, a_W = rng.normal(size=problem.z0.shape), rng.normal(size=ravel(problem.params).size)
    ds = augmented_dynamics(problem.f, problem.z0, problem.params)(t, np.concatenate([ravel([problem.z0, a]), a_W]))
    dz, pullback = vjp(problem.f, t, problem.z0, problem.params)
    _, a_dfdz, a_dfdW = pullback(a)
    np.testing.assert_array_equal(ds, ravel([dz, -a_dfdz, -ravel(a_dfdW)]))


def wide(t, z, params):
    """Few states, many parameters: a_W is nearly all of the augmented state."""
    return anp.dot(anp.tanh(anp.dot(z, params["W"]) + t), params["V"])


def wide_problem():
    rng = np.random.default_rng(5)
    params = {"W": rng.normal(size=(2, 60)), "V": rng.normal(size=(60, 2)) / 15}
    return PROBLEMS["spiral"]._replace(f=wide, params=params)


@each_method
def test_seminorm_keeps_the_gradient_and_saves_evaluations(method):
    problem = wide_problem()
    reference = gradient_of(problem, method="dop853", rtol=1e-12, atol=1e-12)
    with count_nfe() as plain:
        gradient_of(problem, method=method, rtol=1e-7, atol=1e-9)
    with count_nfe() as semi:
        computed = gradient_of(problem, method=method, rtol=1e-7, atol=1e-9, seminorm=True)
    assert worst_error(computed, reference) < 1e-5
    assert semi.backward <= plain.backward


@pytest.mark.parametrize(("method", "rescaled"), [("lsoda", 1.0), ("vode", 0.5), ("dopri5", 0.5), ("dop853", 0.5)])
def test_seminorm_rescales_only_root_mean_squares(method, rescaled):
    of_z = SolveOptions(method, rtol=np.array([1e-3, 1e-5]), atol=1e-7)
    options = augmented_options(of_z, (2,), 12, seminorm=True)
    np.testing.assert_allclose(options.rtol[:4], rescaled * np.array([1e-3, 1e-5, 1e-3, 1e-5]))
    np.testing.assert_allclose(options.atol[:4], rescaled * 1e-7)
    assert options.rtol.shape == options.atol.shape == (16,)
    assert np.all(options.atol[4:] > 1e50)


@each_method
def test_vector_tolerances(method):
    problem, truth = PROBLEMS["lotka-volterra"], differences("lotka-volterra", "ascending")
    vector = gradient_of(problem, method=method, rtol=np.array([1e-9, 2e-9]), atol=np.array([2e-11, 1e-11]))
    assert worst_error(vector, truth) < 1e-6


@each_method
def test_one_loose_component_loosens_the_solve(method):
    problem = PROBLEMS["lotka-volterra"]
    with count_nfe() as tight:
        gradient_of(problem, method=method, **TIGHT)
    with count_nfe() as loose:
        gradient_of(problem, method=method, rtol=np.array([1e-9, 1e-3]), atol=np.array([1e-11, 1e-3]))
    assert loose.forward < tight.forward


@each_method
def test_adjoint_tolerances_apply_to_the_backward_solve_alone(method):
    problem, truth = PROBLEMS["lotka-volterra"], differences("lotka-volterra", "ascending")
    with count_nfe() as tight:
        exact = gradient_of(problem, method=method, **TIGHT)
    with count_nfe() as loose:
        coarse = gradient_of(problem, method=method, adjoint_rtol=1e-3, adjoint_atol=1e-5, **TIGHT)
    assert loose.forward == tight.forward
    # Which is a few steps of dop853 fewer, and half the evaluations of the others.
    assert loose.backward < (0.75 if method == "dop853" else 0.5) * tight.backward
    assert 10 * worst_error(exact, truth) < worst_error(coarse, truth) < 1e-1


@each_method
def test_max_steps_bounds_the_backward_solve(method):
    problem = PROBLEMS["lotka-volterra"]
    with pytest.raises(SolverError, match=r"backward solve from t = 2.2 to 1.6 .*max_steps=8"):
        gradient_of(problem, method=method, rtol=1e-2, atol=1e-2, adjoint_rtol=1e-11, adjoint_atol=1e-13, max_steps=8)


@pytest.mark.parametrize("gradient", ["adjoint", "checkpointed"])
@each_direction
def test_any_black_box_will_do(direction, gradient):
    def radau(rhs, y0, t, rtol, atol):
        return solve_ivp(rhs, (t[0], t[-1]), y0, "Radau", t, rtol=rtol, atol=atol).y.T

    computed = gradient_of(in_direction("forced", direction), method=radau, gradient=gradient, **TIGHT)
    assert worst_error(computed, differences("forced", direction)) < 1e-6


# Measured: at most 140 forward (dopri5) and 197 backward (LSODA), four intervals of about half a radian each.
@each_method
def test_evaluations_have_an_upper_bound(method):
    with count_nfe() as nfe:
        gradient_of(PROBLEMS["oscillator"], method=method)
    assert nfe.forward < 200
    assert nfe.backward < 300


def test_torchdiffeq_agrees():
    torch, torchdiffeq = pytest.importorskip("torch"), pytest.importorskip("torchdiffeq")
    problem = random_mlp(18)
    z0, t, *W = [torch.tensor(leaf, requires_grad=True) for leaf in [problem.z0, problem.t, *leaves(problem.params)]]

    class Field(torch.nn.Module):
        def forward(self, t, z):
            W1, w, b, V, c = W
            return torch.tanh(z @ W1 + t * w + b) @ V + c

    states = torchdiffeq.odeint_adjoint(Field(), z0, t, rtol=1e-9, atol=1e-11, method="dopri5", adjoint_params=tuple(W))
    torch.sum(torch.tensor(weights(problem)) * states).backward()
    theirs = unravel(inputs_of(problem), np.concatenate([leaf.grad.numpy().ravel() for leaf in [z0, *W, t]]))
    assert worst_error(gradient_of(problem, **TIGHT), theirs) < 1e-6


def pendulum_beside_decay(t, z, p):
    return anp.array([-0.1 * z[0], z[2], -(p**2) * anp.sin(z[1])])


@pytest.mark.parametrize("scale", [1e-3, 1e-6, 1e-9, 1e-15])
@pytest.mark.parametrize("method", ADAPTIVE)
def test_small_losses_have_gradients_as_good_as_large_ones(method, scale):
    # At rest z asks for no small steps, so that only the adjoint itself keeps the backward solve honest.
    def gradient(scale, rtol=1e-6):
        def loss(z0):
            return scale * odeint(pendulum_beside_decay, z0, [0.0, 3.0], 4.0, method=method, rtol=rtol)[-1, 1]

        return grad(loss)(np.array([1.0, 0.0, 0.0])) / scale

    np.testing.assert_allclose(gradient(scale), gradient(1.0, rtol=1e-10), atol=2e-3)


@pytest.mark.parametrize(
    ("z", "s", "message"),
    [([1.0, 0.0], np.zeros(9), r"s has shape \(9,\); expected \(5,\)"), ("a", np.zeros(5), "z is 'a'")],
)
def test_augmented_dynamics_refuses_what_does_not_fit(z, s, message):
    with pytest.raises((TypeError, ValueError), match=message):
        augmented_dynamics(lambda t, z, p: anp.tanh(p[0] * z), z, (0.5,))(0.0, s)


def test_augmented_dynamics_of_an_integer_state_is_that_of_a_float_one():
    def f(t, z, p):
        return anp.tanh(p[0] * z)

    s = np.array([0.5, 0.3, 1.0, 1.0, 0.0])
    integer, floating = (augmented_dynamics(f, np.array(z), (0.5,))(0.0, s) for z in ([1, 0], [1.0, 0.0]))
    np.testing.assert_array_equal(integer, floating)


def test_a_black_box_with_scalar_tolerances_gets_a_scalar_rtol_under_seminorm():
    def radau(rhs, y0, t, rtol, atol):
        return solve_ivp(rhs, (t[0], t[-1]), y0, "Radau", t_eval=t, rtol=rtol, atol=atol).y.T

    def loss(p, **options):
        return anp.sum(odeint(lambda t, z, p: -p * z, np.ones(2), [0.0, 1.0], p, **options)[-1])

    gradient = grad(loss)(1.3, method=radau, seminorm=True, rtol=1e-8, atol=1e-10)
    assert gradient == pytest.approx(-2 * np.exp(-1.3), rel=1e-5)
