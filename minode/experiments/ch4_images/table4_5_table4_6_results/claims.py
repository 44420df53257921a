"""What Tables 4.5 and 4.6 claim, as rules that the numbers can break.

A claim about networks without runs is left out.
"""

import numpy as np

from minode.experiments.ch4_images.ufpr_compare import compare, pairs, with_error
from minode.experiments.common.claims import Claim, thesis_first
from minode.experiments.common.thresholds import ABOUT_A_THIRD
from minode.experiments.common.verdicts import between, decided, of_seeds

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
SECONDS = "NODE: more seconds a batch than the ResNet"


def judge_rows(table, rows, earlier=()):
    """Hold the claims of a table against networks.

    Parameters
    ----------
    table : {"4.5", "4.6"}
    rows : list of dict
        As `table4_5_table4_6_results.compute.rows` returns them; not all networks need to be there.
    earlier : list of Claim
        Claims that were judged before, of which the one on seconds stays where rows do not tell those of each seed.

    Returns
    -------
    list of Claim
        The thesis' own claims come first.
    """
    row_of, claims = {(row["data"], row["model"]): row for row in rows}, []
    for first, second, thesis, text in COMPARISONS[table]:
        row, other = row_of.get(first), row_of.get(second)
        if pairs(row, other):
            compared = compare(text, row, other, lambda row: row["test_errors"], thesis, clusters=True)
            claims.append(compared._replace(against=other["name"]))
    node, resnet = (row_of.get((MAIN[table], model)) for model in (NODE, RESNET))
    if found := pairs(node, resnet):
        claims.append(_parameters(node, resnet))
        if node["seconds_by_seed"] and resnet["seconds_by_seed"]:
            claims.append(_seconds(node, resnet, found))
        else:
            claims += [claim for claim in earlier if claim.text == SECONDS]
    return thesis_first(claims)


def _parameters(node, resnet):
    share = node["parameters"] / resnet["parameters"]
    low, high = ABOUT_A_THIRD
    return Claim("NODE: a third of the ResNet's parameters", decided(low <= share <= high), f"{share:.3f}", True)


def _seconds(node, resnet, found):
    """Judge by seed whether a step of the NODE takes longer, in the median of its run."""
    ratios = [node["seconds_by_seed"][i] / resnet["seconds_by_seed"][j] for i, j in found]
    published = node["published_seconds"] / resnet["published_seconds"]
    numbers = f"{with_error(ratios)} times as many, {published:.1f} in the thesis"
    return Claim(SECONDS, between(of_seeds(ratios).interval(), 1, np.inf), numbers, True)
