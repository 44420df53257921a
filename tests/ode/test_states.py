"""States that are trees against the same states in one array, by every way to the gradient."""

from collections import namedtuple
from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_jvp
from autograd.scipy.special import logsumexp

from minode import count_nfe, odeint
from minode.base.trees import leaves, ravel, tree_map, unravel
from minode.ode import states

T = np.array([0.1, 0.6, 1.5])
W = np.array([[-0.3, 1.2, 0.4], [-1.0, -0.2, 0.1], [0.2, 0.3, -0.5]])
TIGHT = dict(rtol=1e-9, atol=1e-9)
WAYS = [
    *(dict(method=method, **TIGHT) for method in ("lsoda", "vode", "dopri5", "dop853", "dopri5-np")),
    dict(gradient="checkpointed", **TIGHT),
    dict(method="dopri5-np", gradient="backprop", **TIGHT),
    dict(method="rk4", n_steps=3),
    dict(method="rk4", n_steps=3, gradient="backprop"),
]
Pair = namedtuple("Pair", "x v")


def flat_field(t, y, W):
    return anp.tanh(anp.dot(W, y)) + anp.sin(t)


def field_on(like):
    """The same in the nesting of `like`."""
    nested = states.TreeState(like)

    def f(t, z, W):
        return nested.tree(flat_field(t, anp.concatenate([anp.reshape(leaf, (-1,)) for leaf in leaves(z)]), W))

    return f


