"""How many seeds decide: the power of the rule in `verdicts` that judges a mean difference of pairs."""

import math

from minode.experiments.common.verdicts import LEVEL

# Seeds are enough if the rule speaks in this part of all cases in which the difference is there.
POWER = 0.8
# A difference that needs more pairs than this is as good as none.
MOST = 100_000


def effect_needed(spread, n_pairs, power=POWER):
    """Compute the smallest mean difference that pairs find with some power.

    Parameters
    ----------
    spread : float
        Standard deviation of the differences of pairs.
    n_pairs : int
    power : float
        Part of all cases in which the whole interval lies on the side of zero where the mean is.

    Returns
    -------
    float
        Infinite for a single pair. By the noncentral t distribution (Cohen 1988, section 2.5).
    """
    if n_pairs < 2:
        return math.inf
    from scipy.special import nctdtrinc, stdtrit

    critical = float(stdtrit(n_pairs - 1, 1 - LEVEL / 2))
    return spread * float(nctdtrinc(n_pairs - 1, 1 - power, critical)) / math.sqrt(n_pairs)


def pairs_needed(spread, difference, power=POWER):
    """Compute the number of pairs that find a mean difference with some power.

    Parameters
    ----------
    spread, power
        As for `effect_needed`.
    difference : float
        Of either sign.

    Returns
    -------
    int or float
        At least two; infinite if it is more than `MOST`, as for no difference at all.
    """
    few, many = 1, MOST
    if effect_needed(spread, many, power) > abs(difference):
        return math.inf
    while many - few > 1:
        middle = (few + many) // 2
        if effect_needed(spread, middle, power) > abs(difference):
            few = middle
        else:
            many = middle
    return many


def spread_of(estimate):
    """Return the standard deviation of the differences behind an estimate by pairs."""
    return estimate.error * math.sqrt(estimate.dof + 1)
