"""A step in which each stage is evaluated on the whole state."""

from collections.abc import Callable
from typing import Any

import numpy as np
from autograd.extend import Box
from autograd.tracer import getval

from minode.base.threads import map_parts
from minode.base.types import Array
from minode.ode.steps.error import error_size, halves
from minode.ode.steps.tableau import A, C, E, interpolation
from minode.ode.tracing.fields import number


def array_step(y0: Array, rtol: Array, atol: Array) -> Callable[..., tuple]:
    """Make the step for plain arrays: y and its slopes are rows of a matrix, so each combination is one product.

    Parameters
    ----------
    y0, rtol, atol : array

    Returns
    -------
    callable
        ``step(f, t, y, h, k0) -> (y_new, k_new, size, between)``: the state and its slope at t + h, the estimated error
        in units of the tolerance, and ``between(part)``, the state at ``t + part * h``, which holds until the next
        step.
    """
    dtype, parts = y0.dtype, halves(y0.size)
    # One matrix for each part, since BLAS would copy the columns of a wider one.
    matrices = [np.empty((1 + len(C), part.stop - part.start), dtype) for part in parts]

    def combine(weights, fresh, first=0):
        """Store the arrays of `fresh` as rows, then sum up the weighted rows from the `first` on."""
        weights, out = np.array(weights, dtype), np.empty(y0.size, dtype)

        def combine_part(part_and_matrix):
            part, rows = part_and_matrix
            for i, array in fresh.items():
                rows[i] = array.ravel()[part]
            np.dot(weights, rows[first : first + len(weights)], out=out[part])

        map_parts(combine_part, list(zip(parts, matrices)))
        return out.reshape(y0.shape)

    def step(f, t, y, h, k0):
        fresh = {0: y, 1: k0}
        for i in range(1, len(C)):
            stage = combine([1, *np.multiply(h, A[i])], fresh)
            k = f(t + C[i] * h, stage if i < len(C) - 1 else stage.copy())
            if isinstance(k, Box):
                # An f with a branch in t may depend on what is differentiated from here on only.
                return traced_step(f, t, y, h, k0, rtol, atol)
            fresh = {i + 1: k}
        error = combine(np.multiply(h, E), fresh, first=1)

        def between(part):
            return combine([1, *(h * interpolation(part))], fresh={})

        return stage, k.copy(), error_size(error, y, stage, rtol, atol), between

    return step


def traced_step(f: Callable, t: Any, y: Array, h: Any, k0: Array, rtol: Array, atol: Array) -> tuple:
    """Make one step as that of `array_step`, with operations that autograd can trace."""
    k, h_y = [k0], number(h)
    for c, row in zip(C[1:], A[1:]):
        stage = y + h_y * _combine(row, k)
        k.append(f(t + c * h, stage))

    def between(part):
        weights = interpolation(part).astype(getval(y).dtype)
        return y + h_y * sum(weights[i] * k[i] for i in range(len(k)))

    error = getval(h) * _combine(E, [getval(k_i) for k_i in k])
    return stage, k[-1], error_size(error, getval(y), getval(stage), rtol, atol), between


def _combine(row, k):
    return sum(weight * k_i for weight, k_i in zip(row, k) if weight)
