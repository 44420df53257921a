"""What was observed: its values, how much each counts, and which are there at all."""

from typing import Any

import numpy as np

from minode.base import checks
from minode.base.types import Array


class Observations:
    """Observations with their weights.

    Parameters
    ----------
    y : array
        NaN where `mask` is False.
    sigma : float or array
        Standard deviations, broadcast to y. Where `mask` is False they do not count.
    mask : array of bool, shape of y, optional
        Where y was observed; everywhere by default.

    Attributes
    ----------
    shape : tuple of int
    size : int
        Number of observations that are there.

    Raises
    ------
    TypeError, ValueError
        If y is not finite where it is observed, a standard deviation is not positive, or shapes do not fit.
    """

    def __init__(self, y: Any, sigma: Any, mask: Any) -> None:
        self.y = checks.float_array(y, "y")
        self.shape, self.seen = self.y.shape, np.ones(self.y.shape, dtype=bool)
        if mask is not None:
            self.seen = np.asarray(mask)
            if self.seen.dtype != bool or self.seen.shape != self.shape:
                raise ValueError(
                    f"mask has dtype {self.seen.dtype} and shape {self.seen.shape}; expected True or False for each "
                    f"entry of y, shape {self.shape}"
                )
        wrong = self.seen & ~np.isfinite(self.y)
        if wrong.any():
            index = tuple(map(int, np.argwhere(wrong)[0]))
            hint = "mask=np.isfinite(y) leaves out what is missing" if mask is None else "let mask be False there"
            raise ValueError(f"y is {self.y[index]} at index {list(index)}; expected finite numbers: {hint}")
        self.size = int(self.seen.sum())
        sigma = checks.float_array(sigma, "sigma")
        try:
            spread = np.broadcast_to(sigma, self.shape)
        except ValueError:
            raise ValueError(
                f"sigma has shape {sigma.shape}; expected one that broadcasts to y, {self.shape}"
            ) from None
        wrong = spread[self.seen & ~((spread > 0) & np.isfinite(spread))]
        if wrong.size:
            raise ValueError(f"sigma is {wrong[0]} somewhere; expected positive, finite numbers where y was observed")
        self.weights = 1 / np.where(self.seen, spread, 1.0)

    def in_deviations(self) -> Array:
        """Return the observations that are there, in standard deviations."""
        return (self.y * self.weights)[self.seen]

    def residuals(self, predicted: Array) -> Array:
        """Return how far predictions are off, in standard deviations; NaN where nothing was observed."""
        return np.where(self.seen, (predicted - self.y) * self.weights, np.nan)

    def jacobian(self, J: Array) -> Array:
        """Return the Jacobian of the residuals that are there, for J, that of all predictions."""
        return J[self.seen.ravel()] * self.weights[self.seen][:, None]
