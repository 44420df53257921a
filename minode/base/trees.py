"""Nested parameters: their leaves, their nesting, and one flat vector W.

A *tree* is any nesting of lists, tuples and dicts whose leaves are arrays. Under `autograd.grad` trees arrive inside
autograd's boxes. The functions here read those just the same, so no user has to import `autograd.builtins`. They only
walk the nesting and trace nothing, so none of them needs a backward pass. Leaves that are integers or booleans are
constants, by which f may index; they are not part of W.
"""

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from autograd.builtins import DictBox, SequenceBox
from autograd.extend import Box
from autograd.tracer import getval

from minode.base import checks
from minode.base.types import Array, Tree


def leaves(tree: Tree) -> list:
    """List the leaves of `tree`, depth first, those of a dict in the order of its keys."""
    if isinstance(tree, (list, tuple, SequenceBox)):
        return [leaf for child in tree for leaf in leaves(child)]
    if isinstance(tree, (dict, DictBox)):
        return [leaf for key in tree.keys() for leaf in leaves(tree[key])]
    return [tree]


def nesting(tree: Tree) -> Callable[[Sequence], Tree]:
    """Compile the nesting of `tree` into a function from a sequence of leaves to such a tree.

    ``nesting(tree)(leaves(tree))`` is `tree` again, in plain containers. A solver evaluates f thousands of times with
    the same nesting. The nesting is therefore walked once, beforehand; each rebuilding then costs about a microsecond.
    """
    positions = itertools.count()

    def compiled(node):
        while isinstance(node, (SequenceBox, DictBox)):
            node = node._value
        if isinstance(node, dict):
            items = [(key, compiled(child)) for key, child in node.items()]
            return lambda leaves: {key: child(leaves) for key, child in items}
        if isinstance(node, (list, tuple)):
            children = [compiled(child) for child in node]
            kind = type(node)._make if hasattr(node, "_fields") else type(node)
            return lambda leaves: kind([child(leaves) for child in children])
        return operator.itemgetter(next(positions))

    return compiled(tree)


def rebuild(tree: Tree, new_leaves: Iterable) -> Tree:
    """Put `new_leaves`, given in the order of `leaves(tree)`, into the nesting of `tree`."""
    return nesting(tree)(list(new_leaves))


def is_constant(leaf: Any) -> bool:
    """Whether `leaf` is an integer, a boolean or an array of these, and is not traced by autograd."""
    if isinstance(leaf, np.ndarray):
        return leaf.dtype.kind in "biu"
    return isinstance(leaf, (int, np.integer, np.bool_))


def split(tree: Tree) -> tuple[list, Callable[[Sequence], Tree]]:
    """Separate the leaves of `tree` that have gradients from the rest.

    Returns
    -------
    W : list
        The leaves that are not constants, in the order of `leaves(tree)`.
    nested : callable
        ``nested(W)`` is `tree` again; with other values it is a tree of those, with the same constants.
    """
    everything, put = leaves(tree), nesting(tree)
    places = [i for i, leaf in enumerate(everything) if not is_constant(leaf)]
    if len(places) == len(everything):
        return everything, put
    # Only constants are stored: the function must not keep the values of W alive.
    constants = [leaf if is_constant(leaf) else None for leaf in everything]

    def nested(W):
        filled = constants.copy()
        for place, leaf in zip(places, W):
            filled[place] = leaf
        return put(filled)

    return [everything[place] for place in places], nested


def tree_map(fn: Callable, tree: Tree, *others: Tree) -> Tree:
    """Apply `fn` leaf by leaf to trees of the same nesting.

    Raises
    ------
    ValueError
        If the nestings or the orders of keys differ.
    """
    for other in others:
        if _paths(other, "") != _paths(tree, ""):
            raise ValueError(
                f"trees differ: {_paths(tree, 'tree')} and {_paths(other, 'tree')}; expected the same nesting"
            )
    return rebuild(tree, map(fn, leaves(tree), *map(leaves, others)))


def parameters(tree: Tree, name: str) -> Tree:
    """Return `tree` in plain containers, every leaf as a float array but for constants; traced leaves stay traced.

    Raises
    ------
    TypeError
        If a leaf is not an array of real numbers, or if autograd is to differentiate the tree but cannot differentiate
        the leaf. The message gives its path, such as ``params['W'][0]``.
    """
    return rebuild(
        tree, [leaf if is_constant(leaf) else checks.float_array(leaf, path) for path, leaf in walk(tree, name)]
    )


def ravel(tree: Tree) -> Array:
    """Concatenate the leaves of `tree` that are not constants into the flat vector W."""
    return np.concatenate([np.zeros(0), *map(np.ravel, split(tree)[0])])


def unravel(tree: Tree, W: Array) -> Tree:
    """Cut the flat vector `W` into arrays with the shapes, dtypes and nesting of `tree`; its constants stay.

    Raises
    ------
    ValueError
        If `W` has another number of entries than the leaves of `tree`.
    """
    templates, nested = split(tree)
    ends = np.cumsum([0, *map(np.size, templates)])
    if np.shape(W) != (ends[-1],):
        raise ValueError(f"W has shape {np.shape(W)}; expected ({ends[-1]},), one entry a parameter")
    return nested(
        [
            W[start:end].reshape(np.shape(leaf)).astype(np.asarray(leaf).dtype, copy=False)
            for start, end, leaf in zip(ends[:-1], ends[1:], templates)
        ]
    )


def walk(tree: Tree, path: str) -> Iterator[tuple[str, Any]]:
    """Yield for each leaf, in the order of `leaves(tree)`, its path as a user would write it, and the leaf."""
    if isinstance(tree, (list, tuple, SequenceBox)):
        keys: Iterable = range(len(tree))
    elif isinstance(tree, (dict, DictBox)):
        keys = tree.keys()
    else:
        yield path, tree
        return
    for key in keys:
        child = f"{path}[{key!r}]"
        if isinstance(tree, Box):
            _check_differentiable(getval(tree)[key], child)
        yield from walk(tree[key], child)


def _paths(tree, name):
    return [path for path, _ in walk(tree, name)]


def _check_differentiable(value, path):
    """Refuse a value without a gradient inside a tree that autograd differentiates as a whole."""
    if is_constant(value):
        raise TypeError(
            f"{path} is {checks.described(value)}: integers and booleans are constants, and autograd cannot pass over "
            "one in a tree that it differentiates; keep it out of what grad receives and put it in where odeint is "
            "called, odeint(f, z0, t, {'W': W, 'index': index}), or make it an array of floats if it is to be learned"
        )
    if isinstance(value, (list, tuple, dict)) and type(value) not in (list, tuple, dict):
        raise TypeError(
            f"{path} is of type {type(value).__name__}, with respect to which autograd cannot differentiate; "
            "expected a list, a tuple or a dict, of which f may make one"
        )


def in_memory_order(tree: Tree) -> Tree:
    """Store every array in C order, as a checkpoint does.

    BLAS may choose another algorithm for another order, and then the last bits of the result differ. So a resumed run
    equals an uninterrupted one only if the arrays of both have the same order.
    """
    return tree_map(lambda W: np.asarray(W, order="C"), tree)
