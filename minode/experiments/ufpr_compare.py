"""How runs on meters and plates are compared: in pairs of one seed, by rules that numbers can break.

Runs of one seed see the same images in the same order. What is judged are means over few seeds, so the bounds are those
of Student's t: with three seeds a mean is off by 4.3 of its standard errors as often as by two with many.

A standard error over seeds tells how runs on these images vary. Other images may do so more.
"""

from scipy.special import stdtrit

from minode.experiments.verdicts import CERTAIN, UNDECIDED, below_zero, mean_and_error, overall, tally

# The first 30 of the thesis' 66 epochs.
FIRST_EPOCHS = 30 / 66
# Of a two-sided interval that misses 5 %.
LEVEL = 0.975
# What two runs have in common that may be compared; on the same data also the images that they were trained on.
ALIKE = ("seed", "recipe", "epochs", "batch_size")
# Nothing is decided against a network that errs more than half as often as guessing does: it is hardly trained, and
# what is compared is who begins earlier.
TRAINED = 0.5


def pairs(runs_of, network, other):
    """Pair the runs of two networks that have a seed in common and were trained alike.

    Returns
    -------
    list of (run, run)
        Empty if one has no runs.
    """
    alike = ALIKE + (("data_crc32",) if network[0] == other[0] else ())

    def key(run):
        return tuple(run["config"][field] for field in alike)

    rivals = {key(run): run for run in runs_of.get(other, [])}
    return [(run, rivals[key(run)]) for run in runs_of.get(network, []) if key(run) in rivals]


def judge(values):
    """Judge the claim that a quantity is negative, by a value from each seed.

    Returns
    -------
    {"holds", "does not hold", "undecided"}
    """
    n = len(values)
    mean, deviation = mean_and_error(values)
    return below_zero(mean, deviation * stdtrit(n - 1, LEVEL) / CERTAIN) if n > 1 else UNDECIDED


def compare(text, found, quantity, thesis=True):
    """Judge the claim that an error of the first network of each pair is less than that of the second.

    Parameters
    ----------
    text : str
        The claim.
    found : list of (run, run)
        As `pairs` returns them, at least one.
    quantity : callable
        ``quantity(run) -> float``.
    thesis : bool
        Whether the thesis makes the claim.

    Returns
    -------
    dict
        "claim", "verdict", "numbers" (what it was judged by), "differences" by seed, and "thesis". It is undecided if
        the second network is hardly trained.
    """
    values, others = ([quantity(run) for run in runs] for runs in zip(*found))
    differences = [value - other for value, other in zip(values, others)]
    numbers = f"{100 * mean_and_error(values)[0]:.2f} and {100 * mean_and_error(others)[0]:.2f} %"
    return {
        "claim": text,
        "verdict": judge(differences) if trained(other for _, other in found) else UNDECIDED,
        "numbers": f"{numbers}, difference {with_error(differences, 100)}",
        "differences": differences,
        "thesis": thesis,
    }


def trained(runs):
    """Tell whether runs err at their best, in the mean, less than half as often as guessing."""
    errors, guessing = zip(
        *((min(run["validation"]["error"]), 1 - 1 / len(run["config"]["class_names"])) for run in runs)
    )
    return mean_and_error(errors)[0] < TRAINED * mean_and_error(guessing)[0]


def with_error(values, scale=1, digits=2):
    """Write a mean over seeds, with its standard error if there are several."""
    mean, deviation = mean_and_error(values)
    return f"{scale * mean:.{digits}f}" + (f" ± {scale * deviation:.{digits}f}" if len(values) > 1 else "")


def n_first(n_epochs):
    """Count the first epochs, of which the thesis says that they are unstable or fast."""
    return max(1, round(FIRST_EPOCHS * n_epochs))


def conclude(data, claims, recorded_data, recorded_claims):
    """Judge all of the thesis' claims together.

    Parameters
    ----------
    data, recorded_data : str
        What runs are trained on, as `ufpr_study.origin` tells it.
    claims, recorded_claims : list of dict

    Returns
    -------
    dict
        The arguments; "verdict" and "recorded_verdict", None without long runs on record; and "why".
    """
    found, recorded = ([c["verdict"] for c in group if c["thesis"]] for group in (claims, recorded_claims))
    # The place without its size: whatever is read alone says that a stand-in is one.
    place, recorded_place = (note.split(" (")[0] for note in (data, recorded_data))
    why = f"on {place}, of the thesis' claims {tally(found)}"
    if recorded:
        why += f"; by long runs on record{'' if recorded_place == place else f', {recorded_place},'} {tally(recorded)}"
    return {
        "data": data,
        "claims": claims,
        "recorded_data": recorded_data,
        "recorded_claims": recorded_claims,
        "verdict": overall(found),
        "recorded_verdict": overall(recorded) if recorded else None,
        "why": why,
    }
