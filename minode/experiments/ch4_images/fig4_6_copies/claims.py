"""What the copies of letters in Figure 4.6 are, and what they are good for, in numbers."""

import re
from itertools import pairwise

import numpy as np

from minode.data.dataset import class_counts
from minode.data.photographs import ufpr
from minode.data.photographs.ufpr import LETTER
from minode.experiments.common.verdicts import decided

CLASSES = ufpr.CLASS_NAMES["alpr"]
# Copies of a letter by the name that ends their source; the first is the letter itself.
COPIES = ("", "grey", "sharp")
# Pairs of crops that are compared, at most.
COMPARED = 2000
PLACE = re.compile(r"(?P<photograph>(?P<vehicle>.+)/[^/]+) (?P<number>\d)(?: (?P<copy>grey|sharp))?")


def places(found):
    """Find the copies of each character.

    Parameters
    ----------
    found : Crops

    Returns
    -------
    dict
        (vehicle, photograph, number) -> indices by the copy's name; the character itself is "".
    """
    together = {}
    for i, source in enumerate(found.source):
        place = PLACE.fullmatch(source)
        key = place["vehicle"], place["photograph"], int(place["number"])
        together.setdefault(key, {})[place["copy"] or ""] = i
    return together


def vehicles(found):
    """Count the vehicles that each letter is on.

    Returns
    -------
    dict
        Letter -> number.
    """
    pairs = {(vehicle, found.y[min(copies.values())]) for (vehicle, _, _), copies in places(found).items()}
    labels = [label for _, label in pairs]
    return {name: labels.count(i) for i, name in enumerate(CLASSES) if i >= LETTER}


def differences(found, rng):
    """Compare letters with their copies, with the next frame, and with the same letter on another vehicle.

    Parameters
    ----------
    found : Crops
        With copies.
    rng : numpy.random.Generator
        Draws the letters.

    Returns
    -------
    dict
        What with -> root mean square over pixels, from 0 to 255, the median over letters; None where there are none.
    """
    together = {key: copies for key, copies in places(found).items() if len(copies) > 1}
    keys, by_letter = list(together), {}
    for key in keys:
        by_letter.setdefault(found.y[together[key][""]], []).append(key)
    in_time = sorted(keys, key=_by_time)
    following = dict(pairwise(in_time))
    rms = {"grey copy": [], "sharp copy": [], "next frame": [], "another vehicle": []}

    def compare(name, i, j):
        rms[name].append(np.sqrt(np.mean(np.square(found.x[i].astype(float) - found.x[j]))))

    for key in (keys[i] for i in rng.permutation(len(keys))[:COMPARED]):
        i = together[key][""]
        compare("grey copy", i, together[key]["grey"])
        compare("sharp copy", i, together[key]["sharp"])
        after = following.get(key)
        if after and (after[0], after[2]) == (key[0], key[2]):
            compare("next frame", i, together[after][""])
        others = [other for other in by_letter[found.y[i]] if other[0] != key[0]]
        if others:
            compare("another vehicle", i, together[others[rng.integers(len(others))]][""])
    return {name: float(np.median(values)) if values else None for name, values in rms.items()}


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
    list of dict
        "claim", "verdict", "numbers", and "thesis": whether it is claimed there.
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
        {
            "claim": "letters are there three times, digits once",
            "verdict": decided(as_told and n_after == 3 * n_before),
            "numbers": f"letters of training and validation: {n_before:,} before, {n_after:,} after",
            "thesis": True,
        },
        {
            "claim": "and not in the test images",
            "verdict": decided(n_testing[0] == n_testing[1]),
            "numbers": f"testing: {n_testing[0]:,} characters before, {n_testing[1]:,} after",
            "thesis": True,
        },
        {
            "claim": "classes of letters then are as large as those of digits",
            "verdict": decided(letters >= digits),
            "numbers": f"training images a class: {letters:.0f} of letters, {digits:.0f} of digits",
            "thesis": False,
        },
        {
            "claim": "letters are seen on more vehicles",
            "verdict": decided(more != few),
            "numbers": f"vehicles of a letter, fewest and median: {_fewest(few)} before, {_fewest(more)} after",
            "thesis": False,
        },
        {
            "claim": "both copies differ more than the next frame does",
            "verdict": decided(frame is not None and min(nearest) > frame),
            "numbers": ", ".join(f"{name} {'-' if rms is None else f'{rms:.0f}'}" for name, rms in differences.items()),
            "thesis": False,
        },
    ]


def _fewest(n_vehicles):
    return f"{min(n_vehicles.values())} and {np.median(list(n_vehicles.values())):g}"


def _by_time(key):
    """Frames of a character of a vehicle in a row: their names are numbered."""
    vehicle, photograph, number = key
    return vehicle, number, photograph
