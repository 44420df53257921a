"""What is claimed of the copies of letters in Figure 4.6, as rules that numbers can break."""

import numpy as np

from minode.data.dataset import class_counts
from minode.data.photographs import ufpr
from minode.data.photographs.ufpr import LETTER
from minode.experiments.ch4_images.fig4_6_copies.copies import CLASSES, COPIES, places, vehicles
from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import decided


def judge_copies(before, after, differences):
    """Judge what the copies are and, beyond the thesis, what they are good for.

    Parameters
    ----------
    before, after : dict
        Split -> Crops, without and with copies.
    differences : dict
        As `differences` returns it.

    Returns
    -------
    list of Claim
    """
    copied = [name for name in after if name != ufpr.SPLITS["test"]]
    n_before, n_after = (sum(int((part[name].y >= LETTER).sum()) for name in copied) for part in (before, after))
    as_told = all(
        set(copies) == (set(COPIES) if number - 1 in ufpr.AUGMENTED else {""})
        for name in copied
        for (_, _, number), copies in places(after[name]).items()
    )
    n_testing = [len(part[ufpr.SPLITS["test"]].y) for part in (before, after)]
    counts = class_counts(after["training"].y, len(CLASSES))
    digits, letters = counts[:LETTER].mean(), counts[LETTER:].mean()
    few, more = (vehicles(part["training"]) for part in (before, after))
    nearest = [differences[name] for name in ("grey copy", "sharp copy")]
    frame = differences["next frame"]
    return [
        Claim(
            "letters are there three times, digits once",
            decided(as_told and n_after == 3 * n_before),
            f"letters of training and validation: {n_before:,} before, {n_after:,} after",
            True,
        ),
        Claim(
            "and not in the test images",
            decided(n_testing[0] == n_testing[1]),
            f"testing: {n_testing[0]:,} characters before, {n_testing[1]:,} after",
            True,
        ),
        Claim(
            "classes of letters then are as large as those of digits",
            decided(letters >= digits),
            f"training images a class: {letters:.0f} of letters, {digits:.0f} of digits",
            False,
        ),
        Claim(
            "letters are seen on more vehicles",
            decided(more != few),
            f"vehicles of a letter, fewest and median: {_fewest(few)} before, {_fewest(more)} after",
            False,
        ),
        Claim(
            "both copies differ more than the next frame does",
            decided(frame is not None and min(nearest) > frame),
            ", ".join(f"{name} {'-' if rms is None else f'{rms:.0f}'}" for name, rms in differences.items()),
            False,
        ),
    ]


def _fewest(n_vehicles):
    return f"{min(n_vehicles.values())} and {np.median(list(n_vehicles.values())):g}"
