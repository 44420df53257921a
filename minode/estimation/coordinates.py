"""Unknown constants as the vector x that least squares moves: raveled, some as logarithms."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from minode.base.trees import is_constant, ravel, unravel, walk
from minode.base.types import Array, Params, Tree


class Coordinates:
    """The way from parameters to x and back.

    Parameters
    ----------
    params : tree of arrays
        Where the fit starts. Integers and booleans in it are constants and have no part in x.
    log : bool or tree of bool
        Which parameters are positive and stand in x as their logarithms.

    Attributes
    ----------
    names : list of str
        What to call each entry of x, such as ``params['rates'][2]``.
    log : array of bool, shape (p,)

    Raises
    ------
    TypeError, ValueError
        If there is no parameter, or a logarithm is asked for of one that is not positive.
    """

    def __init__(self, params: Params, log: Tree) -> None:
        self.template, start = params, ravel(params)
        if not start.size:
            raise ValueError(
                f"params is {params!r}, with nothing to fit; expected one float at least, such as 1.0: integers and "
                "booleans are constants"
            )
        self.names = list(_entry_names(params))
        self.log = entries(log, params, "log")
        if self.log.dtype != bool:
            raise TypeError(f"log is {log!r}; expected True or False, or a tree of these in the nesting of params")
        wrong = np.flatnonzero(~np.isfinite(start) | (self.log & (start <= 0)))
        if wrong.size:
            i = int(wrong[0])
            expected = "a positive number, since log asks for its logarithm" if self.log[i] else "a finite number"
            raise ValueError(f"{self.names[i]} starts at {start[i]}; expected {expected}")
        self.start = self.vector(start)

    def vector(self, W: Array) -> Array:
        """Return x for the raveled parameters W."""
        x = np.array(W, dtype=float)
        with np.errstate(divide="ignore"):
            x[self.log] = np.log(x[self.log])
        return x

    def raveled(self, x: Array) -> Array:
        """Return the raveled parameters W for x; what overflows is infinite."""
        W = np.array(x, dtype=float)
        with np.errstate(over="ignore"):
            W[self.log] = np.exp(W[self.log])
        return W

    def params(self, x: Array) -> Params:
        """Return the parameters for x, in their nesting."""
        return unravel(self.template, self.raveled(x))

    def slopes(self, x: Array) -> Array:
        """Return dW/dx, which is W itself where x is its logarithm."""
        return np.where(self.log, self.raveled(x), 1.0)

    def bounds(self, bounds: Any) -> tuple[Array, Array]:
        """Return the bounds of x for those of the parameters.

        Raises
        ------
        TypeError, ValueError
            If they are not a pair, leave nothing between them, or the start is not between them.
        """
        if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
            raise TypeError(f"bounds is {bounds!r}; expected a pair (low, high) of numbers or trees like params")
        low, high = (entries(bound, self.template, f"bounds[{i}]").astype(float) for i, bound in enumerate(bounds))
        low = np.where(self.log, np.maximum(low, 0.0), low)
        start = self.raveled(self.start)
        # Also wrong if a bound is NaN.
        wrong = np.flatnonzero(~((low < high) & (low <= start) & (start <= high)))
        if wrong.size:
            i = int(wrong[0])
            raise ValueError(
                f"{self.names[i]} starts at {start[i]:g} and has the bounds {low[i]:g} and {high[i]:g}; expected "
                "low < high and a start between them"
            )
        return self.vector(low), self.vector(high)


def entries(value: Tree, params: Params, name: str) -> Array:
    """Spread numbers over the raveled `params`.

    Parameters
    ----------
    value : number, array or tree
        One number for all, or a tree like `params` whose leaves are numbers or arrays in the shape of a leaf.
    params : tree of arrays
    name : str
        What to call `value` in errors.

    Raises
    ------
    ValueError
        If the nestings or the shapes differ.
    """
    return np.array(list(_entries(value, params, name)))


def _entries(value: Tree, tree: Params, name: str) -> Iterator[Any]:
    if isinstance(tree, (dict, list, tuple)) and isinstance(value, (dict, list, tuple, np.ndarray)):
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        given = list(value) if isinstance(value, dict) else list(range(len(value)))
        if set(keys) != set(given):
            raise ValueError(f"{name} has the keys {given}; expected those of params, {keys}")
        for key in keys:
            yield from _entries(value[key], tree[key], f"{name}[{key!r}]")
    elif isinstance(tree, (dict, list, tuple)):
        for child in tree.values() if isinstance(tree, dict) else tree:
            yield from _entries(value, child, name)
    elif not is_constant(tree):
        try:
            yield from np.broadcast_to(np.asarray(value), np.shape(tree)).ravel()
        except ValueError:
            raise ValueError(
                f"{name} is {value!r}; expected one number or as many as params has there, shape {np.shape(tree)}"
            ) from None


def _entry_names(params: Params) -> Iterator[str]:
    for path, leaf in walk(params, "params"):
        if not is_constant(leaf):
            for index in np.ndindex(np.shape(leaf)):
                yield path + (str(list(index)) if index else "")
