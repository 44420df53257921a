"""The vector field f as users write it: what it may return, and what it must not do to be differentiated."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box, defjvp, defvjp, primitive
from autograd.tracer import getval

from minode.base import checks
from minode.base.types import Array, Field, Params

ADVICE = (
    ". Traced values pass through functions of autograd.numpy and autograd.scipy only: instead of assigning, as in "
    "dz[0] = ..., return np.array([...]) or use np.stack, np.concatenate or np.where; instead of float(x), math.sin(x) "
    "or scipy.special.expit(x) write x, np.sin(x) or autograd.scipy.special.expit(x)"
)

OF_OBJECTS = (
    " (to be differentiated f must be written with autograd.numpy, and a list of values within another list is written "
    "np.array([...]), as in np.concatenate([np.array([z[0]]), z[1:]]))"
)


def field(f: Field, t: float, z: Array, params: Params) -> Array:
    """Evaluate the vector field and check what it returns. A list or a number, which SciPy allows, becomes an array.

    Raises
    ------
    TypeError, ValueError
        As `checked`; and if `f` cannot be traced. Whatever else `f` raises comes out as it is.
    """
    return checked(traceable(f, "f", ADVICE, t, z, params), z)


def traceable(fun: Callable[..., Any], name: str, advice: str, *arguments: Any) -> Any:
    """Call a function of the user's; a TypeError with `advice` tells if it cannot be traced."""
    try:
        return fun(*arguments)
    except (TypeError, ValueError, AttributeError) as error:
        # Users do not know this type, in which autograd wraps traced arrays.
        if "ArrayBox" not in f"{error} {error.__cause__}":
            raise
        raise TypeError(
            f"{name} cannot be differentiated as it is written ({type(error).__name__}: {error}){advice}"
        ) from error


def checked(dz: Any, z: Array, name: str = "z") -> Array:
    """Return dz, the value of a field at z, as an array if it is real and in the shape of z; integers become float64.

    Errors call z by `name`.

    Raises
    ------
    TypeError
        If it is None or not real.
    ValueError
        If the shape differs from that of z.
    """
    if type(dz) is np.ndarray and dz.dtype.kind == "f" and dz.shape == np.shape(z):
        return dz  # At once, since this is asked at each evaluation.
    dz = checks.stacked(dz, "what f returned") if isinstance(dz, (list, tuple)) else dz
    value, shape = getval(dz), np.shape(z)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = np.float64(value)
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind not in "fiu":
        given = f"an array of dtype {value.dtype}" if isinstance(value, (np.ndarray, np.generic)) else repr(value)
        hint = OF_OBJECTS if given.endswith("object") else ""
        raise TypeError(f"f returned {given}{hint}; expected a real array of shape {shape}, the shape of {name}")
    if value.shape != shape:
        raise ValueError(f"f returned shape {value.shape}; expected {shape}, the shape of {name}")
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return dz
    return anp.array(1.0 * dz)


def untraced(dz: Array) -> Array:
    """Refuse a dz that is traced, by a TypeError: a solver would cut the trace, and the gradient would be lost."""
    if isinstance(dz, Box):
        raise TypeError(
            "f returned a traced value: it uses an array that is being differentiated without receiving it "
            "as an argument; pass it to odeint in params and read it there"
        )
    return dz


@primitive
def number(t: Any) -> float:
    """The number `t`, traced or not, as a Python number, which unlike NumPy's promotes no float32 state."""
    return np.asarray(t).item()


defvjp(number, lambda ans, t: lambda g: g)
defjvp(number, lambda g, ans, t: g)


@primitive
def cast(x: Array, dtype: Any) -> Array:
    """The array x in another dtype. Unlike autograd's `astype` it works in forward mode, and on numbers."""
    return np.asarray(x).astype(dtype)


defvjp(cast, lambda ans, x, dtype: lambda g: cast(g, x.dtype), argnums=(0,))
defjvp(cast, lambda g, ans, x, dtype: cast(g, dtype), argnums=(0,))
