"""What the error control of the backward solve sees: tolerances of [z, a, a_W], and gradients scaled up."""

import math

import numpy as np

# Large enough that no a_W ever counts, small enough that its square is finite.
INERT = 1e100


def gradient_scale(g, rtol, atol):
    """What to divide small gradients by, lest atol hide them from the error control; the adjoint is linear in g.

    Above atol / rtol the relative tolerance is in force; a tenth of that lets errors be ten times as large. Without an
    atol they are all divided by the largest.
    """
    largest, floor = np.abs(g).max(), np.inf if atol is None else min(1.0, 0.1 * np.max(atol) / np.min(rtol))
    return largest / min(floor, 1.0) if 0 < largest < floor else 1.0


def augmented_tolerances(rtol, atol, shape, n_W, seminorm, method):
    """Tolerances for [z, a, a_W] from those for z.

    Returns
    -------
    dict
        Keys rtol and atol: numbers, or arrays of 2 z.size + W.size entries.
    """
    if not seminorm and np.ndim(rtol) == np.ndim(atol) == 0:
        return dict(rtol=rtol, atol=atol)

    def extended(tolerance, of_a_W):
        of_z = np.broadcast_to(tolerance, shape).ravel()
        return np.concatenate([of_z, of_z, np.full(n_W, of_a_W)])

    n_z = math.prod(shape)
    # LSODA measures the largest component. The others take a root mean square, which inert entries would dilute.
    share = np.sqrt(2 * n_z / (2 * n_z + n_W)) if seminorm and method != "lsoda" else 1.0
    rtol_s = extended(rtol, np.min(rtol)) if np.ndim(rtol) else rtol
    return dict(rtol=share * rtol_s, atol=share * extended(atol, INERT if seminorm else np.min(atol)))
