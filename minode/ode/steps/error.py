"""The size of a step's error in units of its tolerance."""

import math
from collections.abc import Iterable

import numpy as np

from minode.base.threads import map_parts
from minode.base.types import Array

# A smaller state is worked on in less time than another thread takes to wake.
SMALL = 50_000


def halves(n: int) -> list[slice]:
    """Slices of a large state: two on any machine, so that sums come out the same everywhere."""
    return [slice(0, n // 2), slice(n // 2, n)] if n > SMALL else [slice(0, n)]


def error_size(error: Array, y: Array, y_new: Array, rtol: Array, atol: Array) -> float:
    """The root mean square of the error over atol + rtol max(|y|, |y_new|); infinite for NaN, to shorten the step."""
    arrays = [np.broadcast_to(np.ravel(array), error.size) for array in (error, y, y_new, rtol, atol)]
    squares = map_parts(lambda part: sum_of_squares(*(array[part] for array in arrays)), halves(error.size))
    return root_mean(squares, error.size)


def sum_of_squares(error: Array, y: Array, y_new: Array, rtol: Array, atol: Array) -> float:
    """The sum of squares of part of an error, in units of its tolerance."""
    allowed = np.abs(y)
    # In place, which takes 0.7 of the time.
    np.maximum(allowed, np.abs(y_new), out=allowed)
    allowed *= rtol
    allowed += atol
    relative = np.divide(error, allowed, out=allowed)
    return float(np.dot(relative, relative))


def root_mean(squares: Iterable[float], n: int) -> float:
    """The root mean square of n numbers from the `squares` that parts of them sum up to; infinite for NaN."""
    total = sum(squares)
    return math.inf if math.isnan(total) else math.sqrt(total / n)
