"""States that are trees: a pair (z, log p), a dict of positions and velocities, a state beside its running cost.

`odeint` solves for one array. A tree of arrays is raveled into a flat vector around it, and f sees the tree again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from typing import cast as typed

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import nesting
from minode.base.types import Array, Field, Params, Tree
from minode.ode.straight.reads import WRAPPERS
from minode.ode.tracing.fields import cast, checked

Solver = TypeVar("Solver", bound=Callable[..., Any])
TOLERANCES = {"rtol", "atol", "adjoint_rtol", "adjoint_atol"}


def is_tree(state: Any) -> bool:
    """Whether `state` is a tree, not an array: a tuple, a dict, or a list that holds one of these or arrays.

    A list of numbers, nested or not, is an array.
    """
    state = getval(state)
    if isinstance(state, list):
        return any(is_tree(child) or (not isinstance(child, list) and np.ndim(getval(child)) > 0) for child in state)
    return isinstance(state, (tuple, dict))


def with_trees(odeint: Solver) -> Solver:
    """Let `odeint` take a tree of arrays as z0, and tolerances leaf by leaf."""

    @wraps(odeint)
    def odeint_of_trees(f: Field, z0: Tree, t: Any, params: Params = (), **options: Any) -> Tree:
        if not is_tree(z0):
            return odeint(f, z0, t, params, **options)
        state, flat_field, options = raveled(f, z0, options)
        return state.tree(odeint(flat_field, state.y0, t, params, **options))

    return typed(Solver, odeint_of_trees)


def raveled(f: Field, z0: Tree, options: dict[str, Any]) -> tuple["TreeState", Field, dict[str, Any]]:
    """Make of a solve from a tree z0 one on flat vectors: the state, the field, and the options of that solve."""
    checks.function(f, "f(t, z, params)")
    state = TreeState(z0)
    trees = [
        name
        for name in sorted(options.keys() & TOLERANCES)
        if isinstance(options[name], (list, tuple, dict)) or np.ndim(options[name]) > 0
    ]
    return state, FieldOfTrees(f, state), options | {name: state.tolerance(options[name], name) for name in trees}


@dataclass(frozen=True, eq=False)
class FieldOfTrees:
    """The field of the flat vector, made of one of trees. It branches by nesting and dtypes alone."""

    f: Field
    state: "TreeState"

    def __call__(self, t: float, y: Array, params: Params) -> Array:
        return self.state.slope(self.f(t, self.state.tree(y), params))


WRAPPERS[FieldOfTrees] = "f"


class TreeState:
    """The flat vector of a tree of arrays, and the way back.

    Parameters
    ----------
    z0 : tree of arrays
        Integers become float64. A leaf in float32 reaches f and is returned in float32, while the flat vector has the
        widest dtype of all leaves.

    Attributes
    ----------
    y0 : array
        The flat vector.

    Raises
    ------
    TypeError, ValueError
        If a leaf is not a finite real array; its path is named, as ``z0['velocity']``.
    """

    def __init__(self, z0: Tree) -> None:
        self.outline = _outline(z0)
        self.nested = nesting(self.outline)
        arrays = [checks.finite_array(leaf, f"z0{path}") for path, leaf in matching(self.outline, z0, "z0")]
        if not arrays:
            raise ValueError(f"z0 is {getval(z0)!r}, a tree without leaves; expected at least one array")
        self.like = [getval(array) for array in arrays]
        self.ends = np.cumsum([0, *map(np.size, self.like)])
        self.y0 = _flat(arrays)

    def tree(self, y: Array) -> Tree:
        """Cut `y`, the flat state or several along a first axis, into arrays with the nesting of z0."""
        cut = []
        for start, end, like in zip(self.ends, self.ends[1:], self.like):
            leaf = y[..., start:end]
            leaf = leaf if leaf.dtype == like.dtype else cast(leaf, like.dtype)
            cut.append(anp.reshape(leaf, y.shape[:-1] + like.shape))
        return self.nested(cut)

    def slope(self, dz: Tree) -> Array:
        """Make a flat vector of what f returned."""
        found = matching(self.outline, dz, "what f returned")
        return _flat([checked(leaf, like, f"z{path}") for (path, leaf), like in zip(found, self.like)])

    def tolerance(self, given: Tree, name: str) -> Array:
        """Make a flat vector of a tree of numbers or arrays."""
        found = matching(self.outline, given, name)
        return _flat(
            [
                np.broadcast_to(checks.tolerance(leaf, f"{name}{path}", like.shape), like.shape)
                for (path, leaf), like in zip(found, self.like)
            ]
        )


def _outline(state):
    """The nesting of `state` with None for each leaf."""
    state = getval(state)
    if isinstance(state, dict):
        return {key: _outline(child) for key, child in state.items()}
    if not is_tree(state):
        return None
    kind = type(state)._make if hasattr(state, "_fields") else type(state)
    return kind([_outline(child) for child in state])


def matching(outline: Tree, given: Tree, name: str, path: str = "") -> list[tuple[str, Any]]:
    """List the leaves of `given`, each as a pair of its path and its value, in the order of those of `outline`.

    Keys of dicts may be in another order, and a list may stand for a tuple.

    Raises
    ------
    TypeError, ValueError
        If the nesting differs; the place is named.
    """
    if outline is None:
        return [(path, given)]
    value, where = getval(given), f"{name} for z{path}" if path else name
    if isinstance(outline, dict):
        if not isinstance(value, dict):
            raise TypeError(f"{where} is {checks.described(value)}; expected a dict, as in z0")
        keys: Sequence[Any] = list(outline)
        if set(value) != set(keys):
            raise ValueError(f"{where} has the keys {list(value)}; expected {keys}, those of z0")
    else:
        if not isinstance(value, (list, tuple)):
            raise TypeError(
                f"{where} is {checks.described(value)}; expected {len(outline)} states in a tuple or list, as in z0 "
                "(a tuple is a tree of states; an array is np.array(z0))"
            )
        keys = range(len(outline))
        if len(value) != len(keys):
            raise ValueError(f"{where} has {len(value)} entries; expected {len(keys)}, as in z0")
    return [leaf for key in keys for leaf in matching(outline[key], given[key], name, f"{path}[{key!r}]")]


def _flat(arrays):
    return anp.concatenate([anp.reshape(array, (-1,)) for array in arrays])
