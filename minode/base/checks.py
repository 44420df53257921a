"""Checks of arguments: every error names the argument, what was given and what was expected."""

from collections.abc import Iterable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.builtins import SequenceBox
from autograd.extend import Box
from autograd.tracer import getval

from minode.base.types import Array, Shape

# SciPy's compiled solvers count steps in 32-bit integers.
LARGEST_INT = 2**31 - 1


def float_array(value: Any, name: str) -> Array:
    """Return `value` as a real floating-point array; integers become float64, and a traced value stays traced.

    Raises
    ------
    TypeError
        If `value` is not an array of real numbers, or entries of it are masked.
    """
    if isinstance(value, (list, tuple, range, SequenceBox)):
        value = stacked([value[i] for i in range(len(value))], name)
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return value
    # What its mask hides would count as any other number.
    if np.ma.is_masked(value):
        raise TypeError(f"{name} is a masked array; expected a plain one, and its mask apart where one is taken")
    plain = getval(value)
    kind = np.asarray(plain).dtype.kind if isinstance(plain, (np.ndarray, np.generic, int, float)) else None
    if kind is None or kind not in "fiu":
        raise TypeError(f"{name} is {described(plain)}; expected an array of real numbers")
    if kind == "f" and type(plain) is not float:
        return value if isinstance(value, Box) else np.asarray(value)
    return value * np.float64(1) if isinstance(value, Box) else np.asarray(value, dtype=np.float64)


def finite_array(value: Any, name: str) -> Array:
    """Like `float_array`, for a non-empty array without NaN or infinity.

    Raises
    ------
    TypeError, ValueError
        As `float_array`. Also if the array is empty, or has a non-finite entry; the message gives its index.
    """
    array = float_array(value, name)
    plain = getval(array)
    if plain.size == 0:
        raise ValueError(f"{name} is empty (shape {plain.shape}); expected at least one entry")
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} is {first_nonfinite(plain)}; expected finite numbers")
    return array


def times(value: Any) -> Array:
    """Return the times t if they are 1-D, and strictly increasing or strictly decreasing.

    Raises
    ------
    TypeError, ValueError
        If `value` is anything else; the message says what was found.
    """
    t = finite_array(value, "t")
    plain = getval(t)
    if plain.ndim != 1:
        raise ValueError(f"t has shape {plain.shape}; expected one dimension, such as [0.0, 1.0]")
    direction = 1 if plain[-1] >= plain[0] else -1
    wrong = np.flatnonzero(direction * np.diff(plain) <= 0)
    if wrong.size:
        i = int(wrong[0])
        raise ValueError(
            f"t is not strictly monotone: t[{i}] = {plain[i]} is followed by t[{i + 1}] = {plain[i + 1]}; "
            "expected strictly increasing or strictly decreasing times"
        )
    return t


def tolerance(value: Any, name: str, shape: Shape) -> Array | float:
    """Return a tolerance: one positive number, or an array of positive numbers in the shape of the state.

    Raises
    ------
    TypeError, ValueError
        If `value` is not positive and finite, or has another shape.
    """
    array = finite_array(value, name)
    if not (array > 0).all():
        raise ValueError(f"{name} is {array.min()}; expected positive numbers")
    if array.ndim and array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}; expected one number or the shape of the state, {shape}")
    return array if array.ndim else float(array)


def function(value: Any, signature: str) -> None:
    """Check that `value` can be called; `signature` shows how it will be called, such as ``f(t, z, params)``.

    Raises
    ------
    TypeError
        If it cannot be called.
    """
    if not callable(value):
        name, _, _ = signature.partition("(")
        raise TypeError(f"{name} is {described(value)}; expected a function {signature}")


def one_of(value: Any, name: str, known: Iterable[str]) -> str:
    """Return `value` if it is one of the `known` names.

    Raises
    ------
    ValueError
        If it is not; the message lists the known names.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"unknown {name} {value!r}; expected one of {', '.join(map(repr, known))}")
    return value


def true_or_false(value: Any, name: str) -> bool:
    """Return `value` if it is True or False; a TypeError tells otherwise."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is {value!r}; expected True or False")
    return bool(value)


def positive_int(value: Any, name: str) -> int:
    """Return `value` if it is an integer and at least one.

    Raises
    ------
    TypeError, ValueError
        If it is not an integer, is smaller than one, or does not fit 32 bits.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is {value!r}; expected an integer")
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1")
    if value > LARGEST_INT:
        raise ValueError(f"{name} is {value}; expected at most {LARGEST_INT}")
    return int(value)


def positive_float(value: Any, name: str, expected: str) -> float:
    """Return `value` as a float if it is one positive, finite number; `expected` says for what.

    Raises
    ------
    TypeError, ValueError
        If it is anything else.
    """
    number = float_array(value, name)
    if isinstance(number, Box) or number.ndim or not 0 < number < np.inf:
        raise ValueError(f"{name} is {value!r}; expected {expected}: one positive, finite number")
    return float(number)


def generator(value: Any) -> np.random.Generator:
    """Return `value`, an argument called rng, if random numbers can be drawn from it; a TypeError tells otherwise."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"rng is {described(value)}; expected a numpy.random.Generator, as from default_rng(seed)")
    return value


def first_nonfinite(array: Array) -> str:
    """Describe the first entry of `array` that is NaN or infinite, such as ``nan at index [0, 2]``."""
    index = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return f"{array[index]} at index {list(index)}" if index else str(array)


def described(value: Any) -> str:
    """Describe an array by its dtype, and anything else by its value and type."""
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    return f"{value!r} of type {type(value).__name__}"


def stacked(value: Any, name: str) -> Array:
    """Make an array of a nested list or tuple of numbers, which may be traced.

    Raises
    ------
    TypeError
        If its rows have different lengths.
    """
    try:
        return anp.array(value)
    except ValueError:
        raise TypeError(f"{name} is a ragged {type(value).__name__}; expected an array of real numbers") from None
