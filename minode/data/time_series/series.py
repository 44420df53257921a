"""Series of observations at irregular times: checked, and padded to one length with a mask."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from minode.base import checks
from minode.base.types import Array


class Series(NamedTuple):
    """Observations of several series, each in the order of its times, then padding.

    Attributes
    ----------
    times : array, shape (batch, k)
        Dimensionless. A series with fewer observations than k repeats its last time, as `odeint` wants it.
    values : array, shape (batch, k, features)
        Zero in the padding.
    mask : array of bool, shape (batch, k)
        True at observations, False in the padding.
    """

    times: Array
    values: Array
    mask: Array


def make_series(times: Any, values: Any, mask: Any = None) -> Series:
    """Check series of observations, and put them into arrays.

    Parameters
    ----------
    times : sequence of arrays, shape (k_i,) each; or one such array
        When each series was observed. One array holds for all of them.
    values : sequence of arrays, shape (k_i, features) each
    mask : sequence of bool arrays, shape (k_i,) each, optional
        False at observations that are missing. They are left out, and their values may be NaN.

    Returns
    -------
    Series
        In float64.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, a time or a value that is not masked is not finite, two observations at one time differ,
        or a series has no observation. The message names the series.

    Warns
    -----
    UserWarning
        If observations were not in the order of their times, and were sorted; if the same observation was there twice,
        and one of them was left out.
    """
    values = _parts(values, "values")
    every = _parts(times, "times", len(values))
    given = [None] * len(values) if mask is None else _parts(mask, "mask", len(values))
    kept = [_one(i, *parts) for i, parts in enumerate(zip(every, values, given))]
    for what, place in (("sorted", 2), ("left out, since they were there twice", 3)):
        found = [i for i, one in enumerate(kept) if one[place]]
        if found:
            warnings.warn(f"observations of series {_some(found)} were {what}", stacklevel=2)
    features = {v.shape[1] for _, v, *_ in kept}
    if len(features) > 1:
        raise ValueError(f"values have {sorted(features)} features; expected the same number in each series")
    longest = max(len(t) for t, *_ in kept)
    lengths = np.array([len(t) for t, *_ in kept])
    return Series(
        np.stack([np.pad(t, (0, longest - len(t)), mode="edge") for t, *_ in kept]),
        np.stack([np.pad(v, [(0, longest - len(v)), (0, 0)]) for _, v, *_ in kept]),
        np.arange(longest) < lengths[:, None],
    )


def _parts(given, name, n=None):
    """What was given for each series, as a list."""
    if not isinstance(given, (Sequence, np.ndarray)) or isinstance(given, str) or len(given) == 0:
        raise TypeError(f"{name} is {checks.described(given)}; expected a sequence of arrays, one a series")
    if n is not None and np.ndim(given[0]) == 0:
        return [given] * n
    if n is not None and len(given) != n:
        raise ValueError(f"{name} has {len(given)} series, values {n}; expected as many")
    return list(given)


def _one(i, t, v, mask):
    """Times and values of series i, and whether they had to be sorted, and copies left out."""
    t, v = checks.float_array(t, f"times[{i}]"), checks.float_array(v, f"values[{i}]")
    if t.ndim != 1 or v.ndim != 2 or len(v) != len(t):
        raise ValueError(
            f"times[{i}] has shape {t.shape}, values[{i}] {v.shape}; expected (k,) and (k, features), a row a time"
        )
    seen = np.ones(len(t), bool) if mask is None else np.asarray(mask)
    if seen.dtype != bool or seen.shape != t.shape:
        raise ValueError(f"mask[{i}] has dtype {seen.dtype} and shape {seen.shape}; expected bool and {t.shape}")
    if not seen.any():
        raise ValueError(f"series {i} has no observation; expected at least one, so leave it out")
    t, v = checks.finite_array(t[seen], f"times[{i}], where it is not masked,"), v[seen]
    if not np.isfinite(v).all():
        raise ValueError(
            f"values[{i}] is {checks.first_nonfinite(v)} among its observations; expected finite numbers: a mask that "
            "is False there leaves missing ones out"
        )
    order = np.argsort(t, kind="stable")
    unsorted, t, v = bool((np.diff(t) < 0).any()), t[order].astype(np.float64), v[order].astype(np.float64)
    again = np.flatnonzero(np.diff(t) == 0)
    for j in again:
        if not np.array_equal(v[j], v[j + 1]):
            raise ValueError(
                f"series {i} has two observations at the time {t[j]}, {v[j].tolist()} and {v[j + 1].tolist()}; "
                "expected one: take their mean, or mask one of them"
            )
    return np.delete(t, again), np.delete(v, again, axis=0), unsorted, bool(again.size)


def _some(numbers):
    listed = ", ".join(map(str, numbers[:5]))
    return f"{listed} and {len(numbers) - 5} more" if len(numbers) > 5 else listed
