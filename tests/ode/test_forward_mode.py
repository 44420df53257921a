"""Forward sensitivities against closed forms, against the adjoint, and against complex steps where f is stiff."""

import doctest

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, jacobian, make_jvp

from minode import SolverError, count_nfe, odeint, sensitivities
from minode.base.trees import leaves, ravel, tree_map
from minode.gradcheck.problems import stiff
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.ode import jacobians
from tests.pairs import pairs
from tests.problems import ADAPTIVE, DIRECTIONS, FIXED, PROBLEMS, decay, in_direction

TIGHT = dict(rtol=1e-9, atol=1e-11)
SOLVED = ["linear", "oscillator", "logistic", "forced"]


def jacobians_of(problem, solution):
    """Those of ``solution(t, z0, params)`` by autograd, in z0 and in the raveled params."""
    t, z0, params = problem.t, problem.z0, problem.params
    by_W = jacobian(lambda W: solution(t, z0, unravel_traced(params, W)))(ravel(params))
    return jacobian(lambda z0: solution(t, z0, params))(z0), by_W


def unravel_traced(params, W):
    ends = np.cumsum([0, *map(np.size, leaves(params))])
    cut = iter([(W[a:b], np.shape(leaf)) for a, b, leaf in zip(ends, ends[1:], leaves(params))])
    return tree_map(lambda leaf: anp.reshape(*next(cut)), params)


def flat(dz_dparams, shape):
    return np.concatenate([leaf.reshape(*shape, -1) for leaf in leaves(dz_dparams)], axis=-1)