TREES = {
    "pair": (np.array([0.4, -0.2]), 0.7),
    "pair of numbers": (0.4, (-0.2, 0.7)),
    "dict": {"position": np.array([[0.4], [-0.2]]), "log p": np.array(0.7)},
    "list of arrays": [np.array([0.4]), np.array([-0.2]), np.array([0.7])],
    "nested": {"a": (np.array([0.4]), [np.array([-0.2])]), "b": {"c": 0.7}},
    "namedtuple": Pair(np.array([0.4, -0.2]), 0.7),
}
# Every nesting with the adjoint and through the steps of rk4; one nesting in every way.
CASES = [*product(TREES, (WAYS[0], WAYS[-1])), *product(["nested"], WAYS[1:-1])]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_states_and_gradients_are_those_of_one_array(name, options):
    z0, f = TREES[name], field_on(TREES[name])
    as_array = odeint(flat_field, ravel(z0), T, W, **options)
    tree = odeint(f, z0, T, W, **options)
    assert type(tree) is type(z0)
    assert [leaf.shape for leaf in leaves(tree)] == [(3, *np.shape(leaf)) for leaf in leaves(z0)]
    np.testing.assert_allclose(np.concatenate([leaf.reshape(3, -1) for leaf in leaves(tree)], 1), as_array, rtol=1e-8)
    if name == "namedtuple":
        return  # Of which autograd has no gradient.

    def loss(inputs):
        z0, t, W = inputs
        return sum(anp.sum(leaf**2) for leaf in leaves(odeint(f, z0, t, W, **options)))

    def expected(inputs):
        z0, t, W = inputs
        return anp.sum(odeint(flat_field, z0, t, W, **options) ** 2)

    of_z0, of_t, of_W = grad(loss)((z0, T, W))
    assert type(of_z0) is type(z0)
    by_z0, by_t, by_W = grad(expected)((ravel(z0), T, W))
    np.testing.assert_allclose(ravel(of_z0), by_z0, rtol=1e-7)
    np.testing.assert_allclose(of_t, by_t, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(of_W, by_W, rtol=1e-7, atol=1e-9)
    if options.get("gradient") == "backprop" and "rtol" in options:
        return  # autograd has no forward mode of astype.
    v = tree_map(lambda leaf: np.ones(np.shape(leaf)), (z0, T, W))
    assert make_jvp(loss)((z0, T, W))(v)[1] == pytest.approx(
        sum(np.sum(g) for g in (by_z0, by_t, by_W)), rel=2e-2 if "n_steps" in options else 1e-6
    )


def test_a_list_of_numbers_is_an_array():
    for z0 in ([1.0, 0.5], [[1.0, 0.5], [0, 2]], [np.float64(1.0), np.array(0.5)]):
        assert isinstance(odeint(lambda t, z, W: -z, z0, T), np.ndarray)
    # Numbers that are traced are numbers.
    of_w = grad(lambda w: odeint(lambda t, z, W: -z, [w[0], 2 * w[1]], T)[-1, 1])(np.ones(2))
    np.testing.assert_allclose(of_w, [0, 2 * np.exp(-1.4)], rtol=1e-4)


def test_numbers_in_a_list_inside_a_tuple_are_one_leaf():
    x, cost = odeint(lambda t, z, W: ([z[0][1], -z[0][0]], z[0][0] ** 2), ([1.0, 0.0], 0), T)
    assert (x.shape, cost.shape, cost.dtype) == ((3, 2), (3,), np.float64)


def test_keys_in_another_order_and_lists_for_tuples():
    z0 = {"x": np.array([1.0, 2.0]), "v": (3.0, np.array([0.5]))}
    z = odeint(lambda t, z, W: {"v": [0.0, -z["v"][1]], "x": [1.0, z["v"][0]]}, z0, T, **TIGHT)
    np.testing.assert_allclose(z["x"][-1], [1.0 + 1.4, 2.0 + 3 * 1.4], rtol=1e-8)
    np.testing.assert_allclose(z["v"][1][-1], [0.5 * np.exp(-1.4)], rtol=1e-6)


def test_each_leaf_keeps_its_dtype():
    seen = set()

    def f(t, z, W):
        seen.add((z["single"].dtype, z["double"].dtype))
        return {"single": -z["single"], "double": -z["double"]}

    z0 = {"single": np.ones(2, np.float32), "double": np.ones(1)}
    z = odeint(f, z0, T)
    assert seen == {(np.dtype(np.float32), np.dtype(np.float64))}
    assert [leaf.dtype for leaf in leaves(z)] == [np.float32, np.float64]
    gradient = grad(lambda z0: anp.sum(odeint(f, z0, T)["single"]))(z0)
    assert gradient["single"].dtype == np.float32
    _, moved = make_jvp(lambda z0: anp.sum(odeint(f, z0, T)["single"]))(z0)(z0)
    assert moved == pytest.approx(np.sum(gradient["single"]), rel=1e-4)
    np.testing.assert_allclose(gradient["single"], (1 + np.exp(-0.5) + np.exp(-1.4)) * np.ones(2), rtol=1e-4)
    assert odeint(lambda t, z, W: (z[0] * 0,), (np.array([1, 2]),), T)[0].dtype == np.float64


def test_a_tolerance_for_each_leaf():
    def f(t, z, W):
        return {"fast": np.array([100 * np.cos(100 * t)]), "slow": -z["slow"]}

    z0 = {"fast": np.zeros(1), "slow": np.ones(2)}
    loose = {"slow": np.full(2, 1e-8), "fast": 1e3}
    evaluations = []
    for atol in (1e-8, loose):
        with count_nfe() as nfe:
            z = odeint(f, z0, T, atol=atol, rtol={"fast": 1e-6, "slow": [1e-6, 1e-7]}, method="dopri5")
        np.testing.assert_allclose(z["slow"][-1], np.exp(-1.4), rtol=1e-5)
        evaluations.append(nfe.forward)
    assert 3 * evaluations[1] < evaluations[0]


def test_a_state_and_its_running_cost_leave_the_state_as_it_is():
    def f(t, state, W):
        dz = anp.tanh(anp.dot(W, state[0]))
        return dz, anp.sum(dz**2)

    def loss(W):
        z, cost = odeint(f, (np.array([0.4, -0.2, 0.7]), 0.0), T, W, **TIGHT)
        return anp.sum(z[-1]) + cost[-1]

    eps = 1e-5 * np.random.default_rng(0).normal(size=W.shape)
    assert np.vdot(grad(loss)(W), eps) == pytest.approx((loss(W + eps) - loss(W - eps)) / 2, rel=1e-6)


def test_the_density_along_a_flow():
    """The log of a density changes by minus the trace of df/dz (Chen et al. 2018)."""
    A = np.array([[0.3, 0.5], [-0.2, -0.7]])

    def f(t, state, A):
        return anp.dot(A, state[0]), -anp.trace(A)

    def log_likelihood(A):
        z, log_p = odeint(f, (np.array([0.3, -0.4]), 0.0), [0.0, 1.0], A, **TIGHT)
        return -0.5 * anp.sum(z[-1] ** 2) - log_p[-1] + logsumexp(z[-1])

    eps = 1e-5 * np.ones((2, 2))
    difference = (log_likelihood(A + eps) - log_likelihood(A - eps)) / 2
    assert np.vdot(grad(log_likelihood)(A), eps) == pytest.approx(difference, rel=1e-6)


Z0 = {"x": np.ones(2), "v": (np.ones(2), 1.0)}


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        ({"x": np.ones(2)}, ValueError, r"what f returned has the keys \['x'\]; expected \['x', 'v'\]"),
        (np.ones(5), TypeError, "what f returned is an array of dtype float64; expected a dict, as in z0"),
        ({"x": np.ones(2), "v": np.ones(2)}, TypeError, r"for z\['v'\] is an array .*; expected 2 states in a tuple"),
        ({"x": np.ones(2), "v": (np.ones(2),)}, ValueError, r"for z\['v'\] has 1 entries; expected 2, as in z0"),
        (
            {"x": np.ones(3), "v": (np.ones(2), 1.0)},
            ValueError,
            r"shape \(3,\); expected \(2,\), the shape of z\['x'\]",
        ),
        ({"x": np.ones(2), "v": (np.ones(2), None)}, TypeError, r"f returned None; .* the shape of z\['v'\]\[1\]"),
        ({"x": np.ones(2), "v": (np.ones(2), {})}, TypeError, r"f returned \{\}; .* the shape of z\['v'\]\[1\]"),
    ],
)
@pytest.mark.parametrize("traced", [False, True])
def test_another_nesting_from_f_is_named(returned, error, message, traced):
    def loss(scale):
        return anp.sum(odeint(lambda t, z, scale: returned, tree_map(lambda leaf: leaf * scale, Z0), T, scale)["x"])

    with pytest.raises(error, match=message):
        (grad(loss) if traced else loss)(1.0)


