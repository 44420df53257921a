"""Each product in plain NumPy against autograd's own and against differences."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, make_vjp
from autograd.core import primitive_vjps
from autograd.extend import defvjp

from minode import vjp
from minode.ode.tracing import products
from minode.ode.tracing.products import products_of_autograd
from minode.ode.tracing.trace import traced

rng = np.random.default_rng(0)
V, M, N, S = rng.uniform(0.5, 2.0, 4), rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=(2, 3, 4))
TIES = np.array([[1.0, -2.0, 0.0, 3.0], [1.0, 2.0, 0.0, -3.0], [0.0, 0.5, 0.0, 0.5]])
ZERO = np.array([0.0, 1.0, -2.0, 3.0])
CASES = {
    "add, broadcast": (lambda a, b: a + b, M, V),
    "add, a number": (lambda a, b: a + b, M, np.array(2.0)),
    "add, axes of length one": (lambda a, b: a + b, M[:, :1], M[:1]),
    "subtract": (lambda a, b: a - b, V, M),
    "multiply": (lambda a, b: a * b, M, V),
    "divide": (lambda a, b: a / b, M, V),
    "power": (lambda a, b: a**b, V, M),
    "power 2": (lambda a: a**2, M),
    "power 3": (lambda a: a**3, M),
    "power 0": (lambda a: a**0, ZERO),
    "power 1": (lambda a: a**1, ZERO),
    "power -0.5": (lambda a: a**-0.5, V),
    "power of a number": (lambda b: 2.0**b, M),
    "power by an array with zero": (lambda a, b: a**b, V, np.array([0.0, 1.0, 2.0, 0.5])),
    "power by a list": (lambda a: a ** np.array([0, 1, 2, 3]), ZERO),
    "maximum, ties": (anp.maximum, TIES, TIES[::-1] * [1, -1, 1, 1]),
    "maximum of zero": (lambda a: anp.maximum(a, 0), TIES),
    "minimum, ties": (anp.minimum, TIES, TIES[::-1] * [1, -1, 1, 1]),
    "where": (lambda a, b: anp.where(TIES > 0, a, b), M, TIES),
    "abs, zero": (anp.abs, TIES),
    **{
        name: (getattr(anp, name), V)
        for name in "negative reciprocal square sqrt exp expm1 log log1p sin cos tan arctan sinh cosh tanh".split()
    },
    "dot, matrices": (anp.dot, M, N),
    "dot, matrix and vector": (anp.dot, M, V),
    "dot, vector and matrix": (anp.dot, V, N),
    "dot, vectors": (anp.dot, V, 2 * V),
    "dot, stack and matrix": (anp.dot, S, N),
    "dot, stack and vector": (anp.dot, S, V),
    "dot, a number": (anp.dot, np.array(2.0), M),
    "dot, stacks": (anp.dot, S, rng.normal(size=(2, 4, 2))),
    "matmul, matrices": (anp.matmul, M, N),
    "matmul, matrix and vector": (anp.matmul, M, V),
    "matmul, vector and matrix": (anp.matmul, V, N),
    "matmul, vectors": (anp.matmul, V, 2 * V),
    "matmul, stack and matrix": (anp.matmul, S, N),
    "matmul, stacks": (anp.matmul, S, rng.normal(size=(2, 4, 2))),
    "sum": (anp.sum, M),
    "sum, axis": (lambda a: anp.sum(a, axis=1), S),
    "sum, axes": (lambda a: anp.sum(a, (0, -1)), S),
    "sum, kept": (lambda a: anp.sum(a, axis=0, keepdims=True), S),
    "sum, method": (lambda a: a.sum(0), S),
    "sum, dtype": (lambda a: anp.sum(a, 1, float), S),
    "mean": (anp.mean, M),
    "mean, axes": (lambda a: anp.mean(a, axis=(0, 2), keepdims=True), S),
    "var": (lambda a: anp.var(a, axis=1), M),
    "item": (lambda a: a[1], M),
    "slice": (lambda a: a[..., 1:3], S),
    "new axis": (lambda a: a[:, None, ::-1], M),
    "entries, twice": (lambda a: a[[0, 2, 0]], M),
    "entries, by mask": (lambda a: a[TIES > 0], M),
    "entries, by arrays": (lambda a: a[np.array([0, 1]), np.array([2, 2])], M),
    "entry, by NumPy's integer": (lambda a: a[np.int64(1)], M),
    "reshape": (lambda a: anp.reshape(a, (2, 6)), M),
    "reshape, method": (lambda a: a.reshape(2, -1), M),
    "reshape, order": (lambda a: anp.reshape(a, (2, 6), order="F"), M),
    "ravel": (anp.ravel, M),
    "expand_dims": (lambda a: anp.expand_dims(a, 1), M),
    "transpose": (anp.transpose, S),
    "transpose, axes": (lambda a: anp.transpose(a, (1, 0, 2)), S),
    "concatenate": (lambda a, b: anp.concatenate([a, b]), V, ZERO),
    "concatenate, axis": (lambda a, b: anp.concatenate((a, b, a), axis=-1), M, TIES[:, :2]),
    "concatenate with a list": (lambda a: anp.concatenate([[1.0], a, [2.0, 3.0]]), V),
    "stack": (lambda a, b: anp.stack([a, b], axis=1), V, ZERO),
    "array": (lambda a: anp.array([a[0], 1.0, a[1] * a[0]]), V),
    "array, nested": (lambda a: anp.array([[a[0], 1.0], [2, a[1]]]), V),
    "array, with an option": (lambda a: anp.array([a[0], a[1]], dtype=float), V),
    "einsum": (lambda a, b: anp.einsum("ij,jk->ki", a, b), M, N),
    "norm": (anp.linalg.norm, M),
    "the same twice": (lambda a: a * a + anp.dot(a, a.T) @ a, M),
}


@pytest.mark.parametrize("case", CASES)
def test_products_are_those_of_autograd(case):
    fun, *args = CASES[case]
    y, pull = traced(fun, args)
    g = np.random.default_rng(1).normal(size=np.shape(y))
    expected = [make_vjp(fun, n)(*args)[0](g) for n in range(len(args))]
    for found, by_autograd, arg in zip(pull(g), expected, args):
        assert np.shape(found) == np.shape(by_autograd) == np.shape(arg)
        # Other formulas round otherwise, a few times each, where terms of the size of g cancel.
        np.testing.assert_allclose(found, by_autograd, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("case", CASES)
def test_the_switch_gives_the_bits_of_autograd(case):
    fun, *args = CASES[case]
    with products_of_autograd():
        y, pull = traced(fun, args)
        g = np.random.default_rng(1).normal(size=np.shape(y))
        found = pull(g)
    for n, gradient in enumerate(found):
        np.testing.assert_array_equal(gradient, make_vjp(fun, n)(*args)[0](g))


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_where_autograd_keeps_it(case):
    fun, *args = CASES[case]
    args = [arg.astype(np.float32) for arg in args]
    y, pull = traced(fun, args)
    for n, found in enumerate(pull(np.ones_like(y))):
        assert found.dtype in (np.float32, make_vjp(fun, n)(*args)[0](np.ones_like(y)).dtype)


def test_the_cases_ask_for_every_rule():
    used = set()

    def noting(fun, *rest):
        found = products.rules(fun, *rest)
        used.update([fun] if found is not None else [])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("minode.ode.tracing.trace.rules", noting)
        for fun, *args in CASES.values():
            y, pull = traced(fun, args)
            pull(np.ones(np.shape(y)))
    assert used == {*products.ELEMENTWISE, *products.STRUCTURAL, *products.VARIADIC}


def test_a_choice_between_values_that_are_repeated():
    # autograd's own product has the shape of the choice there.
    _, pull = traced(lambda a, b: anp.where(TIES > 0, a, b), (V, np.array(1.0)))
    of_a, of_b = pull(np.ones((3, 4)))
    np.testing.assert_array_equal(of_a, (TIES > 0).sum(axis=0))
    assert of_b == (TIES <= 0).sum()


def test_a_rule_that_the_user_defines_is_used(monkeypatch):
    monkeypatch.setitem(primitive_vjps, anp.tanh, None)
    defvjp(anp.tanh, lambda y, x: lambda g: 7.0 * g)
    _, pull = traced(anp.tanh, (V,))
    np.testing.assert_array_equal(pull(np.ones(4))[0], np.full(4, 7.0))


def test_complex_values_between_real_ones_are_differentiated():
    def fun(z):
        return anp.real(anp.exp(1j * z) * (1 + 2j)) + anp.abs(z + 1j)

    _, pull = traced(fun, (V,))
    expected = -np.sin(V) - 2 * np.cos(V) + V / np.sqrt(V**2 + 1)
    np.testing.assert_allclose(pull(np.ones(4))[0], expected, rtol=1e-13)


def test_a_pullback_is_itself_differentiable():
    def product(a):
        return anp.sum(vjp(lambda t, z, W: anp.tanh(anp.dot(z, W)), 0.0, M[:, :3], M[:, :3])[1](a)[1] ** 2)

    a = np.random.default_rng(1).normal(size=(3, 3))
    eps = 1e-6
    along = np.random.default_rng(2).normal(size=(3, 3))
    difference = (product(a + eps * along) - product(a - eps * along)) / (2 * eps)
    # Of a square the central difference is exact but for rounding.
    assert np.sum(grad(product)(a) * along) == pytest.approx(difference, rel=1e-7)


def test_a_value_kept_from_another_evaluation_is_refused():
    kept = []

    def f(t, z, params):
        kept.append(z)
        return z * kept[0]

    assert vjp(f, 0.0, V)[0].shape == (4,)
    with pytest.raises(TypeError, match="kept from another evaluation"):
        vjp(f, 0.0, V)
