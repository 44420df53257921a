"""A step of a right-hand side in parts: a thread takes one part of the state after the other through all stages.

Where the whole state goes through a stage before the next one begins, it has to come from memory each time.
"""

from collections.abc import Callable

import numpy as np

from minode.base.threads import map_parts
from minode.base.types import Array
from minode.ode.field.parts import InParts
from minode.ode.steps.tableau import A, C, E, interpolation


def step_in_parts(y0: Array, in_parts: InParts) -> Callable[..., tuple]:
    """Make the step of `whole.array_step`, whose `f` is a `GuardedRHS`, for a right-hand side in parts.

    Parameters
    ----------
    y0 : array, shape (n,)
    in_parts : InParts
    """
    dtype, places = y0.dtype, [*in_parts.places, [in_parts.rest]]
    # The rows of each matrix are y and its slopes, as far as they belong to a part or, in the last one, to the rest.
    matrices = [np.empty((1 + len(C), sum(y0[place].size for place in of_part)), dtype) for of_part in places]
    *parts, rest = range(len(places))

    def combine(i, weights, first=0):
        return np.dot(np.array(weights, dtype), matrices[i][first : first + len(weights)])

    def gather(i, *wholes):
        """Store the entries that whole vectors have for a part as its first rows."""
        for row, whole in zip(matrices[i], wholes):
            np.concatenate([whole[place] for place in places[i]], out=row)

    def scatter(i, of_part, whole):
        """Put the entries of a part where they belong in a whole vector."""
        start = 0
        for place in places[i]:
            end = start + place.stop - place.start
            whole[place] = of_part[start:end]
            start = end

    def step(f, t, y, h, k0):
        y_new, k_new, error = (np.empty(y.size, dtype) for _ in range(3))
        times = [f.begin(t + c * h, y) for c in C[1:]]
        weights = [[1, *np.multiply(h, row)] for row in A[1:]]

        def end(i, y_i):
            scatter(i, y_i, y_new)
            scatter(i, matrices[i][-1], k_new)
            scatter(i, combine(i, np.multiply(h, E), first=1), error)

        def all_stages(i):
            gather(i, y, k0)
            shares = np.empty((len(times), y_new[in_parts.rest].size), dtype)
            for now, row, share, of_stage in zip(times, matrices[i][2:], shares, weights):
                y_i = combine(i, of_stage)
                slopes, share[:] = in_parts.evaluate(i, now, y_i)
                np.concatenate([np.ravel(slope) for slope in slopes], out=row)
                f.check_finite(row, now, y)
            end(i, y_i)
            return shares

        gather(rest, y, k0)
        matrices[rest][2:] = sum(map_parts(all_stages, parts))
        f.check_finite(matrices[rest], t, y)
        end(rest, combine(rest, weights[-1]))

        def between(part):
            whole, of_y_and_slopes = np.empty(y.size, dtype), [1, *(h * interpolation(part))]
            for i in range(len(places)):
                scatter(i, combine(i, of_y_and_slopes), whole)
            return whole

        return y_new, k_new, error, between

    return step
