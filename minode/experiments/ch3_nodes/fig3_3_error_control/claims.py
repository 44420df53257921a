"""What Figure 3.3 claims, panel by panel, as rules that the numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.thresholds import GUESSING, LEARNED, PART, about_half
from minode.experiments.common.verdicts import UNDECIDED, below_zero, decided, of_seeds, paired

# A tolerance bounds an error that is no larger than so many times it: it holds step by step, and steps add up.
ALLOWED = 10
# Proportional: a line through the origin explains this much of the variance of the seconds.
EXPLAINED = 0.9


def judge_panels(networks):
    """Hold the four claims against the numbers of the networks.

    Parameters
    ----------
    networks : list of dict
        As in what `compute` returns.

    Returns
    -------
    list of Claim
        One a panel.
    """
    return [
        _error_follows(networks),
        _time_is_proportional(networks),
        _backward_is_half(networks),
        _nfe_grows(networks),
    ]


def _error_follows(networks):
    """Panel (a) holds if on each network the error falls with each tolerance and stays below `ALLOWED` times it."""
    falls = all((np.diff(network["numerical_error"]) < 0).all() for network in networks)
    over = np.array([np.divide(network["numerical_error"], network["tolerance"]) for network in networks])
    numbers = f"error {over.min():.1g} to {over.max():.1g} times the tolerance, {ALLOWED} allowed"
    return Claim(
        "the tolerance bounds the numerical error", decided(falls and over.max() <= ALLOWED), numbers, panel="a"
    )


def _time_is_proportional(networks):
    explained = [proportional(network["nfe_forward"], network["seconds"]) for network in networks]
    numbers = f"a line through the origin explains {100 * min(explained):.1f} % of the variance, or more"
    return Claim("forward time is proportional to NFE-F", decided(min(explained) >= EXPLAINED), numbers, panel="b")


def proportional(x, y):
    """Part of the variance of y that the best line through the origin explains."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    residual = y - x * (x @ y) / (x @ x)
    return float(1 - residual @ residual / np.sum((y - y.mean()) ** 2))


def _backward_is_half(networks):
    verdict = about_half(ratios(networks))
    return Claim("NFE-B is about half of NFE-F", verdict, f"ratio {ratio_text(networks)}", panel="c")


def ratios(networks, column="nfe_backward"):
    """NFE-B over NFE-F for each network, the mean over its tolerances."""
    return [float(np.mean(np.divide(network[column], network["nfe_forward"]))) for network in networks]


def ratio_text(networks):
    """Tell the mean ratio with its standard error, and what it is for gradients that are not scaled up."""
    mean, error, _ = of_seeds(ratios(networks))
    as_is = np.mean(ratios(networks, "nfe_backward_as_is"))
    return f"{mean:.2f} ± {error:.2f} (gradients not scaled up: {as_is:.2f})"


def _nfe_grows(networks):
    """Panel (d) is undecided while a network has not learned."""
    n = max(1, round(PART * len(networks[0]["training_loss"])))
    nfe = np.array([network["training_nfe_forward"] for network in networks])
    first, last = nfe[:, :n].mean(axis=1), nfe[:, -n:].mean(axis=1)
    shrinkage = paired(first, last)
    learned = all(np.mean(network["training_loss"][-n:]) < LEARNED * GUESSING for network in networks)
    verdict = below_zero(shrinkage) if learned else UNDECIDED
    growth = f"{-shrinkage.value:.1f} ± {shrinkage.error:.1f}"
    numbers = f"{first.mean():.1f} at first, {last.mean():.1f} at last, growth {growth}"
    return Claim("NFE-F grows during training", verdict, numbers, panel="d")
