"""Long runs on record, which pictures show beside what a small run finds.

Of each run the record has the configuration, the result, a line an epoch, and the command that makes the same run
again. Of one NODE in each record the weights are kept, too. To put finished run folders on record::

    python -m minode.experiments.common.records.long_runs RUN...

ROOT in a command stands for the folder of the photographs. On record are runs on stand-ins, which ``minode data amr
--synthetic --n 2000 --root ROOT`` makes and, for plates, ``minode data alpr --synthetic --n 150 --root ROOT``. The
"data_notes" in a result say which one it was.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

from minode.base.files import write_json
from minode.experiments.common.records.trained_runs import read_run, with_weights, write_weights
from minode.training.saved import run_folder
from minode.training.setup.batches import kind_of

FOLDER = Path(__file__).parent


class Record(NamedTuple):
    """A record of long runs.

    Attributes
    ----------
    runs : Path
        The file of the runs.
    weights : Path
        The file of the weights that are kept.
    data : tuple of str
        The data sets whose runs it holds.
    told_apart_by : tuple of str
        Fields of the configuration. A run takes the place of the one that has the same values of them.
    kept : tuple
        These values of the run whose weights are kept.
    """

    runs: Path
    weights: Path
    data: tuple
    told_apart_by: tuple
    kept: tuple

    def read(self):
        """Read the runs.

        Returns
        -------
        list of dict
            Each as `trained_runs.read_run` returns it; empty if there is no record.
        """
        content = run_folder.read_json(self.runs) if self.runs.is_file() else {}
        # The runs on MNIST were put on record by the names of their models.
        return content["runs"] if "runs" in content else list(content.values())

    def by_network(self):
        """Read the runs of each network.

        Returns
        -------
        dict
            (data, model) -> list of runs, by seed.
        """
        found = {}
        for run in sorted(self.read(), key=self._key):
            found.setdefault((run["config"]["data"], run["config"]["model"]), []).append(run)
        return found

    def node(self, **changes):
        """Build the NODE whose weights are kept, with those of its best epoch.

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
        (run,) = (run for run in self.read() if self._key(run) == self.kept)
        return with_weights(run, self.weights, **changes)

    def add(self, folders):
        """Put finished runs on record, and the weights of the one whose weights are kept.

        Raises
        ------
        ValueError
            If a run is not finished or is on other data, or if nothing tells two runs apart.
        OSError
            If a file cannot be written.
        """
        added = {}
        for folder in folders:
            run = read_run(folder)
            if run["config"]["data"] not in self.data:
                raise ValueError(f"the run of `{run['command']}` is on other data; expected {' or '.join(self.data)}")
            key = self._key(run)
            if key in added:
                told = ", ".join(f"{name} {value}" for name, value in zip(self.told_apart_by, key))
                raise ValueError(f"two runs have {told}; expected one")
            # Where photographs are is not in the configuration, since it differs from user to user.
            root = " --root ROOT" if kind_of(run["config"]["data"]) else ""
            added[key] = run | {"command": run["command"] + root}
            if key == self.kept:
                write_weights(folder, self.weights)
        runs = {self._key(run): run for run in self.read()} | added
        write_json(self.runs, {"runs": list(runs.values())})

    def _key(self, run):
        return tuple(run["config"][name] for name in self.told_apart_by)


MNIST = Record(FOLDER / "mnist_runs.json", FOLDER / "mnist_node.npz", ("mnist",), ("data", "model"), ("mnist", "node"))
UFPR = Record(
    FOLDER / "ufpr_runs.json",
    FOLDER / "ufpr_node.npz",
    ("amr", "alpr", "alpr-augmented"),
    ("data", "model", "seed"),
    ("amr", "node", 0),
)


def main(arguments=None):
    """Put the run folders of the command line on record, each where its data belong."""
    parser = argparse.ArgumentParser(description="Put finished runs on record; of one NODE also its weights.")
    parser.add_argument("folders", nargs="+", metavar="RUN")
    options = parser.parse_args(arguments)
    try:
        data_of = {folder: read_run(folder)["config"]["data"] for folder in options.folders}
        for record in (MNIST, UFPR):
            if folders := [folder for folder in options.folders if data_of[folder] in record.data]:
                record.add(folders)
                print(f"wrote {record.runs}")
    except (ValueError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
