"""Errors that vary by factors, compared seed by seed on a logarithmic scale."""

import math

import numpy as np

from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.verdicts import paired


def judge_smaller(values, others, factor=None):
    """Judge the claim that errors are smaller than others of the same seeds.

    Parameters
    ----------
    values, others : sequences of float
        Positive, a value a seed.
    factor : float, optional
        The smallest ratio that would matter; None for pilots, as for `protocol.rule.judge`.

    Returns
    -------
    verdict : {"holds", "does not hold", "undecided"}
    numbers : str
        Both geometric means, and what the rule notes.
    """
    difference = paired(np.log(values), np.log(others))
    matters = None if factor is None else math.log(factor)
    verdict, note = judge(difference, difference, matters, told=factor and f"a factor of {factor:g}")
    return verdict, f"{middle(values):.2g} and {middle(others):.2g}{note}"


def middle(values):
    """The geometric mean."""
    return float(np.exp(np.mean(np.log(values))))
