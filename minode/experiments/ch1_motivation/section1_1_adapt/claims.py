"""What section 1.1 claims of the cost of an input, as rules that numbers can break."""

import math

import numpy as np
from scipy.stats import spearmanr

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import Estimate, below_zero, between, of_seeds, paired, unpaired

# A rank correlation below this is as good as none, and a cost that is higher by less than this factor is the same.
SMALLEST, FACTOR = 0.1, 1.1
# The easiest and the hardest images are such a part of all.
PART = 0.2


def judge_costs(found):
    """Hold the claims against the evaluations that a solver took for single images.

    Parameters
    ----------
    found : dict
        As in what `compute` returns: "difficulty", "solvers".

    Returns
    -------
    list of Claim
        Those that the thesis does not make are about images of another kind.
    """
    return [
        claim
        for solver, numbers in found["solvers"].items()
        for claim in (
            _correlated(f"{solver}: harder images take more", found["difficulty"], numbers["nfe"]),
            _dearer(f"{solver}: the hardest fifth takes a tenth more", found["difficulty"], numbers["nfe"]),
            _more(f"{solver}: shuffled pixels take more than the digit", numbers["shuffled"], numbers["nfe"]),
            _others(f"{solver}: digits of fonts take more", numbers["fonts"], numbers["nfe"]),
        )
    ]


def rank_correlation(x, y):
    """Estimate Spearman's rank correlation on the scale of Fisher's z = artanh(r).

    Returns
    -------
    Estimate
        The standard error is that of Bonett and Wright (2000), sqrt((1 + r^2 / 2) / (n - 3)). Ranks that are all equal
        are correlated with nothing, r = 0.
    """
    n, constant = len(x), len(set(x)) == 1 or len(set(y)) == 1
    r = 0.0 if constant else float(spearmanr(x, y).statistic)
    # Perfect agreement has no finite z: the last of n ranks could still be out of order.
    z = math.atanh(max(-1 + 1 / n, min(r, 1 - 1 / n)))
    return Estimate(z, math.sqrt((1 + r**2 / 2) / (n - 3)), n - 3)


def fifths(difficulty):
    """Number the images of the easiest and of the hardest fifth."""
    order = np.argsort(difficulty, kind="stable")
    n = max(2, round(PART * len(order)))
    return order[:n], order[-n:]


def _correlated(text, difficulty, nfe):
    z = rank_correlation(difficulty, nfe)
    low, r, high = np.tanh([z.interval()[0], z.value, z.interval()[1]])
    verdict = between(z.interval(), math.atanh(SMALLEST), math.inf)
    return Claim(text, verdict, f"rank correlation {r:.2f} ({low:.2f} to {high:.2f}), {SMALLEST:g} at least", True)


def _dearer(text, difficulty, nfe):
    easy, hard = (of_seeds(np.array(nfe)[chosen]) for chosen in fifths(difficulty))
    numbers = f"{hard.value:.1f} ± {hard.error:.1f} and {easy.value:.1f} ± {easy.error:.1f} evaluations"
    # unpaired tells by how much the hard ones exceed FACTOR times the easy ones: more than zero is what is claimed.
    excess = unpaired(hard, easy, FACTOR)
    return Claim(text, between(excess.interval(), 0.0, math.inf), numbers, True)


def _more(text, others, nfe):
    digits = np.array(nfe[: len(others)])
    less = paired(digits, others)
    numbers = f"{-less.value:+.1f} ± {less.error:.1f} evaluations, in pairs"
    return Claim(text, below_zero(less), numbers, False)


def _others(text, others, nfe):
    less = unpaired(of_seeds(nfe), of_seeds(others))
    return Claim(text, below_zero(less), f"{-less.value:+.1f} ± {less.error:.1f} evaluations", False)
