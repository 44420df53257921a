"""A comparison of networks as text."""

import math

from minode.experiments.common import tables
from minode.experiments.common.power import POWER, effect_needed, pairs_needed, spread_of
from minode.experiments.common.verdicts import FAILS, HOLDS, LEVEL, RULE, UNDECIDED, below_zero

MEANS = ("network", "seeds", "test error, %", "s.e.", f"{100 * (1 - LEVEL):g} % interval")
NEEDED = f"for {100 * POWER:g} % power: points"
DIFFERENCES = ("first - second", "pairs", "difference, points", *MEANS[3:], "the first", NEEDED, "or seeds")
SAID = {HOLDS: "errs less", FAILS: "errs more", UNDECIDED: "undecided"}


def as_text(comparison):
    """Lay out a comparison in lines of text.

    Parameters
    ----------
    comparison : networks.Comparison

    Returns
    -------
    str
        Means by network, differences by pairs of seeds, and notes.
    """
    parts = [tables.as_text(MEANS, [mean_row(network) for network in comparison.networks])]
    differences = comparison.differences
    if differences:
        parts.append(tables.as_text(DIFFERENCES, [difference_row(difference) for difference in differences]))
    notes = [f"intervals: {RULE}, over seeds; what other test images would say is not in them"]
    if differences:
        notes.append("power: with the spread found, itself uncertain where seeds are few")
    if len(differences) > 1:
        notes.append(f"each of {len(differences)} differences is judged by itself: one may seem to be there by chance")
    return "\n\n".join([*parts, "\n".join([*notes, *comparison.notes])])


def mean_row(network):
    """Tell the mean test error of a network as a row under `MEANS`."""
    return network.name, str(len(network.errors)), *_numbers(network.mean())


def difference_row(difference):
    """Tell a difference as a row under `DIFFERENCES`, with what it takes to find such a one with `POWER`."""
    estimate, n = difference.estimate, len(difference.seeds)
    spread = spread_of(estimate)
    needed = (_points(effect_needed(spread, n)), _count(pairs_needed(spread, estimate.value))) if n > 1 else ("", "")
    said = SAID[below_zero(estimate)]
    return " - ".join(difference.names), str(n), *_numbers(estimate), said, *needed


def _numbers(estimate):
    if math.isinf(estimate.error):
        return _points(estimate.value), "", ""
    low, high = estimate.interval()
    return _points(estimate.value), _points(estimate.error), f"{_points(low)} to {_points(high)}"


def _points(value):
    return f"{100 * value:.3f}"


def _count(n):
    return "none is enough" if math.isinf(n) else f"{n:,}"
