"""What Tables 4.5 and 4.6 claim, as rules that the numbers can break.

A claim is a dict: "claim", "verdict", "numbers" (what it was judged by) and "thesis", whether the thesis makes it;
those about test errors also have "differences" by seed and the network "against" which it is. A claim about networks
without runs is left out.
"""

from minode.experiments import ufpr_compare
from minode.experiments.table3_1_claims import ABOUT_A_THIRD
from minode.experiments.ufpr_compare import compare, pairs, with_error
from minode.experiments.ufpr_study import name
from minode.experiments.verdicts import decided

# Parameters, error and seconds a batch as published.
TABLES = {
    "4.5": {
        ("amr", "node"): (209_418, 0.0290, 21.96),
        ("amr", "resnet"): (602_634, 0.0385, 4.89),
        ("amr", "resnet-conv"): (None, None, None),
    },
    "4.6": {
        ("alpr", "node"): (211_108, 0.1608, 27.59),
        ("alpr-augmented", "node"): (211_108, 0.1425, 27.17),
        ("alpr-augmented", "resnet"): (604_324, 0.1697, 5.74),
        ("alpr-augmented", "resnet-conv"): (None, None, None),
    },
}
NODE, RESNET, FAIR = "node", "resnet", "resnet-conv"
# A network, the one that it is to beat, whether the thesis says that it does, and the claim.
COMPARISONS = {
    "4.5": [
        (("amr", NODE), ("amr", RESNET), True, "NODE: less error than the ResNet"),
        (("amr", NODE), ("amr", FAIR), False, "NODE: less error than the ResNet, conv. downs."),
    ],
    "4.6": [
        (("alpr-augmented", NODE), ("alpr", NODE), True, "NODE: less error by augmented letters"),
        (("alpr-augmented", NODE), ("alpr-augmented", RESNET), True, "NODE, augmented: less error than the ResNet"),
        (
            ("alpr-augmented", NODE),
            ("alpr-augmented", FAIR),
            False,
            "NODE, augmented: less error than the ResNet, conv. downs.",
        ),
    ],
}
# Data on which NODE and ResNet are compared.
MAIN = {"4.5": "amr", "4.6": "alpr-augmented"}


def judge(table, runs_of):
    """Hold the claims of a table against runs.

    Parameters
    ----------
    table : {"4.5", "4.6"}
    runs_of : dict of list
        (data, model) -> runs, one a seed, as `trained_runs.read` returns them; not all need to be there.

    Returns
    -------
    list of dict
        The thesis' own claims come first.
    """
    claims = [
        compare(text, found, lambda run: run["result"]["test_error"], thesis) | {"against": name(*other)}
        for network, other, thesis, text in COMPARISONS[table]
        if (found := pairs(runs_of, network, other))
    ]
    node, resnet = ((MAIN[table], model) for model in (NODE, RESNET))
    if found := pairs(runs_of, node, resnet):
        _, _, seconds = zip(TABLES[table][node], TABLES[table][resnet])
        claims += [_parameters(found), _seconds(found, seconds[0] / seconds[1])]
    return sorted(claims, key=lambda claim: not claim["thesis"])


def _parameters(found):
    (node, resnet), *_ = found
    share = node["result"]["parameters"] / resnet["result"]["parameters"]
    low, high = ABOUT_A_THIRD
    return {
        "claim": "NODE: a third of the ResNet's parameters",
        "verdict": decided(low <= share <= high),
        "numbers": f"{share:.3f}",
        "thesis": True,
    }


def _seconds(found, published_ratio):
    """Judge by seed whether a step of the NODE takes longer, in the median of its run."""
    ratios = [
        node["result"]["median_seconds_per_batch"] / resnet["result"]["median_seconds_per_batch"]
        for node, resnet in found
    ]
    return {
        "claim": "NODE: more seconds a batch than the ResNet",
        "verdict": ufpr_compare.judge([1 - ratio for ratio in ratios]),
        "numbers": f"{with_error(ratios)} times as many, {published_ratio:.1f} in the thesis",
        "thesis": True,
    }
