"""Vector-Jacobian products of common primitives in plain NumPy.

autograd writes its rules with its own primitives, so that they can be differentiated again. Nothing here is: a solver
asks for first derivatives, thousands of times, and half of the time of a small field went into these wrappers. A rule
holds for real arrays. Whatever it does not hold for, and every primitive that is not in the tables, has autograd's.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import autograd.numpy as anp
import numpy as np
from autograd.core import primitive_vjps, sparse_add, sparse_object_types, vspace
from autograd.numpy.numpy_boxes import ArrayBox

from minode.base.types import Array, Shape

Rule: TypeAlias = Callable[..., Array]
"""``rule(g, y, *args, **kwargs) -> g . dy/d(one of args)`` for ``y = primitive(*args, **kwargs)``."""

_off: ContextVar[bool] = ContextVar("autograd's own products", default=False)


@contextmanager
def products_of_autograd() -> Iterator[None]:
    """Use no rule of this module inside a ``with`` block, in this thread: tests compare what comes out."""
    token = _off.set(True)
    try:
        yield
    finally:
        _off.reset(token)


def unbroadcast(g: Array, shape: Shape) -> Array:
    """Sum `g` over the axes along which an argument of this `shape` was repeated."""
    if g.shape == shape:
        return g
    while g.ndim > len(shape):
        g = np.add.reduce(g)
    for axis, size in enumerate(shape):
        if size == 1 and g.shape[axis] != 1:
            g = np.add.reduce(g, axis=axis, keepdims=True)
    return g


def _power_of_base(g, y, a, b):
    # As autograd has it, d(a**0)/da is zero for a = 0, too.
    exponent = (b - 1 if b else 1.0) if isinstance(b, (int, float)) else np.where(b, b - 1, 1.0)
    return g * (b * a**exponent)


def _power_of_exponent(g, y, a, b):
    return g * (np.log(np.where(a, a, 1.0)) * y)


def _chosen(g, y, chosen, other):
    # Where both are equal, each has half.
    return np.where(chosen == other, 0.5 * g, (chosen == y) * g)


# The primitives: in some releases anp.where and anp.mean are functions around them.
WHERE, MEAN = ({fun.fun: fun for fun in primitive_vjps}[raw] for raw in (np.where, np.mean))
# Functions of each entry. What they give has the shape of y, and is summed where an argument was repeated.
ELEMENTWISE: dict[Callable, Sequence[Rule | None]] = {
    anp.add: (lambda g, y, a, b: g, lambda g, y, a, b: g),
    anp.subtract: (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    anp.multiply: (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    anp.true_divide: (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    anp.power: (_power_of_base, _power_of_exponent),
    anp.maximum: (_chosen, lambda g, y, a, b: _chosen(g, y, b, a)),
    anp.minimum: (_chosen, lambda g, y, a, b: _chosen(g, y, b, a)),
    WHERE: (None, lambda g, y, c, a, b: np.where(c, g, 0), lambda g, y, c, a, b: np.where(c, 0, g)),
    anp.negative: (lambda g, y, a: -g,),
    anp.abs: (lambda g, y, a: g * np.sign(a),),
    anp.reciprocal: (lambda g, y, a: -g * (y * y),),
    anp.square: (lambda g, y, a: g * (2 * a),),
    anp.sqrt: (lambda g, y, a: 0.5 * g / y,),
    anp.exp: (lambda g, y, a: g * y,),
    anp.expm1: (lambda g, y, a: g * (y + 1),),
    anp.log: (lambda g, y, a: g / a,),
    anp.log1p: (lambda g, y, a: g / (a + 1),),
    anp.sin: (lambda g, y, a: g * np.cos(a),),
    anp.cos: (lambda g, y, a: -g * np.sin(a),),
    anp.tan: (lambda g, y, a: g * (1 + y * y),),
    anp.arctan: (lambda g, y, a: g / (1 + a * a),),
    anp.sinh: (lambda g, y, a: g * np.cosh(a),),
    anp.cosh: (lambda g, y, a: g * np.sinh(a),),
    anp.tanh: (lambda g, y, a: g * (1 - y * y),),
}


def _product_of_left(g, y, a, b):
    return g.dot(b.T) if b.ndim == 2 else np.multiply.outer(g, b)


def _product_of_right(g, y, a, b):
    if a.ndim != 2:
        a, g = a.reshape(-1, a.shape[-1]), g.reshape(-1, *b.shape[1:])
    return a.T.dot(g)


def _summed(g, y, x, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    out = np.empty(x.shape, g.dtype)
    out[...] = g
    return out


def _averaged(g, y, x, axis=None, keepdims=False):
    return _summed(g, y, x, axis, keepdims) * (np.size(y) / max(x.size, 1))


def _taken(g, y, A, index):
    out = np.zeros(A.shape, A.dtype)
    indices = index if type(index) is tuple else (index,)
    if all(i is None or i is Ellipsis or type(i) in (int, slice) for i in indices):
        out[index] = g
    else:
        np.add.at(out, index, g)  # An entry may be taken twice.
    return out


def _reshaped(g, y, x, *shape):
    return g.reshape(x.shape)


def _joined(place, axis, arrays):
    start = sum(array.shape[axis] for array in arrays[: place - 1])
    end = start + arrays[place - 1].shape[axis]
    return (slice(None),) * (axis % arrays[0].ndim) + (slice(start, end),)


def _takes(*numbers, keywords=()):
    """Whether so many arguments are given, the first a real array, and no other keywords."""
    return lambda args, kwargs: len(args) in numbers and is_real(args[0]) and all(key in keywords for key in kwargs)


def _takes_matrices(args, kwargs):
    """Whether the arguments are a matrix or a vector, behind a stack of any."""
    a, b = args if len(args) == 2 and not kwargs else (None, None)
    arrays = type(a) is type(b) is np.ndarray and a.dtype == b.dtype
    return bool(arrays and a.ndim and b.ndim in (1, 2) and a.size and b.size)


# Functions of whole arrays: when the rules hold, and the rules.
STRUCTURAL: dict[Callable, tuple[Callable[[Sequence, dict], bool], Sequence[Rule]]] = {
    anp.dot: (_takes_matrices, (_product_of_left, _product_of_right)),
    anp.matmul: (_takes_matrices, (_product_of_left, _product_of_right)),
    anp.sum: (_takes(1, 2, keywords=("axis", "keepdims")), (_summed,)),
    MEAN: (_takes(1, 2, keywords=("axis", "keepdims")), (_averaged,)),
    ArrayBox.__getitem__: (_takes(2), (_taken,)),
    anp.reshape: (_takes(2), (_reshaped,)),
    anp.ravel: (_takes(1), (_reshaped,)),
    anp.expand_dims: (_takes(2), (_reshaped,)),
    anp.transpose: (_takes(1), (lambda g, y, x: g.T,)),
}
# Functions of any number of arrays: a rule for each place among the arguments.
VARIADIC: dict[Callable, Callable[[int], Rule]] = {
    anp.concatenate_args: lambda place: lambda g, y, axis, *arrays: g[_joined(place, axis, arrays)],
    anp.array_from_args: lambda place: lambda g, y, args, kwargs, *parts: g[place - 2],
}
# Primitives with rules, each with what autograd has for it: if a user defines another rule, that one is right.
RULED = {fun: primitive_vjps[fun] for fun in (*ELEMENTWISE, *STRUCTURAL, *VARIADIC)}


def is_real(x: Any) -> bool:
    """Whether `x` is a floating array or one of NumPy's floating numbers, not complex and not traced."""
    return x.dtype.kind == "f" if type(x) is np.ndarray else isinstance(x, np.floating)


