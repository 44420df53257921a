"""What a trained network of Figure 3.5 does to the plane: its errors, and whether its map is one-to-one."""

import numpy as np

from minode.data.toy import g_d
from minode.nn.blocks import vector_field
from minode.nn.layers import ConcatDense, Dense, ReLU, serial
from minode.nn.losses import huber
from minode.ode.odeint import odeint

WIDTH = 32
RADII = (0.5, 1.0, 1.5)
# Where trajectories are torn apart a loose tolerance can turn the plane over: what is judged and drawn has this one.
FINE = 1e-4
TOLERANCES = (1e-1, 1e-2, 1e-3, FINE)
RIM = np.linspace(0.0, 2 * np.pi, 301)
RIMS = np.multiply.outer(RADII, np.stack([np.cos(RIM), np.sin(RIM)], axis=-1))
# The cut through the ring is about a hundredth wide, and its image as wide as that of the plane. Points are put
# between those of a curve until their images are no farther apart than this; halved so often, distances are rounding.
GAP, HALVINGS = 0.05, 30
SIDE = np.linspace(-RADII[-1], RADII[-1], 31)
SPACING = SIDE[1] - SIDE[0]
SQUARE = np.stack(np.meshgrid(SIDE, SIDE), axis=-1)
GRID = SQUARE[np.linalg.norm(SQUARE, axis=-1) <= RADII[-1]]
# The cut may stretch a cell of the grid over the whole image, so areas are those of cells this small.
CELL = 1e-6
DEPTHS = np.linspace(0.0, 1.0, 41)
POINTS_DRAWN = 600
# New points, in disc and ring: their generator is none that a training is seeded with.
NEW, NEW_SEED = (10_000, 20_000), 2**32
# Straight lines in the disc that holds all points.
OFFSETS = np.linspace(-1.25, 1.25, 11)
CHORDS = np.linspace(-1.0, 1.0, 61) * np.sqrt(RADII[-1] ** 2 - OFFSETS**2)[:, None]
ACROSS = np.stack([CHORDS, np.broadcast_to(OFFSETS[:, None], CHORDS.shape)], axis=-1)
LINES = np.concatenate([ACROSS, ACROSS[..., ::-1]])


def field(extra):
    """Return the vector field on the plane and so many dimensions more, a layer."""
    return serial(ConcatDense(WIDTH), ReLU(), Dense(WIDTH), ReLU(), Dense(2 + extra))


def flow(params, x, depths=(0.0, 1.0), tol=FINE):
    """Carry points of the plane along, beginning at the first depth; dimensions beyond the plane begin at 0.

    Parameters
    ----------
    params : (field's, head's)
        The head's tell how many features there are.
    x : array, shape (..., 2)
    depths : sequence of float
        Dimensionless.
    tol : float
        Relative and absolute.

    Returns
    -------
    array, shape (len(depths), ..., features)
    """
    extra = _features(params) - 2
    z0 = np.concatenate([x, np.zeros((*x.shape[:-1], extra))], axis=-1)
    return odeint(vector_field(field(extra)), z0, depths, params[0], method="vode", rtol=tol, atol=tol)


def refined(params, curve):
    """Put points on a curve, (n, 2), so that their features are less than a `GAP` apart."""
    z = flow(params, curve)[-1]
    for _ in range(HALVINGS):
        (far,) = np.nonzero(np.linalg.norm(np.diff(z, axis=0), axis=-1) > GAP)
        if not far.size:
            break
        between = (curve[far] + curve[far + 1]) / 2
        z = np.insert(z, far + 1, flow(params, between)[-1], axis=0)
        curve = np.insert(curve, far + 1, between, axis=0)
    return curve


def smallest_det(phi, x):
    """Find the smallest Jacobian determinant of a map of the plane: areas of tiny cells behind it over those before.

    Parameters
    ----------
    phi : callable
        Maps an array of points, shape (..., 2), to another.
    x : array, shape (n, 2)
        Where.

    Returns
    -------
    float
        Negative where the map turns the plane over.
    """
    corner, right, up = phi(x + np.array([[0.0, 0.0], [CELL, 0.0], [0.0, CELL]])[:, None])
    return float(np.linalg.det(np.stack([right - corner, up - corner], axis=-1) / CELL).min())


