"""One trace, all vector-Jacobian products: against autograd's own `make_vjp`, argument by argument."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp
from autograd.extend import defvjp, primitive
from autograd.tracer import trace_stack

from minode import vjp
from minode.base.trees import ravel
from minode.gradcheck.check import central_differences
from tests.problems import PROBLEMS, random_mlp


def products_by_autograd(problem, t, a):
    arguments = t, problem.z0, problem.params
    return [make_vjp(problem.f, argnum)(*arguments)[0](a) for argnum in range(3)]


@pytest.mark.parametrize("seed", range(5))
def test_products_agree_with_make_vjp(seed):
    problem, t = random_mlp(seed), 0.4
    a = np.random.default_rng(seed).normal(size=problem.z0.shape)
    dz, pullback = vjp(problem.f, t, problem.z0, problem.params)
    np.testing.assert_array_equal(dz, problem.f(t, problem.z0, problem.params))
    np.testing.assert_allclose(ravel(pullback(a)), ravel(products_by_autograd(problem, t, a)), rtol=1e-13)


@pytest.mark.parametrize("name", ["forced", "constant"])
def test_pullback_serves_many_vectors(name):
    problem = PROBLEMS[name]
    _, pullback = vjp(problem.f, 0.3, problem.z0, problem.params)
    eye = np.eye(problem.z0.size).reshape(-1, *problem.z0.shape)
    by_autograd = [ravel(products_by_autograd(problem, 0.3, a)) for a in eye]
    np.testing.assert_allclose([ravel(pullback(a)) for a in eye], by_autograd, rtol=1e-13)


def _swapped(split):
    """A field that takes several arrays from one primitive, and uses each."""
    return lambda z: anp.concatenate([anp.sin(part) for part in split(z)][::-1], axis=1)


SEVERAL_ARRAYS = {
    "split": _swapped(lambda z: anp.split(z, 2, axis=1)),
    "split at": _swapped(lambda z: anp.split(z, [1], axis=1)),
    "array_split": _swapped(lambda z: anp.array_split(z, 3, axis=1)),
    "hsplit": _swapped(lambda z: anp.hsplit(z, 2)),
    "vsplit": lambda z: anp.vstack([part**2 for part in anp.vsplit(z, 2)][::-1]),
    "dsplit": lambda z: anp.dsplit(z[:, :, None] * anp.ones(2), 2)[0][:, :, 0] * z,
    "one part twice": lambda z: anp.tile(anp.split(z, 2)[0] * anp.cos(anp.split(z, 2)[0]), (2, 1)),
    "unpacked": lambda z: (lambda a, b: anp.vstack([a * b, a - b]))(*anp.split(z, 2)),
    "slogdet": lambda z: z * anp.linalg.slogdet(z + 5 * anp.eye(4))[1] * anp.linalg.slogdet(z + 5 * anp.eye(4))[0],
    "svd": lambda z: (lambda u, s, v: anp.dot(u * s**2, v))(*anp.linalg.svd(z, full_matrices=False)),
    "eigh": lambda z: (lambda w, v: anp.dot(v * w**2, v.T))(*anp.linalg.eigh(z + z.T)),
}


@pytest.mark.parametrize("name", SEVERAL_ARRAYS)
def test_gradients_of_what_gives_several_arrays_are_added_array_by_array(name):
    z, a = np.random.default_rng(0).normal(size=(2, 4, 4))
    f = SEVERAL_ARRAYS[name]
    (g,) = vjp(lambda t, z, p: f(z), 0.0, z)[1](a)[1:2]
    np.testing.assert_allclose(g, central_differences(lambda z: np.sum(a * f(z)))(z), rtol=1e-6, atol=1e-7)


@primitive
def length(z, axis):
    """A norm with its axis kept, whose product forgets that it was, as that of `norm` does in some releases."""
    return np.sqrt(np.sum(z**2, axis=axis, keepdims=True))


defvjp(length, lambda y, z, axis: lambda g: anp.expand_dims(g / y, axis) * z, argnums=(0,))


def test_a_product_with_other_entries_is_refused():
    _, pullback = vjp(lambda t, z, p: z / length(z, axis=1), 0.0, np.eye(3) + 1)
    with pytest.raises(ValueError, match=r"length with .*axis.* has shape \(3, 3, 3\); expected \(3, 3\)"):
        pullback(np.ones((3, 3)))


@pytest.mark.parametrize(
    "f",
    [
        lambda z, p: z / length(z, axis=0),
        lambda z, p: z * anp.sum(anp.outer(anp.maximum(z[0], 0.1), z[:1])),
        lambda z, p: z * anp.sum(anp.outer(p[0], z[:1]) + anp.outer(p[0], p[0])),
    ],
)
def test_a_product_with_an_axis_too_many_loses_it(f):
    z, a = np.random.default_rng(0).normal(size=(2, 3, 3))
    p, loss = np.array([1.5]), lambda z, p: np.sum(a * f(z, p))
    _, g_z, g_p = vjp(lambda t, z, p: f(z, p), 0.0, z, p)[1](a)
    np.testing.assert_allclose(g_z, central_differences(lambda z: loss(z, p))(z), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(g_p, central_differences(lambda p: loss(z, p))(p), rtol=1e-6, atol=1e-8)


def test_a_list_of_traced_values_in_another_is_explained():
    with pytest.raises(TypeError, match=r"another list is written np\.array\(\[\.\.\.\]\)"):
        vjp(lambda t, z, p: anp.concatenate([[-z[0]], z[1:]]), 0.0, np.ones(3))


def test_gradients_have_the_nesting_and_shapes_of_their_arguments():
    params = {"used": (np.ones((1, 3)), 2.0), "unused": [np.ones(4)]}
    _, pullback = vjp(lambda t, z, p: p["used"][1] * anp.sum(p["used"][0]) * z, 0.0, np.ones(2), params)
    a_dfdt, a_dfdz, a_dfdW = pullback(np.array([1.0, 10.0]))
    assert a_dfdt == 0
    np.testing.assert_array_equal(a_dfdz, [6, 60])
    np.testing.assert_array_equal(a_dfdW["used"][0], [[22.0, 22, 22]])
    assert a_dfdW["used"][1] == 33
    np.testing.assert_array_equal(a_dfdW["unused"][0], np.zeros(4))


def test_a_field_that_uses_no_argument_has_zero_products():
    dz, pullback = vjp(lambda t, z, params: np.full(2, 3.0), 0.0, np.ones(2), [np.ones((2, 2))])
    np.testing.assert_array_equal(dz, [3, 3])
    np.testing.assert_array_equal(ravel(pullback(np.ones(2))), np.zeros(7))


def test_float32_stays_float32():
    params = [np.ones((2, 2), np.float32)]
    dz, pullback = vjp(lambda t, z, params: anp.dot(params[0], z), 0.0, np.ones(2, np.float32), params)
    _, a_dfdz, (a_dfdW,) = pullback(np.ones(2, np.float32))
    assert dz.dtype == a_dfdz.dtype == a_dfdW.dtype == np.float32


def test_an_outer_trace_goes_through_an_inner_one():
    def slope(z):
        return vjp(lambda t, z, params: z**3, 0.0, z)[1](np.ones(1))[1][0]

    np.testing.assert_allclose(grad(slope)(np.array([2.0])), [12.0])


def test_an_exception_leaves_autograd_as_it_was():
    def failing(t, z, params):
        raise ZeroDivisionError("in f")

    level = trace_stack.top
    with pytest.raises(ZeroDivisionError, match="in f"):
        vjp(failing, 0.0, np.ones(2))
    assert trace_stack.top == level


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (None, TypeError, r"f returned None; expected a real array of shape \(2,\), the shape of z"),
        (1.0, ValueError, r"f returned shape \(\); expected \(2,\)"),
        (True, TypeError, "f returned True"),
        (np.ones(2, complex), TypeError, "f returned an array of dtype complex128"),
        (np.ones(2, bool), TypeError, "f returned an array of dtype bool"),
        ([[1.0], [1.0, 2.0]], TypeError, "what f returned is a ragged list"),
        (np.ones(3), ValueError, r"f returned shape \(3,\); expected \(2,\)"),
        (np.ones((2, 1)), ValueError, r"f returned shape \(2, 1\); expected \(2,\)"),
        ([1.0, 2.0, 3.0], ValueError, r"f returned shape \(3,\); expected \(2,\)"),
    ],
)
def test_what_f_may_not_return(returned, error, message):
    with pytest.raises(error, match=message):
        vjp(lambda t, z, params: returned, 0.0, np.ones(2))


@pytest.mark.parametrize("a", [np.ones((2, 2)), np.ones(1), 1.0])
def test_a_covector_of_another_shape_is_refused(a):
    _, pullback = vjp(lambda t, z, p: -z * p, 0.0, np.array([0.3, 0.4]), 2.0)
    with pytest.raises(ValueError, match=r"a has shape .*; expected \(2,\)"):
        pullback(a)


def test_an_integer_time_and_state_are_taken_as_floats_and_integer_parameters_as_constants():
    dz, pullback = vjp(lambda t, z, p: p["rates"][p["which"]] * z + t, 1, [1, 2], {"rates": [0.5, 3.0], "which": 1})
    a_dfdt, a_dfdz, a_dfdp = pullback([1, 1])
    np.testing.assert_array_equal(dz, [4.0, 7.0])
    np.testing.assert_array_equal(a_dfdz, [3.0, 3.0])
    assert a_dfdt == 2.0
    assert a_dfdp == {"rates": [0.0, 3.0], "which": None}
