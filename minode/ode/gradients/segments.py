"""Where the forward solve keeps states, and where the backward solve starts afresh from them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from minode.base.types import Array
from minode.ode.solvers.black_box import SHORT


def checkpoint_segments(
    t: Array, n_steps: Sequence[int] | None, checkpoints: int, jumps: Array | Sequence[float] = ()
) -> tuple[Array, Array, list[int] | None]:
    """Cut the intervals of `t` at `jumps`, and into pieces no longer than the whole range over `checkpoints`.

    Fixed steps are never cut, so that the forward solution stays the same; their jumps are among `t`.

    Returns
    -------
    times : array
        `t` with the jumps and checkpoints between.
    observed : array of int
        Where the entries of `t` stand in `times`.
    n_steps : list of int or None
        Steps in each piece.
    """
    wanted, t = t, np.union1d(t, jumps)[:: 1 if t[-1] >= t[0] else -1]
    lengths = np.abs(np.diff(t))
    pieces = np.ceil(lengths * checkpoints / lengths.sum() - 1e-9)
    # Much shorter pieces begin and end at the same number.
    shortest = 100 * SHORT * np.spacing(np.maximum(np.abs(t[1:]), np.abs(t[:-1])))
    pieces = np.minimum(pieces, lengths // shortest).astype(int).clip(1)
    if n_steps is None:
        cuts = [np.linspace(0, 1, k + 1)[1:] for k in pieces]
        steps = None
    else:
        ends = [np.round(np.linspace(0, n, min(k, n) + 1)).astype(int) for k, n in zip(pieces, n_steps)]
        cuts = [end[1:] / n for end, n in zip(ends, n_steps)]
        steps = [int(n) for end in ends for n in np.diff(end)]
    times = np.concatenate([t[:1], *(start + cut * (end - start) for cut, start, end in zip(cuts, t[:-1], t[1:]))])
    observed = np.cumsum([0, *map(len, cuts)])
    times[observed] = t
    return times, observed[np.isin(t, wanted)], steps


def stops(t: Array, g: Array, jumps: Array | Sequence[float], pieces: int) -> list[int]:
    """Choose among the observations those at which the backward solve stops, last first.

    One at which no gradient arrives is passed by, unless f jumps there. But the solve starts afresh at its stops, from
    the state that was there, which keeps z from drifting. So they are no farther apart than the whole range over
    `pieces`, if there are observations between.

    Parameters
    ----------
    t : array, shape (k,)
    g : array, shape (k, ...)
        The gradients that arrive.
    jumps : sequence of float
    pieces : int
    """
    needed = g.reshape(len(g), -1).any(axis=1) | np.isin(t, jumps)
    longest = abs(t[-1] - t[0]) / pieces * (1 + 1e-9)
    chosen = [len(t) - 1]
    for i in range(len(t) - 2, 0, -1):
        if needed[i] or abs(t[i - 1] - t[chosen[-1]]) > longest:
            chosen.append(i)
    return [*chosen, 0]


def ways_back(t: Array, g: Array, jumps: Array | Sequence[float], pieces: Sequence[int | None]) -> list[dict[int, int]]:
    """For each of the numbers of pieces, coarsest first, a dict from every stop to the next; None stops everywhere.

    The stops of a way are also those of the finer ones behind it if the first of `pieces` is 1 and the last is None.
    """
    every = range(len(t) - 1, -1, -1)
    return [dict(pairwise(every if n is None else stops(t, g, jumps, n))) for n in pieces]