def rules(fun: Callable, y: Any, args: Sequence, kwargs: dict, argnums: Sequence[int]) -> list[Rule] | None:
    """The rule for each of the arguments `argnums` of ``y = fun(*args, **kwargs)``; None where autograd's are needed.

    What a rule gives may have to be summed: see `unbroadcast`.
    """
    original = RULED.get(fun)
    if original is None or primitive_vjps[fun] is not original or _off.get() or not is_real(y):
        return None
    if fun in VARIADIC:
        # Options for the array that is made are none of its rule, and lists have no shape.
        made = fun is anp.array_from_args
        holds = not kwargs and all(map(is_real, [args[n] for n in argnums] if made else args[1:]))
        return [VARIADIC[fun](n) for n in argnums] if holds and not (made and any(args[:2])) else None
    if fun in STRUCTURAL:
        condition, found = STRUCTURAL[fun]
        return [found[n] for n in argnums] if max(argnums) < len(found) and condition(args, kwargs) else None
    elementwise = ELEMENTWISE[fun]
    if kwargs or len(args) != len(elementwise) or not all(type(args[n]) is float or is_real(args[n]) for n in argnums):
        return None
    chosen = [rule for n in argnums if (rule := elementwise[n]) is not None]
    return chosen if len(chosen) == len(argnums) else None


def dense(g: Any) -> Any:
    """Return a gradient as an array where autograd gives only the entries of one."""
    return sparse_add(vspace(g), None, g) if type(g) in sparse_object_types else g
