"""What `odeint` takes and gives back: states of any shape and dtype, parameters in plain containers, traced entries."""

from typing import NamedTuple

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, grad, jacobian, value_and_grad

from minode import odeint
from minode.gradcheck.check import relative_errors
from tests.pairs import pairs
from tests.problems import PROBLEMS, decay, inputs_of, loss_of, states_of

T = [0.0, 0.4, 1.0]


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (2, 1, 2)])
def test_a_state_of_any_shape(shape):
    z0 = np.linspace(1, 2, int(np.prod(shape))).reshape(shape)
    states = odeint(decay, z0, T, 0.5, rtol=1e-10, atol=1e-12)
    assert states.shape == (3, *shape)
    np.testing.assert_allclose(states[-1], z0 * np.exp(-0.5), rtol=1e-8)
    gradient = grad(lambda z0: anp.sum(odeint(decay, z0, T, 0.5, rtol=1e-10, atol=1e-12)[-1] ** 2))(z0)
    np.testing.assert_allclose(gradient, 2 * z0 * np.exp(-1), rtol=1e-8)
    assert np.shape(gradient) == shape


@pytest.mark.parametrize("z0", [2, [2, 3], np.array([2, 3]), np.array([[2], [3]], dtype=np.uint8)])
def test_integers_are_converted(z0):
    states = odeint(decay, z0, [0, 1], 1)
    assert states.dtype == np.float64
    np.testing.assert_allclose(states[-1], np.exp(-1) * np.array(z0), rtol=1e-5)


def test_t_may_be_a_list_with_a_traced_entry():
    def end(T):
        return odeint(decay, 3.0, [0.0, T], 0.5, rtol=1e-10, atol=1e-12)[-1]

    assert grad(end)(1.3) == pytest.approx(-0.5 * 3 * np.exp(-0.65), rel=1e-8)
    assert jacobian(end)(1.3) == pytest.approx(-0.5 * 3 * np.exp(-0.65), rel=1e-8)


def test_z0_may_be_a_list_with_a_traced_entry():
    gradient = grad(lambda x: odeint(decay, [x, 1.0], T, 0.5, rtol=1e-10, atol=1e-12)[-1, 0])(2.0)
    assert gradient == pytest.approx(np.exp(-0.5), rel=1e-8)


class Affine(NamedTuple):
    slope: object
    offset: object


def nested(t, z, params):
    """Reads its parameters through every plain container, whose types must have survived."""
    assert type(params) is dict
    assert type(params["layers"]) is list
    assert type(params["layers"][0]) is tuple
    assert type(params["last"]) is Affine
    for W, b in params["layers"]:
        z = anp.tanh(anp.dot(z, W) + b)
    return params["last"].slope * z + params["last"].offset["b"][0]


@pytest.mark.parametrize("options", [dict(method="lsoda"), dict(method="rk4", n_steps=20, gradient="backprop")])
def test_plain_containers_reach_f_as_they_are(options):
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(2, 3)), 0.1), (rng.normal(size=(3, 2)), rng.normal(size=2))]
    tree = {"layers": layers, "slope": -0.7, "unused": [np.ones((2, 2))], "b": [np.array([0.2, 0.1])]}

    def loss(tree):
        params = {"layers": tree["layers"], "last": Affine(tree["slope"], {"b": tree["b"]}), "unused": tree["unused"]}
        return anp.sum(odeint(nested, [0.3, -0.2], T, params, **options) ** 2)

    gradient = grad(loss)(tree)
    assert [type(node) for node in (gradient, gradient["layers"], gradient["layers"][0])] == [dict, list, tuple]
    assert np.ndim(gradient["slope"]) == 0
    np.testing.assert_array_equal(gradient["unused"][0], np.zeros((2, 2)))
    eps = 1e-5
    up, down = (loss({**tree, "slope": tree["slope"] + step}) for step in (eps, -eps))
    assert gradient["slope"] == pytest.approx((up - down) / (2 * eps), rel=1e-4)


