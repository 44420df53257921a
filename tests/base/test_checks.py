"""Bad arguments: each error names the argument, what was given and what was expected."""

import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from minode import solve
from minode.base import checks
from minode.ode.solvers.methods import METHODS

GOOD = dict(y0=np.ones(2), t=[0.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(y0=[]), ValueError, "y0 is empty (shape (0,)); expected at least one entry"),
        (dict(y0=np.ones((2, 0))), ValueError, "y0 is empty (shape (2, 0))"),
        (dict(y0=[1.0, np.nan]), ValueError, "y0 is nan at index [1]; expected finite numbers"),
        (dict(y0=np.array([[1, 2], [-np.inf, np.nan]])), ValueError, "y0 is -inf at index [1, 0]; expected finite"),
        (dict(y0=np.nan), ValueError, "y0 is nan; expected finite numbers"),
        (dict(y0=None), TypeError, "y0 is None of type NoneType; expected an array of real numbers"),
        (dict(y0="text"), TypeError, "y0 is 'text' of type str"),
        (dict(y0=["a", "b"]), TypeError, "y0 is an array of dtype <U1"),
        (dict(y0=np.ones(2, dtype=complex)), TypeError, "y0 is an array of dtype complex128"),
        (dict(y0=np.array([True, False])), TypeError, "y0 is an array of dtype bool"),
        (dict(y0=True), TypeError, "y0 is True of type bool"),
        (dict(y0=1j), TypeError, "y0 is 1j of type complex"),
        (dict(y0=[[1.0, 2.0], [3.0]]), TypeError, "y0 is a ragged list; expected an array of real numbers"),
        (dict(y0={"a": 1.0}), TypeError, "y0 is {'a': 1.0} of type dict"),
        (dict(t=1.0), ValueError, "t has shape (); expected one dimension, such as [0.0, 1.0]"),
        (dict(t=[[0.0, 1.0]]), ValueError, "t has shape (1, 2); expected one dimension"),
        (dict(t=[]), ValueError, "t is empty (shape (0,))"),
        (dict(t=[0.0, np.nan, 1.0]), ValueError, "t is nan at index [1]; expected finite numbers"),
        (dict(t=[0.0, np.inf]), ValueError, "t is inf at index [1]"),
        (dict(t=[0.0, 0.5, 0.5, 1.0]), ValueError, "t[1] = 0.5 is followed by t[2] = 0.5; expected strictly"),
        (dict(t=[1.0, 1.0]), ValueError, "t[0] = 1.0 is followed by t[1] = 1.0"),
        (dict(t=[0.0, 2.0, 1.0, 3.0]), ValueError, "t[1] = 2.0 is followed by t[2] = 1.0"),
        (dict(t=[3.0, 1.0, 2.0, 0.0]), ValueError, "t[1] = 1.0 is followed by t[2] = 2.0"),
        (dict(t=[0.0, 1.0, 0.0]), ValueError, "t[1] = 1.0 is followed by t[2] = 0.0"),
        (dict(t=[0, 0.1 + 0.2, 0.3]), ValueError, "t[1] = 0.30000000000000004 is followed by t[2] = 0.3"),
        (dict(t=["0", "1"]), TypeError, "t is an array of dtype <U1"),
        (dict(rtol=np.nan), ValueError, "rtol is nan; expected finite numbers"),
        (dict(rtol=np.inf), ValueError, "rtol is inf; expected finite numbers"),
        (dict(rtol=0.0), ValueError, "rtol is 0.0; expected positive numbers"),
        (dict(rtol=-1e-3), ValueError, "rtol is -0.001; expected positive numbers"),
        (dict(rtol=None), TypeError, "rtol is None"),
        (dict(atol=np.nan), ValueError, "atol is nan"),
        (dict(atol=0), ValueError, "atol is 0.0; expected positive numbers"),
        (dict(atol=[1e-6, -1.0]), ValueError, "atol is -1.0; expected positive numbers"),
        (dict(atol=[1e-6, np.inf]), ValueError, "atol is inf at index [1]; expected finite numbers"),
        (dict(atol=np.full(3, 1e-6)), ValueError, "atol has shape (3,); expected one number or the shape of the state"),
        (dict(rtol=np.full((1, 2), 1e-6)), ValueError, "rtol has shape (1, 2); expected one number or the shape"),
        (dict(max_steps=0), ValueError, "max_steps is 0; expected at least 1"),
        (dict(max_steps=1e3), TypeError, "max_steps is 1000.0; expected an integer"),
        (dict(max_steps=None), TypeError, "max_steps is None; expected an integer"),
        (dict(method="rk45"), ValueError, f"unknown method 'rk45'; expected one of {', '.join(map(repr, METHODS))}"),
        (dict(method=None), ValueError, "unknown method None; expected one of 'lsoda'"),
    ],
    ids=str,
)
def test_bad_arguments_of_solve(arguments, error, message):
    def untouched(t, y):
        raise AssertionError("the field was called")

    with pytest.raises(error, match=re.escape(message)):
        solve(untouched, **{**GOOD, **arguments})


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, np.float64),
        (2.5, np.float64),
        (np.float32(2.5), np.float32),
        (np.int8(3), np.float64),
        ([1, 2], np.float64),
        ((1.5, 2), np.float64),
        ([np.ones(2), np.zeros(2)], np.float64),
        (np.ones(2, dtype=np.float16), np.float16),
        (np.ones((2, 1), dtype=np.uint8), np.float64),
    ],
    ids=repr,
)
def test_float_array_accepts(value, dtype):
    array = checks.float_array(value, "x")
    assert isinstance(array, np.ndarray)
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, value)


def test_float_array_hands_a_float_array_on_as_it_is():
    x = np.ones(3)
    assert checks.float_array(x, "x") is x


@pytest.mark.parametrize("x", [np.array([1.0, 2.0]), 3.0], ids=repr)
def test_float_array_keeps_the_trace(x):
    np.testing.assert_array_equal(grad(lambda x: anp.sum(checks.float_array(x, "x") ** 2))(x), 2 * x)


def test_masked_entries_do_not_pass_for_numbers():
    """NumPy hands on what the mask hides."""
    values = np.ma.array([1.0, 99.0], mask=[False, True])
    with pytest.raises(TypeError, match="x is a masked array; expected a plain one, and its mask apart"):
        checks.float_array(values, "x")
    np.testing.assert_array_equal(checks.float_array(values[:1], "x"), [1.0])


def test_float_array_keeps_the_trace_of_list_entries():
    assert grad(lambda x: anp.sum(checks.float_array([x, 2 * x], "x") ** 2))(3.0) == 30.0


def test_traced_values_are_checked_too():
    with pytest.raises(ValueError, match="x is nan at index"):
        grad(lambda x: anp.sum(checks.finite_array(x, "x")))(np.array([1.0, np.nan]))


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)], ids=repr)
def test_positive_int_accepts(value):
    result = checks.positive_int(value, "n")
    assert result == 3
    assert type(result) is int


def test_what_is_not_a_function_is_named_with_its_signature():
    checks.function(len, "f(t, z, params)")
    with pytest.raises(TypeError, match=r"f is 3 of type int; expected a function f\(t, z, params\)"):
        checks.function(3, "f(t, z, params)")
