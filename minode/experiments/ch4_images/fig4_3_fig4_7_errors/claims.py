"""The claims of Figures 4.3 and 4.7, as rules that numbers can break."""

import numpy as np

from minode.experiments.ch4_images.ufpr_compare import compare, n_first, pairs
from minode.experiments.common.protocol.decisions import METERS_MATTER, PLATES_MATTER, RISES
from minode.experiments.common.verdicts import UNDECIDED

# Epochs in which rises are counted: fewer tell nothing of how stable a network is.
FEWEST_EPOCHS = 5


def judge_errors(figure, networks, decides=True):
    """Hold the claims of a figure against networks.

    What varies is the seed. The validation images are the same for all of them, and stay what they are: a history does
    not tell which of them were wrong.

    Parameters
    ----------
    figure : {"4.3", "4.7"}
    networks : list of dict
        As `errors` tells of them; not all need to be there.
    decides : bool
        Whether these are the runs of the protocol, or pilots.

    Returns
    -------
    list of Claim
        As `ufpr_compare.compare` returns them.
    """
    network_of = {(network["data"], network["model"]): network for network in networks}
    judge = _of_meters if figure == "4.3" else _of_plates
    return judge(network_of, lambda matters: matters if decides else None)


def _of_meters(network_of, known):
    node, resnet = (network_of.get(("amr", model)) for model in ("node", "resnet"))
    if not pairs(resnet, node):
        return []
    # The claim is that the ResNet's error rises less, so it comes first.
    unstable = compare("ResNet: rises less at first than the NODE", resnet, node, of_each(rises), known(RISES))
    if n_first(len(node["validation"][0])) < FEWEST_EPOCHS:
        unstable = unstable._replace(verdict=UNDECIDED)
    return [unstable, compare("NODE: lower at best than the ResNet", node, resnet, of_each(min), known(METERS_MATTER))]


def _of_plates(network_of, known):
    node, claims = network_of.get(("alpr-augmented", "node")), []
    for key, text in [(("alpr", "node"), "without copies"), (("alpr-augmented", "resnet"), "the ResNet")]:
        if pairs(node, other := network_of.get(key)):
            what = f"NODE, copies: lower at first than {text}"
            claims.append(compare(what, node, other, of_each(early), known(PLATES_MATTER)))
            best = f"NODE, copies: lower at best than {text}"
            claims.append(compare(best, node, other, of_each(min), known(PLATES_MATTER)))
    return claims


def of_each(quantity):
    """Make a function of a network that gives a quantity of each run's validation errors, a list over the epochs."""
    return lambda network: [quantity(errors) for errors in network["validation"]]


def rises(errors):
    """Sum of all rises of an error from one epoch to the next, in the first epochs."""
    changes = np.diff(errors[: n_first(len(errors))])
    return float(changes[changes > 0].sum())


def early(errors):
    """Mean error of the first epochs."""
    return float(np.mean(errors[: n_first(len(errors))]))