@pytest.mark.parametrize("params", [(), [], {}, {"a": [(), {}]}])
def test_no_parameters(params):
    dz0 = grad(lambda z0: odeint(lambda t, z, params: -z, z0, T, params, rtol=1e-10, atol=1e-12)[-1])(2.0)
    assert dz0 == pytest.approx(np.exp(-1), rel=1e-8)


def test_a_single_array_as_params():
    gradient = grad(lambda A: anp.sum(odeint(lambda t, z, A: anp.dot(A, z), [1.0, 0.0], T, A)[-1]))(np.zeros((2, 2)))
    np.testing.assert_allclose(gradient, [[1, 0], [1, 0]], atol=1e-7)


def test_a_list_of_numbers_from_f_is_an_array():
    as_list = odeint(lambda t, z, w: [z[1], -w * z[0]], [1.0, 0.0], T, 2.0)
    as_array = odeint(lambda t, z, w: anp.array([z[1], -w * z[0]]), [1.0, 0.0], T, 2.0)
    np.testing.assert_array_equal(as_list, as_array)


def single(problem):
    z0, params, t = inputs_of(problem)
    (W, w, b), (V, c) = [[leaf.astype(np.float32) for leaf in layer] for layer in params]
    return problem._replace(z0=z0.astype(np.float32), params=[(W, w, b), (V, c)], t=t.astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [
        dict(method="vode", rtol=1e-6),
        dict(method="dopri5", rtol=1e-6),
        dict(method="rk4", n_steps=20),
        dict(method="rk4", n_steps=20, gradient="checkpointed"),
        dict(method="rk4", n_steps=20, gradient="backprop"),
    ],
)
def test_float32_states_and_gradients(options):
    problem = PROBLEMS["mlp"]
    reference = grad(loss_of(problem, method="dop853", rtol=1e-11, atol=1e-13))(inputs_of(problem))
    states = states_of(single(problem), **options)
    gradient = grad(loss_of(single(problem), **options))(inputs_of(single(problem)))
    assert states.dtype == np.float32
    assert {leaf.dtype for leaf in [gradient[0], *gradient[1][0], *gradient[1][1]]} == {np.dtype(np.float32)}
    # Rounding, 6e-8, a few hundred times over.
    assert max(relative_errors(gradient, reference).values()) < 2e-5


def test_jacobian_of_all_states():
    rows = jacobian(lambda w: odeint(decay, 2.0, T, w, rtol=1e-10, atol=1e-12))(0.5)
    np.testing.assert_allclose(rows, -2 * np.array(T) * np.exp(-0.5 * np.array(T)), rtol=1e-8, atol=1e-12)


def test_a_value_and_its_gradient_may_be_taken_twice():
    def loss(w):
        return odeint(decay, 1.0, T, w)[-1] + odeint(decay, 1.0, T, 2 * w)[-1]

    value, slope = value_and_grad(loss)(0.5)
    assert value == pytest.approx(np.exp(-0.5) + np.exp(-1), rel=1e-5)
    assert slope == pytest.approx(-np.exp(-0.5) - 2 * np.exp(-1), rel=1e-5)
    np.testing.assert_allclose(elementwise_grad(loss)(0.5), slope)


@pytest.mark.parametrize("container", [list, tuple])
def test_lists_of_numbers_work_under_grad(container):
    def loss(z0, t):
        return anp.sum(odeint(lambda t, z, p: -p * z, z0, t, 0.5)[-1] ** 2)

    g_z0, g_t = grad(loss, argnum=(0, 1))([1.0, 2.0], container([0.0, 1.0]))
    np.testing.assert_allclose(np.array(g_z0), 2 * np.array([1.0, 2.0]) * np.exp(-1), rtol=1e-5)
    np.testing.assert_allclose(np.array(g_t), np.array([1.0, -1.0]) * 5 * np.exp(-1), rtol=1e-5)


WAYS = [
    dict(method="lsoda"),
    dict(method="vode", gradient="checkpointed"),
    dict(method="rk4", n_steps=20),
    dict(method="rk4", n_steps=20, gradient="backprop"),
    dict(method="dopri5-np", gradient="backprop"),
]
each_way = pytest.mark.parametrize("options", WAYS, ids=lambda options: "-".join(map(str, options.values())))


