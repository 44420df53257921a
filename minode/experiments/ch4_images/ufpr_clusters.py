"""What test images of meters and plates belong together: the digits of one meter, and all frames of one vehicle.

Whoever gets one frame of a dirty plate wrong gets the next one wrong, too. So images of one vehicle are worth few
independent ones, and what counts is how many vehicles there are.
"""

from pathlib import PurePosixPath

import numpy as np

from minode.data.dataset import Split, subset
from minode.data.photographs import folders, ufpr
from minode.experiments.common.verdicts import of_influences
from minode.training.evaluation import load_best, logits
from minode.training.setup import batches, recipes


def owner(kind, source):
    """Tell what a character belongs to: of meters the photograph, of plates the folder of the vehicle's photographs.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    source : str
        As in `crops.Crops`.
    """
    photograph, _ = source.rsplit(" ", 1)
    return photograph if kind == "amr" else str(PurePosixPath(photograph).parent)


def counts(folder, place, whole=False):
    """Count test images, and those of them that a run's best weights get wrong, by cluster.

    Parameters
    ----------
    folder : path
        Of the run.
    place : path
        Of its photographs.
    whole : bool
        Whether to take all test images where the run was tested on a part of them.

    Returns
    -------
    dict
        "images" and "wrong": lists of int, an entry a cluster, in the clusters' order by name. Runs on the same
        photographs have the same clusters; one that was tested on a part of the images may have none of some.
    """
    best = load_best(folder)
    fields, kind = vars(best.config) | ({"subset": None} if whole else {}), batches.kind_of(best.config.data)
    test, (root, _) = batches.load_data(fields, place).test, folders.locate(kind, place)
    found = ufpr.read_folder(kind, root, best.config.data.endswith("augmented")).splits[ufpr.SPLITS["test"]]
    names, cluster = np.unique([owner(kind, source) for source in found.source], return_inverse=True)
    if len(test.y) < len(cluster):
        # The part of the images that `batches.load_data` drew.
        cluster, _ = subset(Split(cluster, found.y), len(test.y), best.config.seed)
    wrong = logits(recipes.network(best.config), best.params, test.x).argmax(axis=1) != test.y
    return {
        "images": np.bincount(cluster, minlength=len(names)).tolist(),
        "wrong": np.bincount(cluster, wrong, minlength=len(names)).astype(int).tolist(),
    }


def difference(value, counts_of, others):
    """Give the mean difference of two networks' error rates the chance of the clusters.

    Parameters
    ----------
    value : float
        The difference.
    counts_of, others : list of dict
        As `counts` returns them, a run each of the first network and of the second one.

    Returns
    -------
    verdicts.Estimate
    """
    moves = np.mean([_influence(own) - _influence(other) for own, other in zip(counts_of, others)], axis=0)
    seen = np.sum([found["images"] for found in (*counts_of, *others)], axis=0) > 0
    return of_influences(value, moves[seen])


def _influence(found):
    """Tell by how much each cluster moves an error rate away from what the others say."""
    images, wrong = np.array(found["images"]), np.array(found["wrong"])
    return (wrong - images * wrong.sum() / images.sum()) / images.sum()
