"""What comes in at the door: each check names the argument, what was given and what was expected."""

import autograd.numpy as anp
import numpy as np
from autograd.builtins import SequenceBox
from autograd.extend import Box
from autograd.tracer import getval

# SciPy's compiled solvers count in 32 bits.
LARGEST_INT = 2**31 - 1


def float_array(value, name):
    """Return `value` as a real floating array, still traced if it was; integers become float64.

    Raises
    ------
    TypeError
        If `value` is not an array of real numbers.
    """
    if isinstance(value, (list, tuple, range, SequenceBox)):
        value = stacked([value[i] for i in range(len(value))], name)
    if type(value) is np.ndarray and value.dtype.kind == "f":
        return value
    plain = getval(value)
    kind = np.asarray(plain).dtype.kind if isinstance(plain, (np.ndarray, np.generic, int, float)) else None
    if kind is None or kind not in "fiu":
        raise TypeError(f"{name} is {described(plain)}; expected an array of real numbers")
    if kind == "f" and type(plain) is not float:
        return value if isinstance(value, Box) else np.asarray(value)
    return value * np.float64(1) if isinstance(value, Box) else np.asarray(value, dtype=np.float64)


def finite_array(value, name):
    """Like `float_array`, for a non-empty array without NaN or infinity.

    Raises
    ------
    TypeError, ValueError
        As `float_array`; and for an empty array or a non-finite entry, whose index is named.
    """
    array = float_array(value, name)
    plain = getval(array)
    if plain.size == 0:
        raise ValueError(f"{name} is empty (shape {plain.shape}); expected at least one entry")
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} is {first_nonfinite(plain)}; expected finite numbers")
    return array


def times(value):
    """Return the times t: 1-D, strictly increasing or strictly decreasing.

    Raises
    ------
    TypeError, ValueError
        If `value` is anything else; the message tells what.
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


def tolerance(value, name, shape):
    """Return a tolerance, a positive number or an array of them in the shape of the state.

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


def function(value, signature):
    """Check that `value` can be called; `signature` says how it would be, as ``f(t, z, params)``.

    Raises
    ------
    TypeError
        If it cannot.
    """
    if not callable(value):
        name, _, _ = signature.partition("(")
        raise TypeError(f"{name} is {described(value)}; expected a function {signature}")


def one_of(value, name, known):
    """Return `value` if it is among the `known` names.

    Raises
    ------
    ValueError
        If it is not; the message lists the known ones.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"unknown {name} {value!r}; expected one of {', '.join(map(repr, known))}")
    return value


def positive_int(value, name):
    """Return `value` if it is an integer of at least one.

    Raises
    ------
    TypeError, ValueError
        If it is not an integer, or smaller than one.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is {value!r}; expected an integer")
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1")
    if value > LARGEST_INT:
        raise ValueError(f"{name} is {value}; expected at most {LARGEST_INT}")
    return int(value)


def first_nonfinite(array):
    """Name the first entry of `array` that is NaN or infinite, as ``nan at index [0, 2]``."""
    index = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return f"{array[index]} at index {list(index)}" if index else str(array)


def described(value):
    """Tell the dtype of an array, or what else `value` is."""
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    return f"{value!r} of type {type(value).__name__}"


def stacked(value, name):
    """Return an array of a nested list or tuple of numbers, traced or not.

    Raises
    ------
    TypeError
        If its rows have different lengths.
    """
    try:
        return anp.array(value)
    except ValueError:
        raise TypeError(f"{name} is a ragged {type(value).__name__}; expected an array of real numbers") from None
