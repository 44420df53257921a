"""How many seeds decide: the power of the rule in `verdicts` that judges a mean difference of pairs."""

import math

from minode.experiments.common.verdicts import LEVEL

# Seeds are enough if the rule speaks in this part of all cases in which the difference is there.
POWER = 0.8
# A difference that needs more pairs than this is as good as none.
MOST = 100_000


def effect_needed(spread, n_pairs, power=POWER, level=LEVEL):
    """Compute the smallest mean difference that pairs find with some power.

    Parameters
    ----------
    spread : float
        Standard deviation of the differences of pairs.
    n_pairs : int
    power : float
        Part of all cases in which the whole interval lies on the side of zero where the mean is.
    level : float
        Part of all cases in which the interval misses the mean.

    Returns
    -------
    float
        Infinite for a single pair. By the noncentral t distribution (Cohen 1988, section 2.5).
    """
    if n_pairs < 2:
        return math.inf
    from scipy.special import nctdtrinc, stdtrit

    critical = float(stdtrit(n_pairs - 1, 1 - level / 2))
    return spread * float(nctdtrinc(n_pairs - 1, 1 - power, critical)) / math.sqrt(n_pairs)


def pairs_needed(spread, difference, power=POWER, level=LEVEL, beside=0.0):
    """Compute the number of pairs that find a mean difference with some power.

    Parameters
    ----------
    spread, power, level
        As for `effect_needed`.
    difference : float
        Of either sign.
    beside : float
        A standard error that more pairs do not make smaller, such as that of the test images.

    Returns
    -------
    int or float
        At least two; infinite if it is more than `MOST`, as for no difference at all.
    """

    def too_few(n_pairs):
        total = math.hypot(spread, beside * math.sqrt(n_pairs))
        return effect_needed(total, n_pairs, power, level) > abs(difference)

    few, many = 1, MOST
    if too_few(many):
        return math.inf
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (middle, many) if too_few(middle) else (few, middle)
    return many


def pairs_to_agree(spread, matters, power=POWER, beside=0.0):
    """Compute the number of pairs that prove with some power a difference to be smaller than what would matter.

    Parameters
    ----------
    spread, power, beside
        As for `pairs_needed`.
    matters : float
        Two one-sided tests hold the mean, which is zero, against this bound on both sides (`protocol.rule.agrees`).

    Returns
    -------
    int or float
        As from `pairs_needed`. Each test fails in half of the cases that are left.
    """
    return pairs_needed(spread, matters, (1 + power) / 2, 2 * LEVEL, beside)


def spread_of(estimate):
    """Return the standard deviation of the differences behind an estimate by pairs."""
    return estimate.error * math.sqrt(estimate.dof + 1)
