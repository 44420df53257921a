"""Quantities of two networks compared, seed by seed."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, paired


def less(text, lower, higher):
    """Judge the claim that one quantity is lower than another, seed by seed.

    Parameters
    ----------
    text : str
        The claim.
    lower, higher : sequences of float
        A value a seed, of the same seeds.

    Returns
    -------
    Claim
        Its numbers are means and standard deviations.
    """
    numbers = " and ".join(f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" for values in (lower, higher))
    return Claim(text, below_zero(paired(lower, higher)), numbers)
