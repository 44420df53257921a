"""Verdicts with uncertainty: a claim holds, does not hold, or is undecided at the size at hand."""

import math

import numpy as np

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
# Standard errors: a difference as large as this many has a chance of 5 % where there is none.
CERTAIN = 2.0


def standard_error(error, n_images):
    """Standard error of an error rate that was found on `n_images` images (binomial)."""
    return math.sqrt(error * (1 - error) / n_images)


def mean_and_error(values):
    """Mean over seeds and its standard error, infinite for one seed alone."""
    n = len(values)
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else math.inf


def below_zero(difference, deviation):
    """Judge the claim that a quantity is negative.

    Parameters
    ----------
    difference : float
        The quantity, as found.
    deviation : float
        Its standard error.

    Returns
    -------
    {"holds", "does not hold", "undecided"}
    """
    if abs(difference) <= CERTAIN * deviation:
        return UNDECIDED
    return HOLDS if difference < 0 else FAILS


def decided(condition):
    """Judge a claim whose numbers carry no uncertainty."""
    return HOLDS if condition else FAILS


def overall(verdicts):
    """Judge a claim of several parts: it holds if all do, and does not hold if one does not."""
    verdicts = set(verdicts)
    return next(verdict for verdict in (FAILS, UNDECIDED, HOLDS) if verdict in verdicts)


def tally(verdicts):
    """Count verdicts, as ``3 hold, 1 undecided``."""
    verdicts = list(verdicts)
    plural = {HOLDS: "hold", FAILS: "do not hold", UNDECIDED: "undecided"}
    counts = {verdict: verdicts.count(verdict) for verdict in plural}
    return ", ".join(f"{n} {verdict if n == 1 else plural[verdict]}" for verdict, n in counts.items() if n)
