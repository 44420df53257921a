"""The record of long runs on MNIST.

``python -m minode.experiments.common.records.mnist_runs RUN...`` puts finished run folders on record, in
`mnist_runs.json` beside this file: configuration, result and a line an epoch, with the command that makes the same run
again. Of the NODE the weights are kept, too, in `mnist_node.npz`.
"""

import argparse
from pathlib import Path

from minode.base.files import write_json
from minode.experiments.common.records.trained_runs import read_run, with_weights, write_weights
from minode.training.saved import run_folder

RECORD = Path(__file__).with_suffix(".json")
WEIGHTS = Path(__file__).with_name("mnist_node.npz")


def recorded():
    """Read the record of long runs.

    Returns
    -------
    dict
        Model -> run, as `trained_runs.read_run` returns it; empty if there is no record.
    """
    return run_folder.read_json(RECORD) if RECORD.is_file() else {}


def recorded_node(**changes):
    """Build the NODE on record, with the weights of its best epoch.

    Parameters
    ----------
    **changes
        Fields of its configuration to replace: tol, method.

    Returns
    -------
    network : Layer
    params : tree of arrays
        In float32.
    """
    return with_weights(recorded()["node"], WEIGHTS, **changes)


def write_record(folders, path):
    """Put finished runs on record in a file, each in place of the run of its model that is there.

    Raises
    ------
    ValueError
        If a run is not finished, or two are of the same model.
    OSError
        If the file cannot be written.
    """
    record = {}
    for run in map(read_run, folders):
        model = run["config"]["model"]
        if model in record:
            raise ValueError(f"two runs are of the model {model!r}; expected one run a model")
        record[model] = run
    write_json(path, (run_folder.read_json(path) if Path(path).is_file() else {}) | record)


def main(arguments=None):
    """Put the run folders of the command line on record."""
    parser = argparse.ArgumentParser(description="Put finished runs on record; of the NODE also its weights.")
    parser.add_argument("folders", nargs="+", metavar="RUN")
    options = parser.parse_args(arguments)
    try:
        write_record(options.folders, RECORD)
        for folder in options.folders:
            if run_folder.read_json(Path(folder) / run_folder.CONFIG)["model"] == "node":
                write_weights(folder, WEIGHTS)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    print(f"wrote {RECORD}")


if __name__ == "__main__":
    main()
