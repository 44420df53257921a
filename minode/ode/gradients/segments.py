"""Where the forward solve keeps states, from which the backward solve starts afresh."""

from collections.abc import Sequence

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