@each_way
@pytest.mark.parametrize("index", [2, np.int64(2), np.array(2), np.array([2, 0])], ids=repr)
def test_integers_and_booleans_reach_f_as_they_came(index, options):
    constants = {"index": index, "flags": [True, np.array([False, True])], "power": np.uint8(2)}

    def f(t, z, params):
        assert params["index"] is index
        assert params["flags"][0] is True
        assert params["flags"][1] is constants["flags"][1]
        assert params["power"] is constants["power"]
        return -anp.sum(params["table"][params["index"]]) * z[params["flags"][1]] ** params["power"] * np.ones(2)

    def loss(table):
        return odeint(f, [1.0, 0.5], T, {"table": table, **constants}, **options)[-1, 0]

    table, eps = np.array([0.3, -0.2, 0.5]), 1e-3
    differences = [(loss(table + step) - loss(table - step)) / (2 * eps) for step in eps * np.eye(3)]
    np.testing.assert_allclose(grad(loss)(table), differences, rtol=1e-3, atol=1e-5)


@each_way
def test_a_traced_integer_has_a_gradient(options):
    def end(rate):
        return odeint(decay, 1.0, T, rate, **options)[-1]

    assert grad(end)(np.array(2)) == pytest.approx(-np.exp(-2), rel=1e-4)


def test_integers_within_a_tree_that_grad_receives_are_refused_by_their_path():
    def loss(params):
        return odeint(lambda t, z, params: -params["rates"][params["which"]] * z, 1.0, T, params)[-1]

    with pytest.raises(TypeError, match=r"^params\['which'\] is .*put it in where odeint is called"):
        grad(loss)({"rates": np.array([1.0, 2.0]), "which": np.array(1)})


NUMBERS = {
    "float": lambda t, z, w: 0.5,
    "integer": lambda t, z, w: 2,
    "numpy float": lambda t, z, w: np.float32(0.5),
    "integer array": lambda t, z, w: np.array(1),
    "of t": lambda t, z, w: 2 * t,
    "of w": lambda t, z, w: w,
    "of w and t": lambda t, z, w: w * t,
    "now one, now another": lambda t, z, w: 0.0 if t < 0 else -w * z,
}


@pytest.mark.parametrize(("kind", "z0", "options"), pairs(NUMBERS, [1.0, np.array(1.0), 1], WAYS), ids=repr)
def test_a_scalar_state_may_have_a_number_for_its_slope(kind, z0, options):
    def end(inputs):
        z0, end, w = inputs
        return odeint(NUMBERS[kind], z0, [0.0, end], w, **options)[-1]

    assert odeint(NUMBERS[kind], z0, T, 0.7, **options).shape == (3,)
    gradient, eps = grad(end)((1.0, 1.0, 0.7)), 1e-3
    for i, slope in enumerate(gradient):
        up, down = (end(tuple(x + step * (i == j) for j, x in enumerate((1.0, 1.0, 0.7)))) for step in (eps, -eps))
        assert slope == pytest.approx((up - down) / (2 * eps), rel=1e-3, abs=1e-5)


@each_way
def test_integers_from_f_are_floats(options):
    def end(w, f):
        return anp.sum(odeint(f, np.ones((2, 2)), T, w, **options)[-1])

    assert end(2.0, lambda t, z, w: np.ones((2, 2), int)) == pytest.approx(8, rel=1e-6)
    nested = [[0, 1], [2, 3]]
    assert end(2.0, lambda t, z, w: nested) == pytest.approx(10, rel=1e-6)
    assert grad(end)(2.0, lambda t, z, w: [[0, w], [2 * w, 3]]) == pytest.approx(3, rel=1e-6)


@each_way
def test_a_bare_number_is_no_slope_of_a_state_with_axes(options):
    with pytest.raises(ValueError, match=r"f returned shape \(\); expected \(1,\), the shape of z"):
        odeint(lambda t, z, w: 1.0, np.ones(1), T, **options)
