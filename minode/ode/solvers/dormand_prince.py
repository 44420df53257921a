"""Dormand and Prince's Runge-Kutta 5(4) (1980) in NumPy: adaptive, in the dtype of its state, open to autograd.

SciPy's solvers hold their state in float64, so that a float32 network casts and copies it at each evaluation. This one
keeps float32.
"""

import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box
from autograd.tracer import getval

from minode.base.blas import blas_in_one_thread
from minode.base.types import Array
from minode.ode.field.statistics import of_steps
from minode.ode.solvers.interpolant import Piece, Polynomial, Solution, nodes
from minode.ode.solvers.options import SolveOptions
from minode.ode.steps.error import SMALL, error_size
from minode.ode.steps.in_parts import step_in_parts
from minode.ode.steps.whole import array_step, traced_step

# Hairer et al. (1993), section II.4: aim a little below the tolerance, and change the step by no more than these.
SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0
FIRST = 0.01


class Stopped(Exception):
    """No step keeps the tolerance; the text says why."""


def integrate(f: Callable[[float, Array], Array], y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Solve dy/dt = f(t, y), with the error of each step below atol + rtol |y| in the root mean square.

    Parameters
    ----------
    f : callable
        ``f(t, y) -> dy/dt``. It may keep, change or return the y it gets, and return one array again and again.
    y0, t : array, shapes (...) and (k,)
        As for `solve`. Both may be traced by autograd, as may what `f` returns. The gradient is then that of the
        accepted steps, whose lengths, but for the last one's, are held constant.
    options : SolveOptions
        Tolerances in the shape of `y0`. Where autograd traces y0, t or `f`, `dense_output` is not available.

    Raises
    ------
    Stopped
        After `max_steps`, or when the steps become too short to move t.
    """
    # If f let BLAS start threads between our own, they would wait for the cores that ours hold.
    with blas_in_one_thread() if getval(y0).size > SMALL else nullcontext():
        return _integrate(f, y0, t, options)


def _integrate(f, y0, t, options):
    # Tolerances beyond the range of float32 become infinite: such an entry has no share in the error.
    with np.errstate(over="ignore"):
        tolerances = [np.asarray(tolerance, getval(y0).dtype) for tolerance in (options.rtol, options.atol)]
    if len(t) == 1:
        return Solution(anp.stack([y0]))
    direction = 1 if getval(t[-1]) > getval(t[0]) else -1
    k0 = _copy(f(t[0], _copy(y0)))
    # Made when first used, since its rows take eight times the room of y0, and a traced solve needs none.
    plain_step = cache(partial(_plain_step, getval(y0), *tolerances, options.in_parts))
    h = direction * _first_step(f, t, y0, k0, *tolerances)
    ys, pieces, now, y, steps, tries = [y0], [], t[0], y0, 0, 0
    while len(ys) < len(t):
        h = direction * min(abs(h), options.max_step or math.inf)
        remaining = t[-1] - now
        last = abs(h) >= abs(getval(remaining))
        taken = remaining if last else h
        if getval(now + taken) == getval(now):
            raise Stopped("Steps too short to move t.")
        if steps == options.max_steps:
            raise Stopped("Too many steps.")
        steps, tries = steps + 1, tries + 1
        is_traced = any(isinstance(value, Box) for value in (t, y, k0))
        step = partial(traced_step, rtol=tolerances[0], atol=tolerances[1]) if is_traced else plain_step()
        y_new, k_new, size, between = step(f, now, y, taken, k0)
        h = getval(taken) * (np.clip(SAFETY * size**-0.2, SHRINK, GROW) if size > 0 else GROW)
        if size > 1:
            continue
        end = t[-1] if last else now + taken
        if options.dense_output:
            # The interpolant is of fourth order, so five values determine it. They are needed now, since `between`
            # combines rows that the next step overwrites.
            values = np.stack([y, *(between(part) for part in nodes(5)[1:-1]), y_new])
            pieces.append(Piece(now, end, Polynomial(now, end, values)))
        while len(ys) < len(t) and direction * getval(t[len(ys)] - end) <= 0:
            t_i, steps = t[len(ys)], 0
            ys.append(y_new if getval(t_i) == getval(end) else between((t_i - now) / taken))
        now, y, k0 = end, y_new, k_new
    return Solution(anp.stack(ys), pieces, of_steps([piece.end for piece in pieces], tries, 0))


def _first_step(f, t, y0, k0, rtol, atol):
    """The length of a first step, from two slopes: Hairer et al. (1993), p. 169."""
    start, end, y0, k0 = getval(t[0]), getval(t[-1]), getval(y0), getval(k0)
    in_tolerances = partial(error_size, y=y0, y_new=y0, rtol=rtol, atol=atol)
    size, slope = in_tolerances(y0), in_tolerances(k0)
    if not math.isfinite(slope):
        raise Stopped("The slope at the beginning is not finite.")
    trial = min(0.01 * size / slope if size > 1e-5 and slope > 1e-5 else 1e-6, abs(end - start))
    signed = trial if end > start else -trial
    k1 = getval(f(start + signed, y0 + y0.dtype.type(signed) * k0))
    curvature = max(slope, in_tolerances(k1 - k0) / trial)
    guess = (FIRST / curvature) ** 0.2 if curvature > 1e-15 else max(1e-6, 1e-3 * trial)
    return min(100 * trial, guess)


def _plain_step(y0, rtol, atol, in_parts):
    return array_step(y0, rtol, atol) if in_parts is None else step_in_parts(y0, rtol, atol, in_parts)


def _copy(array):
    """Copy an array that `f` may change or use again; nobody can change what autograd traces."""
    return array if isinstance(array, Box) else array.copy()