@pytest.mark.parametrize(("name", "method", "direction"), pairs(SOLVED, ADAPTIVE, DIRECTIONS))
def test_they_are_the_jacobians_of_a_closed_form(name, method, direction):
    problem = in_direction(name, direction)
    t, z0, params = problem.t, problem.z0, problem.params
    z, dz_dz0, dz_dparams = sensitivities(problem.f, z0, t, params, method=method, **TIGHT)
    by_z0, by_W = jacobians_of(problem, problem.solution)
    np.testing.assert_allclose(z, problem.solution(t, z0, params), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dz_dz0, by_z0, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(flat(dz_dparams, z.shape), by_W, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("method", FIXED)
def test_equal_steps_have_the_jacobians_of_their_steps(method):
    problem, how = PROBLEMS["forced"], dict(method=method, n_steps=5)
    _, dz_dz0, dz_dparams = sensitivities(problem.f, problem.z0, problem.t, problem.params, **how)

    def through_steps(t, z0, params):
        return odeint(problem.f, z0, t, params, gradient="backprop", **how)

    by_z0, by_W = jacobians_of(problem, through_steps)
    np.testing.assert_allclose(dz_dz0, by_z0, rtol=1e-12)
    np.testing.assert_allclose(flat(dz_dparams, by_z0.shape[:2]), by_W, rtol=1e-11, atol=1e-14)


def test_rows_are_those_of_the_adjoint_for_a_tenth_of_its_evaluations():
    problem = PROBLEMS["lotka-volterra"]
    t, how = np.linspace(0, 10, 50), dict(rtol=1e-10, atol=1e-10)

    def row(inputs, i, j):
        return odeint(problem.f, inputs[0], t, inputs[1], **how)[i, j]

    _, dz_dz0, dz_dparams = sensitivities(problem.f, problem.z0, t, problem.params, **how)
    with count_nfe() as rows:
        for i, j in [(49, 0), (49, 1), (17, 0), (1, 1)]:
            of_z0, of_params = grad(row)((problem.z0, problem.params), i, j)
            np.testing.assert_allclose(dz_dz0[i, j], of_z0, rtol=1e-6)
            np.testing.assert_allclose(dz_dparams["rates"][i, j], of_params["rates"], rtol=1e-6)
    with count_nfe() as once:
        sensitivities(problem.f, problem.z0, t, problem.params, **how)
    # All 100 rows would take 25 times what four of them do.
    assert 10 * once.forward < 25 * (rows.forward + rows.backward)
    assert once.backward == 0


@pytest.mark.parametrize("name", ["Robertson to 0.3", "van der Pol 10"])
def test_stiff_problems_by_their_blocks(name):
    problem = stiff.PROBLEMS[name]
    g = np.random.default_rng(0).normal(size=(2, problem.z0.size))
    expected = forward_sensitivities(problem, g)
    with count_nfe() as nfe:
        _, dz_dz0, dz_dparams = sensitivities(problem.f, problem.z0, problem.t, problem.params, **TIGHT)
    found = np.concatenate([np.tensordot(g, dz_dz0), np.ravel(np.tensordot(g, dz_dparams))])
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert nfe.forward < 4000


def test_small_parameters_do_not_hide_below_atol():
    # With states of size 1 the derivative by the rate is t; in units of the rate it would be 1e-12.
    _, _, dz_drate = sensitivities(lambda t, z, rate: rate * z, np.ones(1), [0.0, 1.0], 1e-12, atol=1e-6)
    assert dz_drate[-1] == pytest.approx(1.0, rel=1e-5)


def test_a_matrix_a_batch_and_constants():
    params = {"W": np.array([[0.2, -1.0], [0.9, -0.1]]), "which": 1, "b": (np.array([0.3, 0.1, 0.7]), 0.5)}

    def f(t, z, p):
        return anp.tanh(anp.dot(z, p["W"])) + p["b"][0][p["which"]] * p["b"][1]

    z0 = np.array([[1.0, 0.2], [-0.4, 0.8], [0.0, 0.3]])
    z, dz_dz0, dz_dparams = sensitivities(f, z0, [0.0, 0.5, 2.0], params, **TIGHT)
    assert (z.shape, dz_dz0.shape, dz_dparams["W"].shape) == ((3, 3, 2), (3, 3, 2, 3, 2), (3, 3, 2, 2, 2))
    assert [np.shape(leaf) for leaf in dz_dparams["b"]] == [(3, 3, 2, 3), (3, 3, 2)]
    assert dz_dparams["which"] is None

    def entry(learned):
        return odeint(f, z0, [0.0, 0.5, 2.0], {"W": learned[0], "which": 1, "b": learned[1]}, **TIGHT)[2, 1, 0]

    by_matrix, (by_rates, by_factor) = grad(entry)((params["W"], params["b"]))
    np.testing.assert_allclose(dz_dparams["W"][2, 1, 0], by_matrix, rtol=1e-6)
    np.testing.assert_allclose(dz_dparams["b"][0][2, 1, 0], by_rates, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(dz_dparams["b"][1][2, 1, 0], by_factor, rtol=1e-6)
    np.testing.assert_array_equal(dz_dz0[0], np.eye(6).reshape(3, 2, 3, 2))


def test_float32_comes_back_as_it_was():
    everything = sensitivities(decay, np.ones(2, np.float32), [0.0, 1.0], np.float32(0.5))
    assert [array.dtype for array in everything] == [np.float32] * 3
    np.testing.assert_allclose(everything[2][-1], -np.exp(-0.5) * np.ones(2), rtol=1e-6)


def test_no_parameters_and_a_scalar_state():
    z, dz_dz0, dz_dparams = sensitivities(lambda t, z, params: -z, 2.0, [0.0, 1.0])
    np.testing.assert_allclose([z[-1], dz_dz0[-1]], np.exp(-1) * np.array([2.0, 1.0]), rtol=1e-5)
    assert dz_dparams == ()


WAYS = [
    *(dict(method=method, **TIGHT) for method in ADAPTIVE),
    dict(gradient="checkpointed", **TIGHT),
    dict(method="rk4", n_steps=7),
]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("options", WAYS, ids=lambda options: " ".join(map(str, options.values())))
def test_forward_mode_is_the_transpose_of_reverse_mode(options, direction):
    problem, rng = in_direction("mlp", direction), np.random.default_rng(0)
    g = rng.normal(size=(len(problem.t), *problem.z0.shape))
    inputs = problem.z0, problem.params, problem.t
    v = tree_map(lambda leaf: rng.normal(size=np.shape(leaf)), inputs)

    def states(inputs):
        z0, params, t = inputs
        return odeint(problem.f, z0, t, params, **options)

    z, moved = make_jvp(states)(inputs)(v)
    pulled = grad(lambda inputs: anp.sum(g * states(inputs)))(inputs)
    np.testing.assert_array_equal(z, states(inputs))
    # By equal steps the adjoint is exact only up to their order.
    rel = 2e-3 if "n_steps" in options else 1e-6
    assert np.vdot(g, moved) == pytest.approx(np.dot(ravel(pulled), ravel(v)), rel=rel)


@pytest.mark.parametrize("argnum", range(3), ids=["z0", "t", "params"])
def test_one_input_alone_moves_the_closed_form(argnum):
    problem = PROBLEMS["logistic"]
    inputs = problem.z0, problem.t, problem.params
    v = tree_map(lambda leaf: 1.0 + np.arange(np.size(leaf)).reshape(np.shape(leaf)), inputs[argnum])

    def along(states):
        one = make_jvp(lambda x: states(*(x if i == argnum else y for i, y in enumerate(inputs))))
        return one(inputs[argnum])(v)[1]

    found = along(lambda z0, t, params: odeint(problem.f, z0, t, params, **TIGHT))
    expected = along(lambda z0, t, params: problem.solution(t, z0, params))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_a_tangent_takes_one_solve_of_two_states():
    sizes = []

    def black_box(rhs, y0, t, rtol, atol):
        sizes.append(y0.size)
        return np.stack([y0] * len(t))

    make_jvp(lambda W: odeint(lambda t, z, W: anp.dot(W, z), np.ones(3), [0.0, 1.0], W, method=black_box))(np.eye(3))(
        np.ones((3, 3))
    )
    assert sizes == [3, 6]


def test_what_differentiates_it_again_is_refused():
    def tangent(W):
        return make_jvp(lambda W: odeint(decay, np.ones(1), [0.0, 1.0], W)[-1, 0])(W)(1.0)[1]

    for second in (grad(tangent), lambda W: make_jvp(tangent)(W)(1.0)):
        with pytest.raises(TypeError, match=r"forward mode through odeint is not itself differentiable.*backprop"):
            second(0.5)
    with pytest.raises(TypeError, match="sensitivities is not itself differentiable"):
        grad(lambda W: anp.sum(sensitivities(decay, np.ones(1), [0.0, 1.0], W)[0]))(0.5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(f=None), TypeError, "f is None of type NoneType; expected a function"),
        (dict(z0=(np.ones(2), 1.0)), TypeError, "z0 is of type tuple; sensitivities expects an array"),
        (dict(z0={"x": 1.0}), TypeError, "z0 is of type dict"),
        (dict(z0=[1.0, np.nan]), ValueError, r"z0 is nan at index \[1\]"),
        (dict(t=[0.0, 0.0]), ValueError, "t is not strictly monotone"),
        (dict(params="fast"), TypeError, "params is 'fast'"),
        (dict(rtol=-1.0), ValueError, "rtol is -1.0"),
        (dict(atol=np.ones(3)), ValueError, r"atol has shape \(3,\); expected one number or the shape of the state"),
        (dict(method="heun"), ValueError, "unknown method 'heun'"),
        (dict(max_steps=0), ValueError, "max_steps is 0"),
        (dict(n_steps=4), ValueError, "n_steps is 4 with method='lsoda'"),
        (dict(params=np.ones(500_000)), ValueError, "2 states and 500000 parameters: .* 2 x 500002 .*autograd.grad"),
        (dict(f=lambda t, z, W: z[:1]), ValueError, r"f returned shape \(1,\); expected \(2,\)"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        sensitivities(**dict(f=decay, z0=np.ones(2), t=[0.0, 1.0], params=0.5) | arguments)


def test_what_reaches_f_by_closure_is_refused():
    def loss(a):
        return anp.sum(sensitivities(lambda t, z, W: -a * z, np.ones(1), [0.0, 1.0])[0])

    with pytest.raises(TypeError, match=r"f returned a traced value.*pass it to odeint in params"):
        grad(loss)(1.0)


def test_tangents_that_grow_are_told_from_states_that_do():
    # The state stays at its unstable rest.
    with pytest.raises(SolverError, match=r"solve of z and its tangents: .*max_steps=100.*if only its tangents grow"):
        sensitivities(lambda t, z, W: 20 * z, np.zeros(1), [0.0, 20.0], max_steps=100)


def test_what_f_raises_comes_out():
    def f(t, z, W):
        if t > 0.5:
            raise KeyError("half way")
        return -z

    with pytest.raises(KeyError, match="half way"):
        sensitivities(f, np.ones(2), [0.0, 1.0])


def test_the_examples_are_right():
    assert doctest.testmod(jacobians).failed == 0
