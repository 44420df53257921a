"""What the thesis says of its photographs (sections 4.2 and 4.3, Figures 4.2 and 4.5), held against numbers."""

import numpy as np
from scipy.stats import chisquare, ncx2

from minode.data.photographs.ufpr import LETTER
from minode.experiments.ch4_images.measured import drawn_as, hues, quantiles
from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import FAILS, HOLDS, LEVEL, UNDECIDED, decided

# What varies has a highest tenth of at least this many times its lowest tenth; colours, of six, at least so many.
VARIES, COLOURS = 1.3, 3
# "Well below", of resolutions; "well below", of images a class.
FAR_SMALLER, FAR_RARER = 0.5, 0.5
SMALL_EFFECT = 0.1


def of_counts(name, named, counts):
    """Judge the numbers of characters of photographs. A stand-in has as many as were asked for.

    Parameters
    ----------
    name : str
        Of the data set.
    named : dict
        Split -> its name in the thesis and the characters that are counted there.
    counts : dict
        Split -> characters of each class.

    Returns
    -------
    Claim
    """
    pairs = [(int(counts[split].sum()), n) for split, (_, n) in named.items()]
    return Claim(
        f"{name} has as many characters as the thesis counts",
        decided(all(a == b for a, b in pairs)),
        ", ".join(f"{a:,} of {b:,}" for a, b in pairs),
    )


def of_meters(root, paths, classes):
    """Judge what is said of the meters.

    Parameters
    ----------
    root : path or None
        Of a stand-in, whose generator can tell what annotations do not.
    paths : sequence of Path
        Photographs in there.
    classes : array of int
        Training characters of each class.

    Returns
    -------
    list of Claim
    """
    uneven = of_balance(classes)
    if root is None:
        unseen = UNDECIDED, "annotations do not tell; look at the photographs"
        kinds = ("there are analogue and digital counters", "there are reflections on meters")
        return [*(Claim(text, *unseen) for text in kinds), uneven]
    displays, reflections = drawn_as(root, paths)
    return [
        Claim(
            "there are analogue and digital counters",
            decided(0 < displays.sum() < len(displays)),
            f"{displays.sum()} displays, {(~displays).sum()} counters with drums",
        ),
        Claim(
            "there are reflections on meters",
            decided((reflections > 0).any()),
            f"glare or shadows on {(reflections > 0).sum()} of {len(reflections)}",
        ),
        uneven,
    ]


def of_balance(classes):
    """Judge whether classes differ by more than chance makes evenly drawn digits differ.

    They do not if their difference is proven to be smaller than a small one (w = 0.1, Cohen 1988, section 7.2).

    Parameters
    ----------
    classes : sequence of int
        Training characters of each class.

    Returns
    -------
    Claim
    """
    found, n = chisquare(classes), int(np.sum(classes))
    chance, balanced = float(found.pvalue), ncx2.cdf(found.statistic, len(classes) - 1, n * SMALL_EFFECT**2) < LEVEL
    ratio = f"{max(classes) / max(min(classes), 1):.2f}"
    return Claim(
        "classes of digits are not quite balanced",
        HOLDS if chance < LEVEL else FAILS if balanced else UNDECIDED,
        f"most frequent over rarest {ratio}; p = {chance:.2g} if each were drawn evenly",
    )


def of_vehicles(found, classes):
    """Judge what is said of the vehicles and their plates.

    Parameters
    ----------
    found : dict
        "alpr" and "amr" -> what `measured.measure` returns.
    classes : array of int
        Training characters of each class.

    Returns
    -------
    list of Claim
    """
    vehicles = found["alpr"]
    kinds = hues(vehicles["paint"])
    n_colours = len(set(kinds[kinds >= 0].tolist()))
    heights = [float(np.median(found[kind]["height"])) for kind in ("alpr", "amr")]
    digits, letters = classes[:LETTER].mean(), classes[LETTER:].mean()
    return [
        Claim(
            "vehicles are of varied colours",
            decided(n_colours >= COLOURS),
            f"{(kinds >= 0).sum()} of {len(kinds)} coloured, in {n_colours} of 6 colours; the others grey",
        ),
        _varies("plates are of varied sizes", vehicles["text width"], "width of the characters", " pixels"),
        _varies("the light varies", vehicles["brightness"], "mean brightness", " of 255"),
        Claim(
            "characters have far fewer pixels than those of meters",
            decided(heights[0] < FAR_SMALLER * heights[1]),
            f"median height {heights[0]:.0f} pixels, meters' {heights[1]:.0f}",
        ),
        Claim(
            "letters are far rarer, a class, than digits",
            decided(letters < FAR_RARER * digits),
            f"training images a class: {letters:.0f} of letters, {digits:.0f} of digits",
        ),
    ]


def _varies(text, values, what, unit):
    ends = quantiles(values)
    low, high = ends["lowest tenth"], ends["highest tenth"]
    numbers = f"{what}: lowest tenth below {low:.0f}, highest above {high:.0f}{unit}"
    return Claim(text, decided(high >= VARIES * low), numbers)
