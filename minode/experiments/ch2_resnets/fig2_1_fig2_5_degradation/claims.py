"""The claims of Figures 2.1 and 2.5, as rules that numbers can break."""

import numpy as np

from minode.experiments.ch2_resnets.comparisons import less
from minode.experiments.common.protocol.small import DEPTH
from minode.experiments.common.verdicts import UNDECIDED

# A network that errs in training more often than this has hardly learned: it guesses, at 0.9, or has just begun to
# leave that. That depth harms such a one does not tell whether depth harms a network that learns.
LEARNED = 0.45


def judge_depth(networks, held_out, decides=False):
    """Judge what the figures claim: depth harms plain networks and helps residual ones, so that shortcuts pay.

    Nothing is decided about depth where one of the two networks has not learned. That shortcuts make a network learn
    that does not without them is what is claimed of them. `decides` tells whether the networks are of the size of the
    protocol, by which a difference can be too small to matter.
    """
    matters = DEPTH / 100 if decides else None
    by_depth = []
    for shallow, deep in zip(networks[::2], networks[1::2]):
        by_depth.append((shallow, deep) if shallow["kind"] == "plain" else (deep, shallow))
    by_kind = [networks[3:0:-2]] if len(networks) == 4 else []
    return [
        _less(lower, higher, key, name, learned, matters)
        for comparisons, learned in ((by_depth, True), (by_kind, False))
        for lower, higher in comparisons
        for key, name in (("training error", "training"), ("held out error", held_out))
    ]


def _less(lower, higher, key, name, learned, matters):
    """Judge one comparison; `learned` tells whether both have to have learned."""
    claim = less(f"{name_of(lower)}: less {name} error than {name_of(higher)}", lower[key], higher[key], matters)
    idle = [name_of(each) for each in (lower, higher) if learned and np.mean(each["training error"]) > LEARNED]
    if not idle:
        return claim
    return claim._replace(verdict=UNDECIDED, numbers=f"{claim.numbers}; not learned: {', '.join(idle)}")


def name_of(entry):
    return f"{entry['kind']} {entry['depth']}"
