"""Figures 4.2 and 4.5: examples of the photographs of meters and of vehicles, and what is said of them, in numbers.

UFPR-AMR and UFPR-ALPR are lent under licence. Where they are not at hand a synthetic stand-in is shown. It was made to
look like what the thesis says of them, so that its numbers decide nothing about the real photographs.
"""

from typing import NamedTuple

import numpy as np

from minode.data.dataset import class_counts
from minode.data.photographs import crops, folders, ufpr
from minode.data.photographs.folders import is_stand_in
from minode.experiments.ch4_images import ufpr_runs
from minode.experiments.ch4_images.fig4_2_fig4_5_photographs.claims import of_counts, of_meters, of_vehicles
from minode.experiments.ch4_images.fig4_2_fig4_5_photographs.draw import draw, table
from minode.experiments.ch4_images.measured import measure, photographs, quantiles, subjects, without_plate
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import UNDECIDED, overall, tally

__all__ = ["SETTINGS", "compute", "draw", "table"]


# Measured: at most so many photographs, one of a vehicle.
SETTINGS = {
    "quick": dict(meters=20, vehicles=5, measured=20),
    "default": dict(meters=500, vehicles=50, measured=200),
    "full": dict(meters=2000, vehicles=150, measured=2000),
}


class Shown(NamedTuple):
    """What a figure is of.

    Attributes
    ----------
    kind : {"amr", "alpr"}
    title : str
    named : dict
        Split of the data set -> its name in the thesis and the characters that are counted there.
    examples, characters : int
        Photographs and 28x28 crops that are drawn.
    """

    kind: str
    title: str
    named: dict
    examples: int = 8
    characters: int = 14


# The author's scripts (github.com/gsb16/TGneuralODE) choose by the folder validation and call it the test set; by the
# sizes the text does so, too.
FIGURES = {
    "4.2": Shown(
        "amr",
        "meters",
        {"training": ("training", 4000), "testing": ("validation", 4000), "validation": ("test", 2000)},
    ),
    "4.5": Shown(
        "alpr",
        "vehicles",
        {"training": ("training", 12_600), "testing": ("validation", 12_600), "validation": ("test", 6300)},
    ),
}


def compute(seed=0, figure="4.2", runs_folder="runs", meters=500, vehicles=50, measured=200):
    """Choose examples, measure photographs and count characters.

    Parameters
    ----------
    seed : int
        Of the choice.
    figure : {"4.2", "4.5"}
    runs_folder : path
        Where the user has no photographs, stand-ins are made in there.
    meters, vehicles : int
        Of the stand-ins.
    measured : int

    Returns
    -------
    dict
        "figure", "title" and "origin", a sentence that calls a stand-in one; "left_out", files that cannot be used;
        "splits" and "classes", counts of characters; "measured"; "claims", "verdict" and "why".
    """
    shown = FIGURES[figure]
    # Plates are compared with meters, and not the other way round.
    sizes = {"amr": meters, "alpr": vehicles}
    roots = {kind: ufpr_runs.root(kind, runs_folder, sizes[kind]) for kind in dict.fromkeys(("amr", shown.kind))}
    root = roots[shown.kind]
    _, origin = folders.locate(shown.kind, root)
    reading = ufpr.read_folder(shown.kind, root)
    listed = {kind: subjects(kind, place, np.random.default_rng(seed))[:measured] for kind, place in roots.items()}
    found = {kind: measure(kind, paths) for kind, paths in listed.items()}
    counts = {split: class_counts(x.y, len(ufpr.CLASS_NAMES[shown.kind])) for split, x in reading.splits.items()}
    stand_in, any_stand_in = is_stand_in(root), any(map(is_stand_in, roots.values()))
    claims = [] if stand_in else [of_counts(folders.NAMES[shown.kind], shown.named, counts)]
    if shown.kind == "amr":
        claims += of_meters(root if stand_in else None, listed["amr"], counts["training"])
    else:
        claims += of_vehicles(found, counts["training"])
    verdicts = verdicts_of(claims)
    why = f"of what is said of the photographs {tally(verdicts)}"
    return {
        "figure": figure,
        "title": shown.title,
        "origin": origin,
        "left_out": len(reading.left_out),
        "splits": [
            {"split": split, "in the thesis": shown.named[split][0], "characters": int(n.sum())}
            | {"characters in the thesis": shown.named[split][1]}
            for split, n in counts.items()
        ],
        "classes": {split: dict(zip(ufpr.CLASS_NAMES[shown.kind], n.tolist())) for split, n in counts.items()},
        "measured": {
            kind: {"photographs": len(values["height"])}
            | {name: quantiles(column) for name, column in values.items() if name != "paint"}
            for kind, values in found.items()
        },
        "claims": as_records(claims),
        "verdict": UNDECIDED if any_stand_in else overall(verdicts),
        "why": f"there are stand-ins among the photographs, made to be so; {why}" if any_stand_in else why,
        "curves": {"found": found, "classes": counts, **_examples(shown, listed[shown.kind], stand_in)},
    }


def clearest(found, n):
    """Take those of twice as many photographs whose faintest character has the most contrast, in their order."""

    def contrast(i):
        _, image, annotation = found[i]
        grey = np.asarray(image.convert("L"), dtype=float)
        return min(grey[y : y + height, x : x + width].std() for x, y, width, height in annotation.boxes)

    best = sorted(range(min(len(found), 2 * n)), key=contrast, reverse=True)[:n]
    return [found[i] for i in sorted(best)]


def _examples(shown, paths, stand_in):
    """Photographs to draw, and crops as the networks see them, no two of one photograph."""
    some = list(photographs(shown.kind, paths[: max(2 * shown.examples, shown.characters)]))
    cut = []
    for i, (_, image, annotation) in enumerate(some[: shown.characters]):
        place = i % len(annotation.text)
        cut.append((annotation.text[place], crops.cut(image, annotation.boxes[place], crops.MARGIN[shown.kind])))
    drawn = []
    for _, image, annotation in clearest(some, shown.examples):
        hidden = shown.kind == "alpr" and not stand_in
        shown_image = without_plate(image, annotation.boxes) if hidden else image
        drawn.append((shown_image, annotation.boxes, "" if hidden else annotation.text))
    return {"photographs": drawn, "crops": cut}
