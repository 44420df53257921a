"""What is claimed of other fields, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.decisions import PAIR, STEP
from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.thresholds import TRAINED
from minode.experiments.common.verdicts import UNDECIDED, of_seeds, paired

# A network, the one that it is compared with, the factor of the second error, whether the thesis says so, the claim.
COMPARISONS = [
    ("node-one-conv", "node", 1, None, "one convolution: less error than two"),
    ("node-depthwise", "node", 1, None, "separable convolutions: less error than whole ones"),
    ("node-tanh", "node", 1, None, "tanh: less error than ReLU"),
]


def concordance(nfe, errors):
    """Tell how far more evaluations go with more errors: Kendall's tau, without a correction for ties.

    Parameters
    ----------
    nfe, errors : sequence of float
        Of each network.

    Returns
    -------
    float
        1 if of all pairs the network with more evaluations errs more, -1 if it errs less, 0 if neither tells the other.
    """
    ranks = [np.sign(np.subtract.outer(values, values)) for values in (nfe, errors)]
    return float(np.sum(np.multiply(*ranks)) / (len(nfe) * (len(nfe) - 1)))


def judge_fields(by_seed, decides):
    """Judge what evaluations tell; nothing of networks of which one is hardly trained.

    Parameters
    ----------
    by_seed : list of dict
        For each seed "nfe" and "errors": model -> number, with the same models in both and "node" and "node-tanh" among
        them.
    decides : bool
        Whether these are the protocol's runs, by which a difference may be found too small to matter.

    Returns
    -------
    list of Claim
    """
    taus = [concordance(*([numbers[model] for model in each["nfe"]] for numbers in each.values())) for each in by_seed]
    smooth, kinked = ([each["nfe"][model] for each in by_seed] for model in ("node-tanh", "node"))
    mean, fewer = of_seeds(taus), paired(smooth, kinked)
    judged = [
        judge(each, each, matters if decides else None, scale=1) for each, matters in ((mean, PAIR), (fewer, STEP))
    ]
    highest = max(error for each in by_seed for error in each["errors"].values())
    if highest > TRAINED:
        judged = [(UNDECIDED, f"; a network errs on {highest:.0%}")] * 2
    (agree, note), (smoother, note_on_tanh) = judged
    tau = (
        f"{mean.value:.2f} ± {mean.error:.2f} ({len(taus)} seeds)" if len(taus) > 1 else f"{mean.value:.2f} (one seed)"
    )
    steps = f"NFE-F {np.mean(smooth):.1f} and {np.mean(kinked):.1f}"
    return [
        Claim("more evaluations, fewer errors", agree, f"Kendall's tau of NFE-F and errors {tau}{note}"),
        Claim("tanh: fewer evaluations than ReLU", smoother, f"{steps}{note_on_tanh}"),
    ]
