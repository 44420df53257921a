"""The rule of the protocol: a difference is there, is smaller than what would matter, or is undecided."""

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
