"""Runs on meters and plates that figures are made of: trained in folders of their own, or read from a record.

``python -m minode.experiments.common.records.ufpr_runs RUN...`` puts finished run folders on record, in
`ufpr_runs.json` beside this file: configuration, result and a line an epoch, with the command that makes the same run
again. Of one NODE, that of the meters and seed 0, the weights are kept, too, in `ufpr_node.npz`. ROOT in a command is
what `minode data amr --synthetic --n 2000 --root ROOT` or, for plates, `minode data alpr --synthetic --n 150 --root
ROOT` makes; which of them, "data_notes" in the result say.
"""

import argparse
from pathlib import Path

from minode.base.files import write_json
from minode.data.photographs import folders, synthetic
from minode.experiments.common.records import trained_runs
from minode.training.saved import run_folder
from minode.training.setup.batches import kind_of

RECORD = Path(__file__).with_suffix(".json")
WEIGHTS, WEIGHTS_OF = Path(__file__).with_name("ufpr_node.npz"), ("amr", "node", 0)
# The thesis' networks, and the fair rival: a ResNet whose images shrink as the NODE's do.
NAMES = {"node": "NODE", "resnet": "ResNet", "resnet-conv": "ResNet, conv. downsampling*"}


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
    if found is not None:
        return found
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


def recorded():
    """Read the record of long runs.

    Returns
    -------
    dict
        (data, model) -> list of runs, by seed; empty if there is no record.
    """
    found = {}
    for run in run_folder.read_json(RECORD)["runs"] if RECORD.is_file() else []:
        found.setdefault((run["config"]["data"], run["config"]["model"]), []).append(run)
    return found


def recorded_node(**changes):
    """Build the NODE on record for meters, with the weights of its best epoch.

    What it takes and returns is as for `mnist_runs.recorded_node`.
    """
    (run,) = (run for runs_of in recorded().values() for run in runs_of if _key(run["config"]) == WEIGHTS_OF)
    return trained_runs.with_weights(run, WEIGHTS, **changes)


def write_record(run_folders, path):
    """Put finished runs on record in a file, each in place of the run of its data, model and seed that is there.

    Raises
    ------
    ValueError
        If a run is not finished, or is not of meters or plates.
    OSError
        If the file cannot be written.
    """
    record = {_key(run["config"]): run for run in run_folder.read_json(path)["runs"]} if Path(path).is_file() else {}
    for run in map(trained_runs.read_run, run_folders):
        if kind_of(run["config"]["data"]) is None:
            raise ValueError(f"the run of `{run['command']}` is not of meters or plates")
        record[_key(run["config"])] = run | {"command": f"{run['command']} --root ROOT"}
    write_json(path, {"runs": [record[key] for key in sorted(record)]})


def main(arguments=None):
    """Put the run folders of the command line on record."""
    parser = argparse.ArgumentParser(description="Put finished runs on record: a line an epoch, without weights.")
    parser.add_argument("folders", nargs="+", metavar="RUN")
    options = parser.parse_args(arguments)
    try:
        write_record(options.folders, RECORD)
        for folder in options.folders:
            if _key(run_folder.read_json(Path(folder) / run_folder.CONFIG)) == WEIGHTS_OF:
                trained_runs.write_weights(folder, WEIGHTS)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"wrote {RECORD}")


def _key(config):
    return config["data"], config["model"], config["seed"]


if __name__ == "__main__":
    main()
