"""How well constants are known: their covariance by the Jacobian, intervals of Student's t, and what no data tell."""

import warnings
from typing import Any

import numpy as np

from minode.base.types import Array

# A direction in which the observations move less than this many times rtol, relative to the one in which they move
# most, is hidden by the errors of the solves. It may be as large as the second number.
HIDDEN, MOST_HIDDEN = 100.0, 1e-3
# A constant whose standard error is as many times itself is as good as unknown: the fit ended where nothing moves.
VAGUE = 1e3
# Solves are told apart if they differ by more than this share of the residuals, which moves their variance by 1 %.
TOLD_APART = 0.1


class FitWarning(UserWarning):
    """A fit ended where its constants, or their intervals, are not to be trusted."""


def covariance_of(J: Array, variance: float, rtol: float, names: list[str]) -> Array:
    """Estimate the covariance of the constants x at the end of a fit.

    Parameters
    ----------
    J : array, shape (m, p)
        Derivatives of the residuals by x.
    variance : float
        Of the residuals.
    rtol : float
        Relative tolerance of the solves.
    names : list of str
        What to call the entries of x.

    Returns
    -------
    array, shape (p, p)
        The variance times inv(J^T J) (Seber, Wild 2003, section 2.1.2). Where x is not determined, the variance is
        infinite and covariances are NaN.

    Warns
    -----
    FitWarning
        If the observations do not determine all of x.
    """
    lengths = np.linalg.norm(J, axis=0)
    # Constants have units, which must not decide what is small.
    scale = np.where(lengths > 0, lengths, 1.0)
    _, s, directions = np.linalg.svd(J / scale, full_matrices=False)
    limit = min(HIDDEN * rtol, MOST_HIDDEN)
    hidden = s <= limit * s[0]
    kept = directions[~hidden] / s[~hidden, None] / scale
    covariance = variance * kept.T @ kept
    # Half the digits of a direction are right.
    unknown = (np.abs(directions[hidden]) > np.sqrt(limit)).any(axis=0)
    if unknown.any():
        covariance[unknown] = covariance[:, unknown] = np.nan
        covariance[unknown, unknown] = np.inf
        _warn_of_hidden([name for name, is_unknown in zip(names, unknown) if is_unknown])
    return covariance


def interval(x: Array, covariance: Array, dof: int, level: float) -> tuple[Array, Array]:
    """Return both ends of the interval for each entry of x, by Student's t.

    Parameters
    ----------
    x : array, shape (p,)
    covariance : array, shape (p, p)
    dof : int
        Degrees of freedom of the residuals.
    level : float
        The part of all cases in which the interval is to hold what is estimated, if the model is right.
    """
    from scipy.special import stdtrit

    reach = float(stdtrit(dof, (1 + level) / 2)) * np.sqrt(np.diag(covariance))
    return x - reach, x + reach


def warn_of_end(solution: Any, names: list[str]) -> None:
    """Warn if SciPy's `least_squares` did not converge, or ended at a bound."""
    if solution.status == 0:
        warnings.warn(
            f"the fit has not converged after {solution.nfev} solves: begin closer, raise max_solves, or see "
            "whether the residuals are smooth in the parameters (tighter rtol and atol)",
            FitWarning,
            stacklevel=3,
        )
    at_bound = [name for name, side in zip(names, solution.active_mask) if side]
    if at_bound:
        warnings.warn(
            f"{', '.join(at_bound)} ended at a bound: intervals, of all parameters, are for a minimum between the "
            "bounds; widen them, or make it a constant",
            FitWarning,
            stacklevel=3,
        )


def warn_of_vague(x: Array, covariance: Array, log: Array, names: list[str]) -> None:
    """Warn of constants that may as well be a thousand times as large. What is not determined has been warned of."""
    own = np.where(log, np.log(VAGUE), VAGUE * np.abs(x))
    error = np.sqrt(np.diag(covariance))
    vague = [name for name, is_vague in zip(names, (error > own) & (x != 0) & np.isfinite(error)) if is_vague]
    if vague:
        warnings.warn(
            f"where the fit ended, what is observed hardly depends on {', '.join(vague)}, which could be a thousand "
            "times as large: the start may have been too far off; try others, or observe more",
            FitWarning,
            stacklevel=3,
        )


def warn_of_solves(residuals: Array, again: Array, observed: Array, rtol: float) -> None:
    """Warn if two solves at the end of a fit, without derivatives and with them, leave different residuals.

    Both keep the tolerances. Where these are coarse for what is observed, as atol is for a state that is hardly larger,
    residuals are errors of the solver, too. Where a fit is all but exact, they always are, and do no harm.
    """
    apart, left, size = (float(np.sqrt(np.mean(values**2))) for values in (again - residuals, again, observed))
    if apart > TOLD_APART * left and apart > np.sqrt(rtol) * size:
        warnings.warn(
            f"two solves at the end of the fit differ by {apart:.2g} standard deviations, where what is left of the "
            f"observations is {left:.2g}: noise and intervals are of the solver, too; lower atol far below the states "
            "that are observed, or rtol",
            FitWarning,
            stacklevel=3,
        )


def _warn_of_hidden(names):
    what = (
        f"{names[0]} has no part in" if len(names) == 1 else f"{', '.join(names)} can move together without a change of"
    )
    warnings.warn(
        f"the observations do not determine all parameters: {what} what is observed. Their intervals are infinite; "
        "make constants of some of them, observe more, or write f with their combination alone",
        FitWarning,
        stacklevel=4,
    )
