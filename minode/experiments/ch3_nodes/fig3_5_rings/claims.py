"""The claims of Figure 3.5, as rules that numbers can break."""

import numpy as np

from minode.experiments.ch3_nodes.fig3_5_rings.flow_map import SPACING
from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, decided, paired


def judge_maps(numbers):
    """Hold what the thesis and Dupont et al. (2019) say against the numbers of all seeds.

    Differences between the models are judged seed by seed, those of losses on a logarithmic scale, as ratios are what
    varies. The flow back tells that phi is one-to-one on the grid if it finds each point to half a spacing.

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
        Claim("NODE: phi is one-to-one, and turns nothing over", decided(homeomorphism), source="thesis"),
        Claim("NODE: wrong by 1 or more somewhere", decided(min(node["worst_error"]) >= 1), source="thesis"),
        Claim("augmented: wrong by 1 nowhere", decided(max(augmented["worst_error"]) < 1), source="thesis"),
        Claim("augmented: lower loss", _lower(np.log(augmented["loss"]), np.log(node["loss"])), source="Dupont"),
        Claim("augmented: NFE climbs less", _lower(augmented["nfe_climb"], node["nfe_climb"]), source="Dupont"),
    ]


def _lower(values, others):
    """Judge whether values are lower than others, seed by seed."""
    return below_zero(paired(values, others))
