"""Weights in few digits. All that is told of them is computed after rounding, so that nothing is lost on the page."""

from minode.base.trees import ravel, unravel
from minode.base.types import Array, Params

# Seven digits are what float32 holds.
DIGITS = 7


def rounded(params: Params) -> Params:
    """Round every weight to `DIGITS` significant digits.

    Parameters
    ----------
    params : tree of arrays

    Returns
    -------
    tree of arrays
    """
    W = ravel(params)
    W[:] = [float(f"{w:.{DIGITS}g}") for w in W]
    return unravel(params, W)


def listed(values: Array, digits: int = 17) -> list:
    """Turn an array into nested lists of numbers with so many significant digits."""
    if values.ndim:
        return [listed(row, digits) for row in values]
    return float(f"{float(values):.{digits}g}")  # type: ignore[return-value]
