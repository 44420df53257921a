"""The runs that decide by the protocol, on record: a file for each data set, a line for each run.

Of each run the record has what `trained_runs.read_run` tells, and which of all test images its best weights get wrong,
by cluster: the meter, the vehicle or, of MNIST, the image itself.
"""

import json
from pathlib import Path

from minode.base.files import replacing, writable_folder
from minode.experiments.common.records.trained_runs import read_run
from minode.training.saved import run_folder
from minode.training.setup.batches import kind_of

FOLDER = Path(__file__).parent / "deciding"
DIGITS_KEPT = 5


def read(sweep, folder=FOLDER):
    """Read the runs of a sweep that are on record.

    Parameters
    ----------
    sweep : protocol.sweeps.Sweep
    folder : path
        Of the records.

    Returns
    -------
    dict
        (model, seed) -> run, with "clusters": "images" and "wrong", lists of int. Runs of other configurations are left
        out.
    """
    content = _content(sweep.data, folder)
    found = {}
    for run in content["runs"]:
        config = run["config"]
        if config["model"] in sweep.models and all(config[name] == value for name, value in sweep.fields.items()):
            wrong = [0] * len(content["test_images"])
            for cluster, n in run["wrong"].items():
                wrong[int(cluster)] = n
            told = {"clusters": {"images": content["test_images"], "wrong": wrong}}
            found[config["model"], config["seed"]] = {name: run[name] for name in run if name != "wrong"} | told
    return found


def add(place, clusters, folder=FOLDER):
    """Put a finished run on record, in the place of one of the same configuration.

    Parameters
    ----------
    place : path
        Folder of the run.
    clusters : dict
        "images" and "wrong", lists of int: all test images, and those that its best weights get wrong, by cluster.
    folder : path
        Of the records.

    Raises
    ------
    ValueError
        If the run is not finished, or the runs on record were tested on other images.
    OSError
        If the record cannot be written.
    """
    run = read_run(place)
    data, root = run["config"]["data"], " --root ROOT" if kind_of(run["config"]["data"]) else ""
    content = _content(data, folder)
    if content["runs"] and content["test_images"] != clusters["images"]:
        raise ValueError(f"{str(place)!r} was tested on other images of {data} than the runs on record")
    wrong = {str(i): n for i, n in enumerate(clusters["wrong"]) if n}
    added = run | {"command": run["command"] + root, "wrong": wrong}
    runs = [other for other in content["runs"] if other["config"] != run["config"]] + [_rounded(added)]
    runs.sort(key=lambda one: (one["config"]["seed"], one["config"]["model"]))
    with replacing(writable_folder(folder) / f"{data}.json") as temporary:
        lines = ",\n".join(json.dumps(one, allow_nan=False) for one in runs)
        images = json.dumps(clusters["images"])
        temporary.write_text(f'{{"test_images": {images},\n"runs": [\n{lines}\n]}}\n', encoding="utf-8")


def _content(data, folder):
    path = Path(folder) / f"{data}.json"
    return run_folder.read_json(path) if path.is_file() else {"test_images": [], "runs": []}


def _rounded(value):
    """Round numbers of a history, which are means of a few hundred images."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.{DIGITS_KEPT}g}") if isinstance(value, float) else value