def test_f_that_returns_a_list_for_a_tuple_of_numbers_is_told_of_arrays():
    with pytest.raises(TypeError, match=r"an array of dtype float64; expected 2 states .* an array is np.array\(z0\)"):
        odeint(lambda t, z, W: np.ones(2), (1.0, 0.0), T)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(z0=()), ValueError, r"z0 is \(\), a tree without leaves"),
        (dict(z0={"x": np.ones(0)}), ValueError, r"z0\['x'\] is empty"),
        (dict(z0=(np.ones(2), [1.0, np.nan])), ValueError, r"z0\[1\] is nan at index \[1\]"),
        (dict(z0=(np.ones(2), "fast")), TypeError, r"z0\[1\] is 'fast' of type str"),
        (dict(z0=(np.ones(2), True)), TypeError, r"z0\[1\] is True of type bool"),
        (dict(z0={"x": (1.0, 1j)}), TypeError, r"z0\['x'\]\[1\] is 1j"),
        (dict(rtol=(1e-6, -1.0)), ValueError, r"rtol\[1\] is -1.0"),
        (dict(rtol=np.ones(3)), TypeError, "rtol is an array of dtype float64; expected 2 states in a tuple"),
        (dict(atol=(np.ones(3), 1.0)), ValueError, r"atol\[0\] has shape \(3,\); expected one number or .* \(2,\)"),
        (dict(adjoint_rtol={"x": 1.0}), TypeError, "adjoint_rtol is {'x': 1.0} of type dict; expected 2 states"),
        (dict(atol=-1.0), ValueError, "atol is -1.0"),
        (dict(f=3), TypeError, "f is 3 of type int; expected a function"),
        (dict(t=[0.0, 0.0]), ValueError, "t is not strictly monotone"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        odeint(**dict(f=lambda t, z, W: (-z[0], 0.0), z0=(np.ones(2), 1.0), t=T) | arguments)


def test_a_warning_names_the_line_that_asked():
    with pytest.warns(UserWarning, match="z0 is float32 and rtol below") as caught:
        odeint(lambda t, z, W: (-z[0],), (np.ones(2, np.float32),), T, method="vode", rtol=1e-8)
    assert caught[0].filename == __file__


def test_a_flat_state_comes_back_as_its_tree():
    state = states.TreeState(Z0)
    assert ravel(state.tree(state.y0)).tolist() == ravel(Z0).tolist()
    assert tree_map(np.shape, state.tree(np.ones((4, 5)))) == {"x": (4, 2), "v": ((4, 2), (4,))}
    np.testing.assert_array_equal(ravel(unravel(Z0, state.y0)), ravel(Z0))
