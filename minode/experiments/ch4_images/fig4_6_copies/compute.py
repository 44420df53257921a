"""Figure 4.6: letters of plates in grey and sharpened, to have three times as many of them.

Beside what the copies are, numbers tell what they are good for: how large the classes then are, on how many vehicles a
letter is seen, and how much the copies differ from what was there before.
"""

import numpy as np
from PIL import ImageOps

from minode.data.dataset import class_counts
from minode.data.photographs import crops, folders, ufpr
from minode.data.photographs.folders import is_stand_in
from minode.data.photographs.ufpr import LETTER
from minode.experiments.ch4_images import ufpr_runs
from minode.experiments.ch4_images.fig4_6_copies.claims import judge_copies
from minode.experiments.ch4_images.fig4_6_copies.copies import CLASSES, differences, vehicles
from minode.experiments.ch4_images.fig4_6_copies.draw import draw, table
from minode.experiments.ch4_images.measured import only, photographs, subjects
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall, tally

__all__ = ["SETTINGS", "compute", "draw", "table"]


SETTINGS = {"quick": dict(n_vehicles=5), "default": dict(n_vehicles=50), "full": dict(n_vehicles=150)}
# Letters that are drawn, each of another vehicle, the clearest ones of so many; and what is seen around them, in their
# heights.
SHOWN, CANDIDATES, AROUND = 3, 12, 1.3


def compute(seed=0, runs_folder="runs", n_vehicles=50):
    """Augment the letters, count, and compare.

    Parameters
    ----------
    seed : int
        Of the choice of examples.
    runs_folder : path
        Where the user has no photographs, a stand-in is made in there.
    n_vehicles : int
        Of the stand-in.

    Returns
    -------
    dict
        "origin", a sentence that calls a stand-in one; "splits", images and the share of letters before and after, and
        if copies were in every split; "classes", training images; "vehicles", that each letter is on; "differences"
        between crops; "claims", "verdict", which is on what the thesis says, and "why".
    """
    root = ufpr_runs.root("alpr", runs_folder, n_vehicles)
    _, origin = folders.locate("alpr", root)
    before, after = (ufpr.read_folder("alpr", root, augmented).splits for augmented in (False, True))
    rng = np.random.default_rng(seed)
    letters = _letters(subjects("alpr", root, rng), not is_stand_in(root))
    compared = differences(after["training"], rng)
    claims = judge_copies(before, after, compared)
    told, measured = (verdicts_of(claims, thesis) for thesis in (True, False))
    return {
        "origin": origin,
        "splits": [_split(name, before[name].y, after[name].y) for name in before],
        "classes": {name: _counts(part["training"].y) for name, part in (("before", before), ("after", after))},
        "vehicles": vehicles(before["training"]),
        "differences": compared,
        "claims": as_records(claims),
        "verdict": overall(told),
        "why": f"on {origin.split(' (')[0]}, of what the thesis says of classes {tally(told)}; of what copies could be "
        f"good for {tally(measured)}",
        "curves": {"letters": letters},
    }


def _counts(y):
    return dict(zip(CLASSES, class_counts(y, len(CLASSES)).tolist()))


def _split(name, before, after):
    letters = int((before >= LETTER).sum())
    everywhere = len(before) + 2 * letters
    return {
        "split": name,
        "before": len(before),
        "after": len(after),
        "everywhere": everywhere,
        "letters before": letters / len(before),
        "letters everywhere": 3 * letters / everywhere,
    }


def _letters(paths, hidden):
    """A letter of each of a few vehicles, clear ones: where it is, the region around it and the crop in three copies.

    Parameters
    ----------
    paths : sequence of Path
    hidden : bool
        Whether the rest of the plate must not be read.

    Returns
    -------
    list of (character, box, regions, crops)
    """
    found = []
    for i, (_, image, annotation) in enumerate(photographs("alpr", paths[:CANDIDATES])):
        # The first letter, the second one, ...
        place = i % len(ufpr.AUGMENTED)
        x, y, width, height = box = annotation.boxes[place]
        reach = round(AROUND * height)
        left, top, right, bottom = crops.grown(image, box, reach)
        region = image.crop((left, top, right, bottom))
        margin = crops.MARGIN["alpr"]
        inside = x - left - margin, y - top - margin, width + 2 * margin, height + 2 * margin
        regions = [region, ImageOps.grayscale(region).convert("RGB"), region.filter(crops.SHARPEN)]
        if hidden:
            regions = [only(one, inside) for one in regions]
        cut = [crops.cut(image, box, margin), *crops.copies(image, box, margin)]
        found.append((annotation.text[place], inside, regions, cut))
    return sorted(found, key=lambda letter: -letter[3][1].std())[:SHOWN]
