"""What a fit found: constants with their intervals, and what is left of the observations."""

from dataclasses import dataclass

import numpy as np

from minode.base.trees import ravel
from minode.base.types import Array, Params


@dataclass(frozen=True, eq=False)
class Fit:
    """What `least_squares_fit` found. Printed, it is a table of the parameters.

    Attributes
    ----------
    params, low, high : tree of arrays
        The parameters, and both ends of the interval of each.
    level : float
        The level of the intervals, such as 0.95.
    names : list of str
        What the entries of the raveled parameters are called.
    x : array, shape (p,)
        The raveled parameters, as logarithms where `log` asks for it.
    covariance : array, shape (p, p)
        Of x. Infinite and NaN where the observations tell nothing.
    predicted : array, shape of y
    residuals : array, shape of y
        ``(predicted - y) / sigma``; NaN where y is masked.
    noise : float
        Standard deviation of the residuals, with `dof` in the denominator.
    dof : int
        Degrees of freedom: observations less parameters.
    solves : int
        How often the equation was solved without its derivatives.
    """

    params: Params
    low: Params
    high: Params
    level: float
    names: list
    x: Array
    covariance: Array
    predicted: Array
    residuals: Array
    noise: float
    dof: int
    solves: int

    def __str__(self) -> str:
        width = max(map(len, self.names))
        lines = [
            f"{name:{width}} {value:11.5g}   {self.level:.0%} from {low:.5g} to {high:.5g}"
            for name, value, low, high in zip(self.names, *map(ravel, (self.params, self.low, self.high)))
        ]
        return "\n".join([*lines, f"noise {self.noise:.4g}, {self.dof} degrees of freedom"])

    def holds(self, params: Params) -> Array:
        """Tell for each raveled parameter whether its interval holds that of `params`."""
        W = ravel(params)
        return (ravel(self.low) <= W) & (np.asarray(W) <= ravel(self.high))
