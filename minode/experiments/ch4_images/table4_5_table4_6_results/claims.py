"""What Tables 4.5 and 4.6 claim, as rules that the numbers can break.

A claim about networks without runs is left out.
"""

from minode.experiments.ch4_images.ufpr_compare import compare, pairs, seeds, with_error
from minode.experiments.common.claims import Claim, thesis_first
from minode.experiments.common.protocol.decisions import FACTOR, METERS_MATTER, PLATES_MATTER
from minode.experiments.common.thresholds import ABOUT_A_THIRD
from minode.experiments.common.verdicts import between, decided, of_seeds

NODE, RESNET, FAIR, ANODE = "node", "resnet", "resnet-conv", "anode"
COPIES = "alpr-augmented"
# A network, the one that it is to beat, whether the thesis says that it does, and the claim.
COMPARISONS = {
    "4.5": [
        (("amr", NODE), ("amr", RESNET), True, "NODE: less error than the ResNet"),
        (("amr", NODE), ("amr", FAIR), False, "NODE: less error than the ResNet, conv. downs."),
        (("amr", ANODE), ("amr", NODE), False, "ANODE: less error than the NODE"),
    ],
    "4.6": [
        ((COPIES, NODE), ("alpr", NODE), True, "NODE: less error by copies of letters"),
        ((COPIES, NODE), (COPIES, RESNET), True, "NODE, copies: less error than the ResNet"),
        ((COPIES, NODE), (COPIES, FAIR), False, "NODE, copies: less error than the ResNet, conv. downs."),
        ((COPIES, ANODE), (COPIES, NODE), False, "ANODE, copies: less error than the NODE"),
    ],
}
MATTERS = {"4.5": METERS_MATTER, "4.6": PLATES_MATTER}
# Data on which NODE and ResNet are compared.
MAIN = {"4.5": "amr", "4.6": COPIES}
SECONDS = "times the ResNet's seconds a batch"


def judge_rows(table, rows, earlier=(), decides=True):
    """Hold the claims of a table against networks.

    Parameters
    ----------
    table : {"4.5", "4.6"}
    rows : list of dict
        As `table4_5_table4_6_results.compute.rows` returns them; not all networks need to be there.
    earlier : list of Claim
        Claims that were judged before, of which the one on seconds stays where rows do not tell those of each seed.

    decides : bool
        Whether these are the runs of the protocol, or pilots.

    Returns
    -------
    list of Claim
        The thesis' own claims come first.
    """
    row_of, claims = {(row["data"], row["model"]): row for row in rows}, []
    matters = MATTERS[table] if decides else None
    for first, second, thesis, text in COMPARISONS[table]:
        row, other = row_of.get(first), row_of.get(second)
        if pairs(row, other):
            claims.append(compare(text, row, other, lambda row: row["test_errors"], matters, thesis, True))
    node, resnet = (row_of.get((MAIN[table], model)) for model in (NODE, RESNET))
    if found := pairs(node, resnet):
        claims.append(_parameters(node, resnet))
        if node["seconds_by_seed"] and resnet["seconds_by_seed"]:
            claims.append(_seconds(node, resnet, found))
        else:
            claims += [claim for claim in earlier if claim.text.endswith(SECONDS)]
    return thesis_first(claims)


def _parameters(node, resnet):
    share = node["parameters"] / resnet["parameters"]
    low, high = ABOUT_A_THIRD
    return Claim("NODE: a third of the ResNet's parameters", decided(low <= share <= high), f"{share:.3f}", True)


def _seconds(node, resnet, found):
    """Judge by seed whether a step, in the median of a run, takes about as many times as long as in print."""
    ratios = [node["seconds_by_seed"][i] / resnet["seconds_by_seed"][j] for i, j in found]
    published = node["published_seconds"] / resnet["published_seconds"]
    low, high = published / FACTOR, published * FACTOR
    numbers = f"{with_error(ratios)} times as many ({seeds(len(ratios))}); about: {low:.1f} to {high:.1f}"
    text = f"NODE: about {published:.1f} {SECONDS}"
    return Claim(text, between(of_seeds(ratios).interval(), low, high), numbers, True)
