"""What the copies of letters in Figure 4.6 are, measured: where they come from, and how much they differ."""

import re
from itertools import pairwise

import numpy as np

from minode.data.photographs import ufpr
from minode.data.photographs.ufpr import LETTER

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


def _by_time(key):
    """Frames of a character of a vehicle in a row: their names are numbered."""
    vehicle, photograph, number = key
    return vehicle, number, photograph