def examine(params, x, y):
    """Measure errors on the sample and on the rims of disc and ring and, for a map of the plane, how it deforms it.

    Parameters
    ----------
    params : (field's, head's)
    x, y : array, shapes (n, 2) and (n, 1)
        The sample, with outputs wanted of -1 and 1.

    Returns
    -------
    dict
        "loss", "wrong_side" (points whose output has the wrong sign), "new_wrong" (the part of new points that is wrong
        by 1 or more), "worst_error", "lowest_on_rims" (outputs, from the inner rim to the outer one) and "cut_width",
        the length of the ring's inner rim that has the wrong sign; for a map of the plane also "smallest_det",
        "smallest_det_by_tolerance" and "return_error", how far from its beginning the flow forward and back leaves a
        point of the grid.
    """
    output, rims = _output(params, flow(params, x)[-1]), [refined(params, rim) for rim in RIMS]
    on_rims = [_output(params, flow(params, rim)[-1]) for rim in rims]
    errors = [np.abs(output - y), *(np.abs(on_rim - wanted) for on_rim, wanted in zip(on_rims, (-1, 1, 1)))]
    wrong = on_rims[1][1:, 0] <= 0
    numbers = {
        "loss": float(huber(output, y)),
        "wrong_side": int(np.sum(output * y <= 0)),
        "new_wrong": _new_wrong(params),
        "worst_error": float(max(error.max() for error in errors)),
        "lowest_on_rims": [float(on_rim.min()) for on_rim in on_rims],
        "cut_width": float(np.linalg.norm(np.diff(rims[1], axis=0)[wrong], axis=-1).sum()),
    }
    if _features(params) > 2:
        return numbers
    dets = {tol: smallest_det(lambda x, tol=tol: flow(params, x, tol=tol)[-1], GRID) for tol in TOLERANCES}
    back = flow(params, flow(params, GRID)[-1], (1.0, 0.0))[-1]
    return numbers | {
        "smallest_det": dets[FINE],
        "smallest_det_by_tolerance": {f"{tol:g}": det for tol, det in dets.items()},
        "return_error": float(np.linalg.norm(back - GRID, axis=-1).max()),
    }


def curves(params, x, y, depths=DEPTHS):
    """Carry along all that is drawn: lines of the plane, the rims and some points.

    Parameters
    ----------
    params, x, y
        As for `examine`.
    depths : array

    Returns
    -------
    dict
        "depths"; "lines", "rims": lists of arrays, "points": array, shapes (depths, ..., features); "labels" of the
        points; "head", its weights and bias; "border", where in the plane the output is 0.
    """
    (W, b), x, y = params[1], x[:POINTS_DRAWN], y[:POINTS_DRAWN]
    drawn = [x, *(refined(params, curve) for curve in [*RIMS, *LINES])]
    # All in one solve, so that what is close stays close.
    z = flow(params, np.concatenate(drawn), depths)
    points, *carried = np.split(z, np.cumsum([len(curve) for curve in drawn[:-1]]), axis=1)
    return {
        "depths": depths,
        "points": points,
        "labels": y[:, 0],
        "rims": carried[: len(RIMS)],
        "lines": carried[len(RIMS) :],
        "head": (W[:, 0], b[0]),
        "border": _border(params, reach=2 * np.abs(z[-1]).max()),
    }


def _new_wrong(params):
    x, y = g_d(np.random.default_rng(NEW_SEED), 2, *NEW, RADII)
    return float(np.mean(np.abs(_output(params, flow(params, x)[-1]) - y) >= 1))


def _border(params, reach):
    """Points (n, 2) of the plane where a NODE's output is 0, a straight line at depth 1; else outputs on a grid."""
    if _features(params) > 2:
        return SQUARE, _output(params, flow(params, SQUARE)[-1])[..., 0]
    (W, b), along = params[1], np.linspace(-reach, reach, 4001)[:, None]
    length = np.linalg.norm(W)
    (u, v), offset = W[:, 0] / length, -b / length
    return flow(params, along * [-v, u] + offset * [u, v], (1.0, 0.0))[-1]


def _features(params):
    return len(params[1][0])


def _output(params, z):
    W, b = params[1]
    return z @ W + b
