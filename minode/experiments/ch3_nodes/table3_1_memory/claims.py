"""The claims of the column of memory in Table 3.1, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.thresholds import CONSTANT, MORE_EVALUATIONS
from minode.experiments.common.verdicts import UNDECIDED, below_zero, decided, of_seeds, overall, paired

# States kept of each evaluation: none, or one at least, the one that f was given. What is nearer decides.
HALF = 0.5


def judge_memory(problem, ways):
    """Hold what the thesis claims of memory against the numbers.

    The adjoint is O(1) if for no seed its memory varies by more than a tenth while evaluations grow by half at least;
    backpropagation is O(L) if it keeps more than half a state of each evaluation; and the adjoint takes less memory if
    its thriftier solver does so than the thriftiest other way, each at its deepest.

    Parameters
    ----------
    problem : str
    ways : dict
        Name -> {"states_per_evaluation": by seed, "depth" and "peak_mib": by depth and seed}.

    Returns
    -------
    list of Claim
    """
    claims = []
    for name, found in ways.items():
        kept = np.array(found["states_per_evaluation"])
        if name.startswith("adjoint"):
            order, verdict = "O(1)", overall(map(_constant, zip(*found["depth"]), zip(*found["peak_mib"])))
        else:
            order, verdict = "O(L)", below_zero(of_seeds(HALF - kept))
        mean, error, _ = of_seeds(kept)
        claims.append(Claim(f"{problem}: {name}: {order}", verdict, f"{mean:+.3f} ± {error:.3f} states an evaluation"))
    adjoint, others = (
        np.min([numbers["peak_mib"] for name, numbers in ways.items() if name.startswith("adjoint") == which], axis=0)
        for which in (True, False)
    )
    verdict = below_zero(paired(adjoint[-1], others[-1]))
    peaks = [peak.mean() for peak in (adjoint[-1], others[-1], adjoint[0], others[0])]
    numbers = "{:.1f} and {:.1f} MiB where deepest, {:.1f} and {:.1f} where shallowest".format(*peaks)
    return [*claims, Claim(f"{problem}: the adjoint takes less", verdict, numbers)]


def _constant(depths, peaks):
    if max(depths) < MORE_EVALUATIONS * min(depths):
        return UNDECIDED
    return decided(max(peaks) <= CONSTANT * min(peaks))
