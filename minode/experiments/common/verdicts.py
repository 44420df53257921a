"""Verdicts with uncertainty: a claim holds, does not hold, or is undecided by the numbers at hand.

One rule judges everything that varies by chance. An `Estimate` has an interval of Student's t, at `LEVEL`. The claim
that a quantity lies between two bounds holds if the whole interval lies there, does not hold if no part of it does, and
is undecided otherwise (`between`). How an estimate is made depends on what varies:

- `of_seeds`: a quantity has a value for each seed. A single seed does not show the spread, so it decides nothing.
- `paired`: two networks have the same seeds, images or fields, so that each pair gives a difference.
- `unpaired`: two estimates are independent of each other (Welch).
- `of_images`: an error rate of one network is found on independent images.
- `clustered`: some images belong together, as the frames of a vehicle and the digits of a meter do. The clusters vary,
  not the images. `crossed` adds up the uncertainties of seeds and of clusters.

Each comparison is judged at the level by itself. A claim of several parts holds only if all parts hold (`overall`). The
more parts, the more likely it is that one fails by bad luck: of k parts up to k LEVEL / 2. That is why the tally of
parts always stands beside the verdict. Where nothing varies, a claim is `decided` without an interval.
"""

import math
from typing import NamedTuple

import numpy as np

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
# A two-sided interval misses the quantity that it estimates in this part of all cases.
LEVEL = 0.05
RULE = f"Student's t, two-sided, {100 * LEVEL:g} %"
# Rounding makes equal numbers differ by this part of their size, so that no spread is taken to be smaller.
ROUNDING = 1e-12


class Estimate(NamedTuple):
    """A quantity with its uncertainty.

    Attributes
    ----------
    value, error : float
        The error is the standard error. It is infinite where nothing shows the spread.
    dof : float
        The degrees of freedom of the standard error.
    """

    value: float
    error: float
    dof: float

    def interval(self, level=LEVEL):
        """Return both ends of the interval, which misses the quantity in the part `level` of all cases."""
        if math.isinf(self.error):
            return -math.inf, math.inf
        from scipy.special import stdtrit

        reach = self.error * float(stdtrit(self.dof, 1 - level / 2))
        return self.value - reach, self.value + reach


def of_seeds(values):
    """Estimate the mean of a quantity that has a value for each seed.

    Raises
    ------
    ValueError
        If there are no values, or they are not finite.
    """
    values = _checked(values)
    return _mean(values, np.abs(values).max())


def paired(values, others, factor=1.0):
    """Estimate by how much values exceed `factor` times others. A pair has its seed, image or field in common.

    Raises
    ------
    ValueError
        If there are none, not as many of the one as of the other, or some that are not finite.
    """
    values, others = _checked(values), factor * _checked(others)
    if len(values) != len(others):
        raise ValueError(f"there are {len(values)} values and {len(others)} others; expected pairs")
    return _mean(values - others, np.abs([values, others]).max())


def unpaired(estimate, other, factor=1.0):
    """Estimate by how much a quantity exceeds `factor` times another, independent one (Welch)."""
    parts = [(estimate.error**2, estimate.dof), ((factor * other.error) ** 2, other.dof)]
    variance = sum(part for part, _ in parts)
    if math.isinf(variance):
        return Estimate(estimate.value - factor * other.value, math.inf, 0)
    # Without any variance Welch's formula would divide 0 by 0.
    spread = sum(part**2 / dof for part, dof in parts)
    dof = variance**2 / spread if spread else min(dof for _, dof in parts)
    return Estimate(estimate.value - factor * other.value, math.sqrt(variance), dof)


def of_images(rate, n_images):
    """Estimate an error rate from the part of independent images that a network gets wrong (binomial).

    Rates on the same images are better `paired`. As `unpaired` they decide less, since networks fail on the same ones.

    Raises
    ------
    ValueError
        If the rate is not from 0 to 1, or there are no images.
    """
    if not (0 <= rate <= 1 and n_images >= 1):
        raise ValueError(f"rate is {rate} on {n_images} images; expected a rate from 0 to 1 on one image at least")
    # If no image is wrong, one of the next may still be. So the spread is at least that of a single wrong image.
    rarest = 1 / n_images
    error = standard_error(min(max(rate, rarest), 1 - rarest), n_images) if n_images > 1 else math.inf
    return Estimate(rate, error, n_images - 1)


def clustered(values, clusters):
    """Estimate a mean over images, with the uncertainty that comes from how the clusters of images differ.

    Parameters
    ----------
    values : array, shape (n,)
        For each image 1 if the network is wrong and 0 if it is right, or the difference of two networks.
    clusters : array, shape (n,)
        The cluster that each image belongs to.

    Returns
    -------
    Estimate
        Images of a cluster may depend on each other in any way (Liang and Zeger, 1986). Its dof is one less than the
        number of clusters.
    """
    values, (names, cluster) = _checked(values), np.unique(clusters, return_inverse=True)
    if len(values) != len(cluster):
        raise ValueError(f"there are {len(values)} values in {len(cluster)} places of clusters; expected one each")
    images = np.bincount(cluster, minlength=len(names))
    mean = float(values.mean())
    return of_influences(mean, (np.bincount(cluster, values) - mean * images) / len(values))


def of_influences(value, influences):
    """Compute the standard error of a value from how far each cluster moves it."""
    n = len(influences)
    return Estimate(value, math.sqrt(n / (n - 1) * np.sum(np.square(influences))) if n > 1 else math.inf, n - 1)


def crossed(estimate, other):
    """Combine the errors of two estimates of one value, by seeds and by images. What varies with both counts twice."""
    return Estimate(estimate.value, math.hypot(estimate.error, other.error), min(estimate.dof, other.dof))


def between(interval, low, high):
    """Judge the claim that a quantity lies between two bounds, if all that is known is an interval in which it lies.

    Returns
    -------
    {"holds", "does not hold", "undecided"}
    """
    least, most = interval
    if low < least and most < high:
        return HOLDS
    return FAILS if most < low or high < least else UNDECIDED


def below_zero(estimate):
    """Judge by the rule of `between` the claim that an estimated quantity is negative."""
    return between(estimate.interval(), -math.inf, 0.0)


def decided(condition):
    """Judge a claim whose numbers do not vary by chance."""
    return HOLDS if condition else FAILS


def overall(verdicts):
    """Judge a claim of several parts. It holds if all parts hold, and does not hold if one part does not."""
    verdicts = set(verdicts)
    return next(verdict for verdict in (FAILS, UNDECIDED, HOLDS) if verdict in verdicts)


def tally(verdicts):
    """Count verdicts, as ``3 hold, 1 undecided``."""
    verdicts = list(verdicts)
    plural = {HOLDS: "hold", FAILS: "do not hold", UNDECIDED: "undecided"}
    counts = {verdict: verdicts.count(verdict) for verdict in plural}
    return ", ".join(f"{n} {verdict if n == 1 else plural[verdict]}" for verdict, n in counts.items() if n)


def standard_error(rate, n_images):
    """Compute the standard error of a rate that was found on `n_images` independent images (binomial)."""
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
