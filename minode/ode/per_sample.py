"""Times of their own for each sample of a batch, as irregular observations have them.

The batch is solved at once on the union of all times, to the last of them, and each sample takes its states from there.
f may not mix the samples.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box, defjvp, defvjp, primitive
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import leaves, parameters, rebuild, tree_map
from minode.base.types import Array, Field, Params, Tree
from minode.ode.field.jumps import checked_jumps, slope_times
from minode.ode.states import TreeState, is_tree

Solver = TypeVar("Solver", bound=Callable[..., Any])

# Times that differ by at most so many roundings of the largest one are the same: 0.1 + 0.2 and 0.3.
ROUNDINGS = 4


def with_times_per_sample(odeint: Solver) -> Solver:
    """Let `odeint` take t of shape (batch, k), a row for each sample.

    The rows have one first time. A row with fewer times repeats its last. Only first derivatives by t are available.
    """

    @wraps(odeint)
    def odeint_per_sample(f: Field, z0: Tree, t: Any, params: Params = (), **options: Any) -> Tree:
        t = checks.float_array(t, "t")
        if np.ndim(t) != 2:
            return odeint(f, z0, t, params, **options)
        checks.function(f, "f(t, z, params)")
        t = checks.finite_array(t, "t")
        z0 = _batch(z0, len(t))
        union, where = union_of_times(getval(t))
        if np.ndim(options.get("n_steps", 1)) > 0:
            raise ValueError(f"n_steps is {options['n_steps']!r}; expected one number where each sample has its times")
        if not isinstance(t, Box):
            zs = odeint(f, z0, union, params, **options)
            return tree_map(lambda z: z[where.T, np.arange(len(t))], zs)
        at = slope_times(union, checked_jumps(options.get("jumps", ()), union))
        first = _slopes(f, z0, at[:1], tree_map(lambda z: z[None], z0), params)
        # Moving the start of a sample moves its whole solution back, except z0 itself.
        started = tree_map(lambda z, dz: _moved(z[None], t[:, :1], -dz)[0], z0, first)
        zs = odeint(f, started, union, params, **options)
        slopes = _slopes(f, z0, at, zs, params)

        def seen(z0, z, dz):
            later = where.T[1:], np.arange(len(t))
            return anp.concatenate([z0[None], _moved(z[later], t[:, 1:], dz[later])])

        return tree_map(seen, z0, zs, slopes)

    return cast(Solver, odeint_per_sample)


def union_of_times(t: Array) -> tuple[Array, Array]:
    """The union of the rows of t, in their direction, and where the entries of t stand in it.

    Raises
    ------
    ValueError
        If a row does not begin at the common first time, or is not monotone in the common direction; it is named.
    """
    different = np.flatnonzero(t[:, 0] != t[0, 0])
    if different.size:
        i = int(different[0])
        raise ValueError(
            f"t[{i}] begins at {t[i, 0]}, t[0] at {t[0, 0]}; expected one start, where z0 holds, for all samples: "
            "shift their times, or let f run at a rate of its own for each (put the rate among the states)"
        )
    direction = 1 if t.max() > t[0, 0] else -1
    wrong = np.argwhere(direction * np.diff(t) < 0)
    if wrong.size:
        i, j = map(int, wrong[0])
        raise ValueError(
            f"t[{i}] is not monotone: t[{i}, {j}] = {t[i, j]} is followed by t[{i}, {j + 1}] = {t[i, j + 1]}; expected "
            "all rows increasing, or all decreasing. A sample with fewer times repeats its last one"
        )
    every, where = np.unique(t, return_inverse=True)
    new = np.diff(every, prepend=-np.inf) > ROUNDINGS * np.spacing(np.abs(t).max())
    union, where = every[new], (np.cumsum(new) - 1)[where.reshape(t.shape)]
    return (union, where) if direction > 0 else (union[::-1], len(union) - 1 - where)


def _batch(z0, n):
    """z0 as arrays, each with a first axis of n samples."""
    z0 = TreeState(z0).tree(TreeState(z0).y0) if is_tree(z0) else checks.finite_array(z0, "z0")
    for leaf in leaves(z0):
        if np.shape(leaf)[:1] != (n,):
            raise ValueError(
                f"t has {n} rows, and z0 the shape {np.shape(leaf)}; expected a first axis of {n} samples, one a row"
            )
    return z0


def _slopes(f, z0, t, zs, params):
    """Untraced slopes at the states zs at times t, in the nesting of z0."""
    state, params = TreeState((z0,)), _plain(parameters(params, "params"))
    plain = [_plain(tree_map(lambda z, i=i: z[i].copy(), _plain(zs))) for i in range(len(t))]
    slopes = [state.tree(state.slope((f(float(s), z, params),)))[0] for s, z in zip(t, plain)]
    return tree_map(lambda *dz: np.stack([getval(one) for one in dz]), *slopes)


def _plain(tree):
    return rebuild(tree, map(getval, leaves(tree)))


@primitive
def _moved(z, t, dz):
    """Return z unchanged: states (k, batch, ...) that move with their times t (batch, k) at the slopes dz."""
    return z


def _by_t(dz, g):
    return np.sum(g * dz, axis=tuple(range(2, dz.ndim))).T


def _first_only(*values):
    if any(isinstance(value, Box) for value in values):
        raise TypeError("second derivatives by times of single samples are not available; solve for each sample alone")


def _vjp_t(ans, z, t, dz):
    def vjp(g):
        _first_only(ans, g)
        return _by_t(dz, g)

    return vjp


def _jvp_t(g, ans, z, t, dz):
    _first_only(ans, g)
    return dz * g.T.reshape(*dz.shape[:2], *[1] * (dz.ndim - 2))


defvjp(_moved, lambda ans, z, t, dz: lambda g: g, _vjp_t, argnums=(0, 1))
defjvp(_moved, lambda g, ans, z, t, dz: g, _jvp_t, argnums=(0, 1))
