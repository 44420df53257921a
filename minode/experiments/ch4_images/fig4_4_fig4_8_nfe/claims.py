"""What Figures 4.4 and 4.8 claim, as rules that the numbers can break.

Networks are dicts as `fig4_4_fig4_8_nfe.compute.counts` returns them: counts by seed and epoch. The thesis' claims are
held against what is counted; whether what its script logs would bear them out is asked beside.
"""

import numpy as np

from minode.experiments.ch4_images.ufpr_compare import with_error
from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.decisions import STEP
from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.thresholds import ABOUT, HALF, PART, about_half
from minode.experiments.common.verdicts import UNDECIDED, below_zero, between, of_seeds, paired, unpaired


def judge_nfe(figure, networks, decides=True):
    """Hold the claims of a figure against networks.

    Parameters
    ----------
    figure : {"4.4", "4.8"}
    networks : list of dict
        Of the meters or of the plates, for the second figure of both perhaps, or none.
    decides : bool
        Whether these are the runs of the protocol, or pilots.

    Returns
    -------
    list of Claim
    """
    of_data = {network["data"]: network for network in networks}
    meters, plates = of_data.get("amr"), of_data.get("alpr-augmented")
    network, ratio = (meters, _about_half) if figure == "4.4" else (plates, _far_below)
    if network is None:
        return []
    matters = STEP if decides else None
    claims = [
        _grows(network, "nfe_forward", "NFE-F grows during training", True, matters),
        ratio(network, "nfe", "", True),
        _grows(network, "logged_forward", "NFE-F as logged grows during training", False, matters),
        ratio(network, "logged", " as logged", False),
    ]
    if figure == "4.8" and meters is not None:
        claims.insert(2, _more(plates, meters))
    return claims


def last(network, column):
    """Means of a count over the last tenth of the epochs, one a seed."""
    return [float(np.mean(values[-_part(values) :])) for values in network[column]]


def ratios(network, counter):
    """NFE-B over NFE-F, the mean over the epochs, one a seed; `counter` is "nfe" or "logged"."""
    return [
        float(np.mean(np.divide(backward, forward)))
        for forward, backward in zip(network[f"{counter}_forward"], network[f"{counter}_backward"])
    ]


def _grows(network, column, text, thesis, matters):
    """Compare the last tenth of the epochs with the first; nothing is decided of a network that has not learned."""
    first = [float(np.mean(values[: _part(values)])) for values in network[column]]
    at_last = last(network, column)
    growth, less_at_first = np.subtract(at_last, first), paired(first, at_last)
    verdict, note = judge(less_at_first, less_at_first, matters, scale=1) if network["learned"] else (UNDECIDED, "")
    numbers = f"{with_error(first, digits=1)} at first, growth {with_error(growth, digits=1)}{note}"
    return Claim(text, verdict, numbers, thesis)


def _about_half(network, counter, how, thesis):
    values = ratios(network, counter)
    return Claim(f"NFE-B is about half of NFE-F{how}", about_half(values), f"ratio {with_error(values)}", thesis)


def _far_below(network, counter, how, thesis):
    """Of plates the thesis says less: far below is no more than about half."""
    values = ratios(network, counter)
    verdict = between(of_seeds(values).interval(), -np.inf, HALF + ABOUT)
    return Claim(f"NFE-B is far below NFE-F{how}", verdict, f"ratio {with_error(values)}", thesis)


def _more(plates, meters):
    """Compare across data sets, where runs of one seed have nothing in common."""
    of_plates, of_meters = last(plates, "nfe_forward"), last(meters, "nfe_forward")
    learned = plates["learned"] and meters["learned"]
    verdict = below_zero(unpaired(of_seeds(of_meters), of_seeds(of_plates))) if learned else UNDECIDED
    numbers = f"{with_error(of_plates, digits=1)} and {with_error(of_meters, digits=1)} at last, across data sets"
    return Claim("plates take a higher NFE-F than meters", verdict, numbers, True)


def _part(values):
    return max(1, round(PART * len(values)))
