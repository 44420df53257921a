"""Quantities of two networks compared, seed by seed."""

import numpy as np

from minode.experiments.common.verdicts import below_zero, paired


def less(claim, lower, higher):
    """Judge the claim that one quantity is lower than another, seed by seed.

    Parameters
    ----------
    claim : str
    lower, higher : sequences of float
        A value a seed, of the same seeds.

    Returns
    -------
    dict
        "claim", "verdict" and "numbers": means and standard deviations.
    """
    numbers = " and ".join(f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}" for values in (lower, higher))
    return {"claim": claim, "verdict": below_zero(paired(lower, higher)), "numbers": numbers}
