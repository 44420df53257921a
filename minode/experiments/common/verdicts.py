"""Verdicts with uncertainty: a claim holds, does not hold, or is undecided at the size at hand.

One rule judges all that varies by chance. An `Estimate` lies in an interval of Student's t, at `LEVEL`; a claim that
it lies between two bounds holds if the whole interval does, does not hold if none of it does, and is undecided
otherwise (`between`). How an estimate is made says what its chance is:

- `of_seeds`: values of several seeds. One seed alone tells nothing of the spread, and decides nothing.
- `paired`: what two networks get from the same seeds, images or fields, as a difference each.
- `unpaired`: two independent estimates (Welch).
- `of_images`: an error rate on images that are independent, for one set of weights.
- `clustered`: images of which some belong together, as the frames of one vehicle and the digits of one meter do: the
  clusters are what varies. `crossed` adds up the chances of seeds and of clusters.

Each comparison is judged at the level by itself: a claim of several parts holds only if all of them do (`overall`),
which no number of parts makes easier, while that one of k parts fails by luck has a chance of up to k LEVEL / 2, so
the tally of parts always stands beside the verdict. What nothing varies in is `decided` without an interval.
"""

import math
from typing import NamedTuple

import numpy as np

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
# Two-sided: an interval misses what it estimates in this part of cases.
LEVEL = 0.05
RULE = f"Student's t, two-sided, {100 * LEVEL:g} %"
# Part of the values themselves: differences of equal numbers are as small as this, and no smaller spread is seen.
ROUNDING = 1e-12


class Estimate(NamedTuple):
    """A quantity with its uncertainty.

    Attributes
    ----------
    value, error : float
        The error is the standard error, infinite where nothing tells of the spread.
    dof : float
        Degrees of freedom of the standard error.
    """

    value: float
    error: float
    dof: float

    def interval(self):
        """Tell the ends of the interval that misses the quantity in a part `LEVEL` of cases."""
        if math.isinf(self.error):
            return -math.inf, math.inf
        from scipy.special import stdtrit

        reach = self.error * float(stdtrit(self.dof, 1 - LEVEL / 2))
        return self.value - reach, self.value + reach


def of_seeds(values):
    """Estimate the mean of a quantity of which each seed gave a value.

    Raises
    ------
    ValueError
        If there are no values, or they are not finite.
    """
    values = _checked(values)
    return _mean(values, np.abs(values).max())


def paired(values, others, factor=1.0):
    """Estimate by how much values exceed `factor` times others, in pairs of one seed, image or field.

    Raises
    ------
    ValueError
        If they are not as many, are none, or are not finite.
    """
    values, others = _checked(values), factor * _checked(others)
    if len(values) != len(others):
        raise ValueError(f"there are {len(values)} values and {len(others)} others; expected pairs")
    return _mean(values - others, np.abs([values, others]).max())


def unpaired(estimate, other, factor=1.0):
    """Estimate by how much a quantity exceeds `factor` times another one that is independent of it (Welch)."""
    parts = [(estimate.error**2, estimate.dof), ((factor * other.error) ** 2, other.dof)]
    variance = sum(part for part, _ in parts)
    if math.isinf(variance):
        return Estimate(estimate.value - factor * other.value, math.inf, 0)
    # Of no variance at all Welch's formula is 0 / 0.
    spread = sum(part**2 / dof for part, dof in parts)
    dof = variance**2 / spread if spread else min(dof for _, dof in parts)
    return Estimate(estimate.value - factor * other.value, math.sqrt(variance), dof)


def of_images(rate, n_images):
    """Estimate an error rate by the part of independent images that one network got wrong (binomial).

    Two rates on the same images are better `paired`. Taken as `unpaired` they decide less often, since networks mostly
    fail on the same images.

    Raises
    ------
    ValueError
        If the rate is not from 0 to 1, or there are no images.
    """
    if not (0 <= rate <= 1 and n_images >= 1):
        raise ValueError(f"rate is {rate} on {n_images} images; expected a rate from 0 to 1 on one image at least")
    # That no image is wrong does not make it certain that none ever is: the spread is at least that of a single one.
    rarest = 1 / n_images
    error = standard_error(min(max(rate, rarest), 1 - rarest), n_images) if n_images > 1 else math.inf
    return Estimate(rate, error, n_images - 1)


def clustered(values, clusters):
    """Estimate a mean over images by what varies between the clusters that they belong to.

    Parameters
    ----------
    values : array, shape (n,)
        One an image: 1 where a network is wrong and 0 where it is right, or the difference of two networks.
    clusters : array, shape (n,)
        What each image belongs to.

    Returns
    -------
    Estimate
        Robust to any dependence inside of clusters (Liang and Zeger, 1986), with a degree of freedom a cluster but one.
    """
    values, (names, cluster) = _checked(values), np.unique(clusters, return_inverse=True)
    if len(values) != len(cluster):
        raise ValueError(f"there are {len(values)} values in {len(cluster)} places of clusters; expected one each")
    images = np.bincount(cluster, minlength=len(names))
    mean = float(values.mean())
    return of_influences(mean, (np.bincount(cluster, values) - mean * images) / len(values))


def of_influences(value, influences):
    """Give a value the standard error that follows from how much each cluster moves it."""
    n = len(influences)
    return Estimate(value, math.sqrt(n / (n - 1) * np.sum(np.square(influences))) if n > 1 else math.inf, n - 1)


def crossed(estimate, other):
    """Give a value the chances of two estimates of it, of seeds and of images; what varies with both counts twice."""
    return Estimate(estimate.value, math.hypot(estimate.error, other.error), min(estimate.dof, other.dof))


def between(interval, low, high):
    """Judge the claim that a quantity, known to lie in an interval, lies between two bounds.

    Returns
    -------
    {"holds", "does not hold", "undecided"}
    """
    least, most = interval
    if low < least and most < high:
        return HOLDS
    return FAILS if most < low or high < least else UNDECIDED


def below_zero(estimate):
    """Judge the claim that what is estimated is negative, as `between` does."""
    return between(estimate.interval(), -math.inf, 0.0)


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


def standard_error(rate, n_images):
    """Standard error of a rate that was found on `n_images` independent images (binomial)."""
    return math.sqrt(rate * (1 - rate) / n_images)


def _checked(values):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"values are {values}; expected a list of finite numbers, one at least")
    return values


def _mean(values, scale):
    n = len(values)
    error = max(float(values.std(ddof=1)) / math.sqrt(n), ROUNDING * float(scale)) if n > 1 else math.inf
    return Estimate(float(values.mean()), error, n - 1)
