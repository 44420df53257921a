"""Runs that figures are made of. Each has a folder; it is trained if the folder is not there yet, and then read."""

import shlex
from pathlib import Path

import numpy as np

from minode.base.files import replacing
from minode.base.trees import ravel, unravel
from minode.training import evaluation
from minode.training.saved import history, run_folder
from minode.training.setup import config, recipes
from minode.training.train_run import train

# A command always names these, since no recipe determines them.
NAMED = ("epochs", "seed")


def train_if_missing(runs_folder, model, data="mnist", root=None, **fields):
    """Train a network, unless its run is finished; a run that was interrupted goes on.

    Parameters
    ----------
    runs_folder : path
        It holds a folder for each run, whose name tells data, model, recipe, epochs, images and seed.
    model, data : str
    root : path, optional
        Folder of the data.
    **fields
        Other fields of `config.Config`; the recipe must be among them.

    Returns
    -------
    Path
        The run's folder.

    Raises
    ------
    ValueError, OSError, TrainingStopped, SolverError
        As in `train_run.train`; also if there is a run of another configuration in the folder.
    """
    given = {"data": data, "model": model, **fields}
    named = recipes.complete(given)
    images = named["subset"] or "all"
    name = "{data}-{model}-{recipe}-{epochs}-epochs-of-{images}-seed-{seed}".format(images=images, **named)
    folder = Path(runs_folder) / name
    print(f"{model}: {folder}", flush=True)
    train(folder, given, root=root, resume=(folder / run_folder.LAST).is_file())
    return folder


def read_run(folder):
    """Read what a finished run has to tell, but for its weights and what it tells of each batch.

    Returns
    -------
    dict
        "command", which makes the same run again; "config" and "result", as in the folder; "train" and "validation",
        columns of the history with a number for each epoch.

    Raises
    ------
    ValueError
        If the run is not finished, or a file of it is damaged.
    """
    folder = Path(folder)
    if not (folder / run_folder.RESULT).is_file():
        raise ValueError(f"there is no finished run in {str(folder)!r}: no {run_folder.RESULT}")
    config = run_folder.read_json(folder / run_folder.CONFIG)
    run = {"command": command(config), "config": config, "result": run_folder.read_json(folder / run_folder.RESULT)}
    for kind in ("train", "validation"):
        columns = history.read_history(folder, kind)
        run[kind] = {name: column for name, column in columns.items() if None not in column}
    return run


def command(config):
    """Return the command that makes a run of this configuration. It says only what `minode train` has options for."""
    usual = recipes.complete({name: config[name] for name in ("data", "model", "recipe")})
    options = {name: config[name] for name in usual if name in NAMED or config[name] != _as_json(usual[name])}
    words = ["minode", "train", config["data"], "--model", config["model"], "--recipe", config["recipe"]]
    for name, value in options.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    return shlex.join(words)


def size(run):
    """Tell how many epochs a run had, and of how many images."""
    n_epochs = run["config"]["epochs"]
    return f"{n_epochs} {'epoch' if n_epochs == 1 else 'epochs'} on {run['result']['images']['train']:,} images"


def with_weights(run, path, **changes):
    """Build the network of a run on record, with weights that `write_weights` wrote.

    Returns
    -------
    network : Layer
    params : tree of arrays
    """
    given = config.from_dict(run["config"] | changes)
    with np.load(path, allow_pickle=False) as archive:
        return recipes.network(given), unravel(recipes.initial_params(given), archive["W"])


def write_weights(folder, path):
    """Write the weights of the best epoch of a run as one flat vector W in float32.

    Raises
    ------
    FileNotFoundError, CheckpointError
        If the run has no such weights.
    OSError
        If the file cannot be written.
    """
    W = ravel(evaluation.load_best(folder).params).astype(np.float32)
    with replacing(path) as temporary:
        np.savez(temporary, W=W)


def _as_json(value):
    return list(value) if isinstance(value, tuple) else value
