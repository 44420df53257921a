"""Nested parameters: their leaves, their nesting, and one flat vector W.

A *tree* is any nesting of lists, tuples and dicts whose leaves are arrays. Under `autograd.grad`
trees arrive inside autograd's boxes; they are read just the same, so no user has to import
`autograd.builtins`. Nothing here needs a backward pass: the nesting is walked, never traced.
"""

import itertools
import operator

import numpy as np
from autograd.builtins import DictBox, SequenceBox

from minode import checks


def leaves(tree):
    """List the leaves of `tree`, depth first; dicts in the order of their keys."""
    if isinstance(tree, (list, tuple, SequenceBox)):
        return [leaf for child in tree for leaf in leaves(child)]
    if isinstance(tree, (dict, DictBox)):
        return [leaf for key in tree.keys() for leaf in leaves(tree[key])]
    return [tree]


def nesting(tree):
    """Compile the nesting of `tree` into a function from a sequence of leaves to such a tree.

    ``nesting(tree)(leaves(tree))`` is `tree` again, in plain containers. Right-hand sides run thousands of
    times on one nesting: walking it once beforehand makes each rebuilding cost about a microsecond.
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


def rebuild(tree, new_leaves):
    """Put `new_leaves`, in the order of `leaves(tree)`, into the nesting of `tree`."""
    return nesting(tree)(list(new_leaves))


def tree_map(fn, tree, *others):
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


def float_tree(tree, name):
    """Return `tree` in plain containers, every leaf a float array, traced or not.

    Raises
    ------
    TypeError
        If a leaf is not an array of real numbers; the message gives its path, as ``params['W'][0]``.
    """
    return rebuild(tree, list(map(checks.float_array, leaves(tree), _paths(tree, name))))


def ravel(tree):
    """Concatenate the leaves of `tree` into the flat vector W."""
    return np.concatenate([np.zeros(0), *(np.ravel(leaf) for leaf in leaves(tree))])


def unravel(tree, W):
    """Cut the flat vector `W` into arrays with the shapes, dtypes and nesting of `tree`.

    Raises
    ------
    ValueError
        If `W` has another number of entries than the leaves of `tree`.
    """
    templates = leaves(tree)
    ends = np.cumsum([0, *(np.size(leaf) for leaf in templates)])
    if np.shape(W) != (ends[-1],):
        raise ValueError(f"W has shape {np.shape(W)}; expected ({ends[-1]},), one entry a parameter")
    return rebuild(
        tree,
        (
            W[start:end].reshape(np.shape(leaf)).astype(np.asarray(leaf).dtype, copy=False)
            for start, end, leaf in zip(ends[:-1], ends[1:], templates)
        ),
    )


def _paths(tree, path):
    """How a user would write each leaf, in the order of `leaves(tree)`."""
    if isinstance(tree, (list, tuple, SequenceBox)):
        return [leaf for index in range(len(tree)) for leaf in _paths(tree[index], f"{path}[{index}]")]
    if isinstance(tree, (dict, DictBox)):
        return [leaf for key in tree.keys() for leaf in _paths(tree[key], f"{path}[{key!r}]")]
    return [path]
