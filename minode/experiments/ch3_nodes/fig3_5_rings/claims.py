"""The claims of Figure 3.5, as rules that numbers can break."""

import numpy as np

from minode.experiments.ch3_nodes.fig3_5_rings.flow_map import SPACING
from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, between, decided, of_seeds, paired

# A model has not learned if of new points more than this part is wrong by 1 or more.
LEARNED = 1e-3


def judge_maps(numbers):
    """Hold what the thesis and Dupont et al. (2019) say against the numbers of all seeds.

    That the NODE is wrong by 1 or more *somewhere* is a theorem (see `compute`) and no claim: what numbers can break is
    that new points show it. Differences between the models are judged seed by seed, those of losses on a logarithmic
    scale, as ratios are what varies. The flow back tells that phi, as computed, is one-to-one on the grid if it finds
    each point to half a spacing.

    Parameters
    ----------
    numbers : dict of dict of list
        As `compute` returns them.

    Returns
    -------
    list of Claim
        Each with its source.
    """
    node, augmented = numbers["node"], numbers["augmented"]
    homeomorphism = min(node["smallest_det"]) > 0 and max(node["return_error"]) < SPACING / 2
    return [
        Claim("NODE: phi, as computed, is one-to-one, turns nothing over", decided(homeomorphism), source="thesis"),
        Claim(
            "augmented: fewer of new points wrong by 1 or more",
            _lower(augmented["new_wrong"], node["new_wrong"]),
            " and ".join(map(_of_1000, (augmented["new_wrong"], node["new_wrong"]))),
            source="thesis",
        ),
        _new_points("augmented: learns g_d", augmented["new_wrong"], (-1.0, LEARNED), "thesis"),
        _new_points("NODE: does not learn g_d", node["new_wrong"], (LEARNED, 1.0), "minode", thesis=False),
        Claim("augmented: wrong by 1 nowhere", decided(max(augmented["worst_error"]) < 1), source="thesis"),
        Claim("augmented: lower loss", _lower(np.log(augmented["loss"]), np.log(node["loss"])), source="Dupont"),
        Claim("augmented: NFE climbs less", _lower(augmented["nfe_climb"], node["nfe_climb"]), source="Dupont"),
    ]


def _lower(values, others):
    """Judge whether values are lower than others, seed by seed."""
    return below_zero(paired(values, others))


def _new_points(text, shares, bounds, source, thesis=None):
    """Judge by the part of new points that is wrong by 1 or more, one a seed, whether a model has learned."""
    verdict = between(of_seeds(shares).interval(), *bounds)
    numbers = f"{_of_1000(shares)}, {1e3 * LEARNED:g} allowed"
    return Claim(text, verdict, numbers, thesis, source=source)


def _of_1000(shares):
    share = of_seeds(shares)
    return f"{1e3 * share.value:.2f} ± {1e3 * share.error:.2f} of 1,000"
