"""What the error control of the backward solve sees: tolerances of [z, a, a_W], and gradients scaled up."""

import math
from dataclasses import replace

import numpy as np

from minode.base.types import Array, Shape
from minode.ode.solvers.options import SolveOptions, Tolerance

# Large enough that no a_W ever counts, small enough that its square is finite.
INERT = 1e100


def gradient_scale(g: Array, rtol: Tolerance, atol: Tolerance) -> float:
    """What to divide small gradients by, so that atol does not hide them; the adjoint is linear in g.

    Above atol / rtol the relative tolerance is in force. Gradients are scaled to a tenth of that, which allows errors
    ten times as large.
    """
    largest, floor = np.abs(g).max(), min(1.0, 0.1 * np.max(atol) / np.min(rtol))
    return largest / floor if 0 < largest < floor else 1.0


def augmented_options(options: SolveOptions, shape: Shape, n_W: int, seminorm: bool) -> SolveOptions:
    """Make options for [z, a, a_W], flat, from those for z: the tolerances of a_W are the smallest of z.

    With the seminorm a_W has no share in the error control.
    """
    rtol, atol = options.rtol, options.atol
    if not seminorm and np.ndim(rtol) == np.ndim(atol) == 0:
        return options

    def extended(tolerance, of_a_W):
        of_z = np.broadcast_to(tolerance, shape).ravel()
        return np.concatenate([of_z, of_z, np.full(n_W, of_a_W)])

    n_z = math.prod(shape)
    # LSODA measures the largest component. The others take a root mean square, which inert entries would dilute.
    share = np.sqrt(2 * n_z / (2 * n_z + n_W)) if seminorm and options.method != "lsoda" else 1.0
    rtol_s = extended(rtol, np.min(rtol)) if np.ndim(rtol) else rtol
    return replace(options, rtol=share * rtol_s, atol=share * extended(atol, INERT if seminorm else np.min(atol)))
