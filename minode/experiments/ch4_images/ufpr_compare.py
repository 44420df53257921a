"""How networks on meters and plates are compared: by runs in pairs of one seed, by rules that numbers can break.

Networks are dicts as `ufpr_study.describe_runs` returns them, so that what is on record can be judged again. Runs of
one seed see the same images in the same order. Two things are left to chance: the seed, and which meters or vehicles
were photographed. Images of one vehicle are not independent, so that the second is judged by clusters
(`ufpr_clusters`).
"""

from minode.experiments.ch4_images import ufpr_clusters
from minode.experiments.common.claims import Claim, as_records, verdicts_of
from minode.experiments.common.protocol.rule import judge
from minode.experiments.common.verdicts import UNDECIDED, crossed, of_seeds, overall, paired, tally

# The first 30 of the thesis' 66 epochs.
FIRST_EPOCHS = 30 / 66


def pairs(network, other):
    """Pair the runs of two networks that have a seed in common and were trained alike, on the same data perhaps.

    Parameters
    ----------
    network, other : dict or None

    Returns
    -------
    list of (int, int)
        Indices of runs; empty if one of the networks is None.
    """
    if network is None or other is None:
        return []
    same_data = network["data"] == other["data"]
    keys = [
        [(seed, *(how[name] for name in how if same_data or name != "data_crc32")) for seed, how in zip(*columns)]
        for columns in ((told["seeds"], told["trained_as"]) for told in (network, other))
    ]
    return [(i, keys[1].index(key)) for i, key in enumerate(keys[0]) if key in keys[1]]


def compare(text, network, other, errors, matters, thesis=True, clusters=False):
    """Judge the claim that an error of one network is less than that of another.

    Parameters
    ----------
    text : str
        The claim.
    network, other : dict
        With runs that `pairs` finds.
    errors : callable
        ``errors(network) -> list of float``, one a run.
    matters : float or None
        The smallest difference that would matter, in points; None for the pilots of the protocol.
    thesis : bool
        Whether the thesis makes the claim.
    clusters : bool
        Whether the errors are those of test images, of which "clusters" tells what belongs together.

    Returns
    -------
    Claim
        With the differences, one a seed. It is undecided if the second network is hardly trained, by one seed, and by
        test images whose clusters are not told apart.
    """
    found = pairs(network, other)
    values, others = ([column[i] for i in chosen] for column, chosen in zip(map(errors, (network, other)), zip(*found)))
    by_seed, known = paired(values, others), not clusters or all(told["clusters"] for told in (network, other))
    difference, beside = by_seed, 0.0
    if clusters and known:
        counts = ([told["clusters"][i] for i in chosen] for told, chosen in zip((network, other), zip(*found)))
        of_clusters = ufpr_clusters.difference(by_seed.value, *counts)
        difference, beside = crossed(by_seed, of_clusters), of_clusters.error
    verdict, needed = judge(difference, by_seed, None if matters is None else matters / 100, beside)
    if not known:
        verdict, needed = UNDECIDED, ""
    elif not other["learned"]:
        verdict, needed = UNDECIDED, "; untrained"
    spread = f" ± {100 * difference.error:.2f}" if len(found) > 1 else ""
    chance = f" ({seeds(len(found))}{_of_clusters(known) if clusters and len(found) > 1 else ''})"
    means = "{:.2f} and {:.2f} %".format(*(100 * of_seeds(column).value for column in (values, others)))
    numbers = f"{means}, difference {100 * difference.value:.2f}{spread}{chance}{needed}"
    differences = [value - other for value, other in zip(values, others)]
    return Claim(text, verdict, numbers, thesis, differences=differences)


def seeds(n):
    """Write a number of seeds."""
    return f"{n} seed{'s' * (n > 1)}"


def _of_clusters(known):
    """Tell whether test images had a chance to vary, too."""
    return ", clusters" if known else " alone"


def with_error(values, scale=1, digits=2):
    """Write a mean over seeds, with its standard error if there are several."""
    mean, error, _ = of_seeds(values)
    return f"{scale * mean:.{digits}f}" + (f" ± {scale * error:.{digits}f}" if len(values) > 1 else "")


def by_protocol(numbers):
    """Tell of new runs, and of those on record, by how their keys begin, whether the protocol made them to decide."""
    return {"": False, "recorded_": numbers.get("by_protocol", False)}


def n_first(n_epochs):
    """Count the first epochs, of which the thesis says that they are unstable or fast."""
    return max(1, round(FIRST_EPOCHS * n_epochs))


def together(numbers, claims, recorded_claims):
    """Judge all of the thesis' claims together.

    Parameters
    ----------
    numbers : dict
        With what `ufpr_study.beside` returns.
    claims, recorded_claims : list of Claim

    Returns
    -------
    dict
        The claims; "verdict" and "recorded_verdict", None without runs on record; and "why". Where runs on record are
        those of the protocol, theirs is the verdict.
    """
    found, recorded = verdicts_of(claims), verdicts_of(recorded_claims)
    # The place without its size: whatever is read alone says that a stand-in is one.
    place, recorded_place = (numbers[key].split(" (")[0] for key in ("data", "recorded_data"))
    by_protocol = bool(recorded) and numbers.get("by_protocol", False)
    if by_protocol:
        why = f"on {recorded_place}, of the thesis' claims by the protocol {tally(recorded)}"
    else:
        why = f"on {place}, of the thesis' claims {tally(found)}"
        if recorded:
            elsewhere = "" if recorded_place == place else f", {recorded_place},"
            why += f"; by long runs on record{elsewhere} {tally(recorded)}"
    return {
        "claims": as_records(claims),
        "recorded_claims": as_records(recorded_claims),
        "verdict": overall(recorded if by_protocol else found),
        "recorded_verdict": overall(recorded) if recorded else None,
        "why": why,
    }
