"""Photographs and the runs on them: the user's own or a stand-in, and networks that are trained from several seeds."""

from pathlib import Path

from minode.data.photographs import folders, synthetic
from minode.experiments.common.records import trained_runs

# The thesis' networks; the fair rival, a ResNet whose images shrink as the NODE's do; and the augmented NODE, which the
# thesis names as future work.
NAMES = {"node": "NODE", "resnet": "ResNet", "resnet-conv": "ResNet, conv. downsampling*", "anode": "ANODE*"}


def root(kind, runs_folder, n):
    """Find the photographs that the user has, or else make a stand-in.

    Parameters
    ----------
    kind : {"amr", "alpr"}
    runs_folder : path
        A stand-in is made in there.
    n : int
        Its meters or vehicles.

    Returns
    -------
    Path
    """
    found = folders.find(kind)
    return stand_in(kind, runs_folder, n) if found is None else found


def stand_in(kind, runs_folder, n):
    """Make a stand-in of so many meters or vehicles in a folder, unless it is there."""
    made = Path(runs_folder) / f"{folders.NAMES[kind]}-synthetic-{n}-version-{synthetic.VERSION}"
    if not made.is_dir():
        synthetic.write(kind, made, n)
    return made


def train_seeds(runs_folder, data, model, seeds, place, **fields):
    """Train a network from several seeds, or take the runs that are there.

    Parameters
    ----------
    runs_folder : path
    data : {"amr", "alpr", "alpr-augmented"}
    model : str
    seeds : sequence of int
    place : path
        As `root` returns it.
    **fields
        Of the runs' configuration (`config.Config`): the recipe at least.

    Returns
    -------
    list of dict
        A run each, as `trained_runs.read_run` returns it, with its "folder" and its photographs' "place".
    """
    # A stand-in of another size is another data set.
    together = Path(runs_folder) / Path(place).name
    folders = [trained_runs.train_if_missing(together, model, data, place, seed=seed, **fields) for seed in seeds]
    return [trained_runs.read_run(folder) | {"folder": folder, "place": place} for folder in folders]
