"""Series in arrays of one length, with a mask, as networks read them: checked, with zeros where nothing was seen."""

from typing import Any

import numpy as np

from minode.base.checks import finite_array, float_array
from minode.base.types import Array


def padded_series(times: Any, values: Any, mask: Any) -> tuple[Array, Array, Array]:
    """Check the arrays of a `data.time_series.series.Series`, or such as are made by hand.

    Parameters
    ----------
    times : array, shape (batch, k)
        In order, each row by itself. A shorter series repeats its last time.
    values : array, shape (batch, k, features)
        Where the mask is False anything, such as NaN.
    mask : array of bool, shape (batch, k)

    Returns
    -------
    times, values, mask : arrays
        Values are zero where the mask is False.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, the mask is not one of True and False, a time is not finite or before the one in front of
        it, or a value is not finite where the mask is True.
    """
    times, values, mask = finite_array(times, "times"), float_array(values, "values"), np.asarray(mask)
    if times.ndim != 2:
        raise ValueError(f"times has shape {times.shape}; expected (batch, k), a row a series")
    if values.ndim != 3 or values.shape[:2] != times.shape:
        raise ValueError(f"values has shape {values.shape}; expected {times.shape}, the shape of times, and features")
    if mask.dtype != bool or mask.shape != times.shape:
        raise ValueError(
            f"mask has dtype {mask.dtype} and shape {mask.shape}; expected True or False for each time, shape "
            f"{times.shape}"
        )
    backward = np.argwhere(np.diff(times, axis=1) < 0)
    if backward.size:
        i, j = map(int, backward[0])
        raise ValueError(
            f"times[{i}, {j}] = {times[i, j]} is followed by times[{i}, {j + 1}] = {times[i, j + 1]}; expected times "
            "in order, with the last one again in the padding: make_series sorts and pads"
        )
    return times, seen_values(values, mask), mask


def seen_values(values: Array, mask: Array) -> Array:
    """Return the values with zeros in the place of missing ones, which may be NaN; a ValueError tells of others."""
    return finite_array(np.where(mask[..., None], values, 0.0), "values, where the mask is True,")


def entries_backward(times: Array, values: Array, mask: Array, start: float) -> Array:
    """What is read of series backward in time: weight, values, and how much time passes to the observation before.

    Parameters
    ----------
    times, values, mask
        As in `data.time_series.series.Series`.
    start : float
        The time of z0, to which the reader goes on from the first observation.

    Returns
    -------
    array, shape (batch, k, 2 + features)

    Raises
    ------
    TypeError, ValueError
        As `padded_series`; if a time is before `start`.
    """
    times, values, mask = padded_series(times, values, mask)
    if not times.min() >= start:
        raise ValueError(f"an observation is at {times.min()}, start is {start}; expected no time before it")
    before = np.concatenate([np.full((len(times), 1), start), times[:, :-1]], axis=1)
    return np.concatenate([mask[..., None], values, (times - before)[..., None]], axis=-1)
