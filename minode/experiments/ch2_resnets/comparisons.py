"""Quantities of two networks compared, seed by seed."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.verdicts import paired


def less(text, lower, higher, matters=None):
    """Judge the claim that one quantity is lower than another, seed by seed.

    Parameters
    ----------
    text : str
        The claim.
    lower, higher : sequences of float
        A value a seed, of the same seeds.
    matters : float, optional
        As for `protocol.rule.judge`.

    Returns
    -------
    Claim
        Its numbers are means and standard deviations.
    """
    numbers = " and ".join(f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" for values in (lower, higher))
    difference = paired(lower, higher)
    verdict, note = judge(difference, difference, matters, scale=1)
    return Claim(text, verdict, numbers + note)
