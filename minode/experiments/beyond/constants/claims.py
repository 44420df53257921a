"""What is claimed of the intervals, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import between, clustered, decided

# Of intervals at 95 % a tenth of 20 may miss: with one constant two or fewer do in 92 of 100 cases.
MISSED = 0.1
# Posterior means of Carpenter (2018), by Hamiltonian Monte Carlo with weak priors.
CARPENTER = {"birth": 0.55, "eaten": 0.028, "growth": 0.024, "death": 0.80}


def judge_intervals(held, pelts):
    """Hold the claims against the numbers.

    Parameters
    ----------
    held : dict of dict of list
        Problem -> constant -> for each repetition whether the interval holds it.
    pelts : dict
        "low" and "high", each a dict of constants.

    Returns
    -------
    list of Claim
        A problem is judged by the mean over its constants. Its constants come from the same observations, so they are
        no independent cases; over all problems the repetitions are what varies.
    """
    claims, hits, repetitions = [], [], []
    for name, by_constant in held.items():
        counts = {constant: sum(values) for constant, values in by_constant.items()}
        n = len(next(iter(by_constant.values())))
        enough = np.mean(list(counts.values())) >= (1 - MISSED) * n - 1e-9
        listed = ", ".join(f"{constant} {count}" for constant, count in counts.items())
        claims.append(Claim(f"{name}: in 9 of 10 repetitions a constant is in its interval", decided(enough), listed))
        hits += [hit for values in by_constant.values() for hit in values]
        repetitions += [f"{name} {i}" for _ in by_constant for i in range(n)]
    share = clustered(np.array(hits, dtype=float), np.array(repetitions))
    low, high = share.interval()
    return [
        *claims,
        Claim(
            "all: more than 9 of 10 intervals hold their constant",
            between((low, high), 1 - MISSED, np.inf),
            f"{share.value:.1%}, from {low:.1%} to {high:.1%}",
        ),
        Claim(
            "pelts: intervals hold what Carpenter (2018) found by Monte Carlo",
            decided(all(pelts["low"][name] <= value <= pelts["high"][name] for name, value in CARPENTER.items())),
            ", ".join(f"{name} {pelts['low'][name]:.2g} to {pelts['high'][name]:.2g}" for name in CARPENTER),
        ),
    ]
