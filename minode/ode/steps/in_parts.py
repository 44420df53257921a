"""A step of a right-hand side in parts: a thread takes one part of the state after the other through all stages.

Where the whole state goes through a stage before the next one begins, it has to come from memory each time.
"""

from collections.abc import Callable

import numpy as np

from minode.base.threads import map_parts
from minode.base.types import Array
from minode.ode.field.parts import InParts
from minode.ode.steps.error import root_mean, sum_of_squares
from minode.ode.steps.tableau import A, C, E, interpolation


def step_in_parts(y0: Array, rtol: Array, atol: Array, in_parts: InParts) -> Callable[..., tuple]:
    """Make the step of `whole.array_step`, whose `f` is a `GuardedRHS`, for a right-hand side in parts.

    Parameters
    ----------
    y0 : array, shape (n,)
    rtol, atol : array, shape () or (n,)
    in_parts : InParts
    """
    dtype, places = y0.dtype, [*in_parts.places, [in_parts.rest]]
    # The rows of each matrix are y and its slopes, as far as they belong to a part or, in the last one, to the rest.
    matrices = [np.empty((1 + len(C), sum(y0[place].size for place in of_part)), dtype) for of_part in places]
    *parts, rest = range(len(places))

    def combine(i, weights, first=0):
        return np.dot(np.array(weights, dtype), matrices[i][first : first + len(weights)])

    def of_part(i, whole, out=None):
        """The entries that a whole vector has for a part."""
        return np.concatenate([whole[place] for place in places[i]], out=out)

    tolerances = [[of_part(i, whole) if whole.ndim else whole for whole in (rtol, atol)] for i in range(len(places))]

    def put(i, entries, whole):
        """Put the entries of a part where they belong in a whole vector."""
        start = 0
        for place in places[i]:
            end = start + place.stop - place.start
            whole[place] = entries[start:end]
            start = end

    def step(f, t, y, h, k0):
        y_new, k_new = np.empty(y.size, dtype), np.empty(y.size, dtype)
        times = [f.begin(t + c * h, y) for c in C[1:]]
        weights = [[1, *np.multiply(h, row)] for row in A[1:]]

        def begin(i):
            for row, whole in zip(matrices[i], (y, k0)):
                of_part(i, whole, out=row)

        def end(i, y_i):
            put(i, y_i, y_new)
            put(i, matrices[i][-1], k_new)
            return sum_of_squares(combine(i, np.multiply(h, E), first=1), matrices[i][0], y_i, *tolerances[i])

        def all_stages(i):
            begin(i)
            shares = np.empty((len(times), y_new[in_parts.rest].size), dtype)
            for now, row, share, of_stage in zip(times, matrices[i][2:], shares, weights):
                y_i = combine(i, of_stage)
                slopes, share[:] = in_parts.evaluate(i, now, y_i)
                np.concatenate([np.ravel(slope) for slope in slopes], out=row)
                f.check_finite(row, now, y)
            return shares, end(i, y_i)

        shares, squares = zip(*map_parts(all_stages, parts))
        begin(rest)
        matrices[rest][2:] = sum(shares)
        f.check_finite(matrices[rest], t, y)
        of_rest = end(rest, combine(rest, weights[-1]))

        def between(part):
            whole, of_y_and_slopes = np.empty(y.size, dtype), [1, *(h * interpolation(part))]
            for i in range(len(places)):
                put(i, combine(i, of_y_and_slopes), whole)
            return whole

        return y_new, k_new, root_mean([*squares, of_rest], y.size), between

    return step
