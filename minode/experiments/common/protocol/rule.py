"""The rule of the protocol: a difference is there, is smaller than what would matter, or is undecided."""

import math

from minode.experiments.common.power import pairs_needed, pairs_to_agree, spread_of
from minode.experiments.common.verdicts import FAILS, HOLDS, LEVEL, UNDECIDED, below_zero, between


def agrees(estimate, matters):
    """Tell whether a difference is proven to be smaller than `matters` on both sides of zero.

    By two one-sided tests at `LEVEL` (Schuirmann 1987), which is whether the interval at twice the level lies between.
    """
    return between(estimate.interval(2 * LEVEL), -matters, matters) == HOLDS


def less(estimate, matters):
    """Judge the claim that an estimated difference is negative, where only one as large as `matters` would matter.

    Returns
    -------
    {"holds", "does not hold", "undecided"}
        It does not hold if the difference is positive, and also if it `agrees` with none that matters.
    """
    verdict = below_zero(estimate)
    return FAILS if verdict == UNDECIDED and agrees(estimate, matters) else verdict


def seeds_needed(by_seed, matters, beside=0.0):
    """Count the seeds that find a difference that matters, or prove its absence, with the power of `power`.

    Parameters
    ----------
    by_seed : Estimate
        Of the difference, by at least two seeds, which show the spread.
    matters : float
    beside : float
        A standard error that seeds do not make smaller: that of the test images.

    Returns
    -------
    int or float
        Infinite if no number of seeds is enough.
    """
    spread = spread_of(by_seed)
    return max(pairs_needed(spread, matters, beside=beside), pairs_to_agree(spread, matters, beside=beside))


def judge(estimate, by_seed, matters, beside=0.0, scale=100, told=None):
    """Judge by `less`, and tell what is to be said with it.

    Parameters
    ----------
    estimate : Estimate
        Of the difference, with all that varies by chance.
    by_seed, beside
        As for `seeds_needed`.
    matters : float or None
        None for the pilots: by what they are known to find nothing is proven to be too small to matter.
    scale : float
        By which `matters` is multiplied where it is told: 100 for errors, whose differences are in points.
    told : str, optional
        How `matters` is told instead, where the difference is one of logarithms.

    Returns
    -------
    verdict : {"holds", "does not hold", "undecided"}
    note : str
        That the difference is too small to matter; or how many seeds would decide. Empty if there is no need.
    """
    if matters is None:
        return below_zero(estimate), ""
    verdict = less(estimate, matters)
    if verdict == UNDECIDED and not math.isinf(by_seed.error):
        return verdict, _would_decide(seeds_needed(by_seed, matters, beside))
    small = verdict == FAILS and agrees(estimate, matters)
    return verdict, f"; the same within {told or f'{scale * matters:g}'}" if small else ""


def judge_bounds(estimate, low, high):
    """Judge the claim that a mean over seeds lies between two bounds.

    Returns
    -------
    verdict : {"holds", "does not hold", "undecided"}
    note : str
        How many seeds would decide, by the spread and by the mean that were found; empty if there is no need.
    """
    verdict = between(estimate.interval(), low, high)
    if verdict != UNDECIDED or math.isinf(estimate.error):
        return verdict, ""
    nearest = min(abs(estimate.value - bound) for bound in (low, high))
    return verdict, _would_decide(pairs_needed(spread_of(estimate), nearest))


def _would_decide(n):
    return "; no number of seeds decides" if math.isinf(n) else f"; {n} seeds would decide"
