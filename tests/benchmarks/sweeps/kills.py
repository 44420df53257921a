"""Kill the processes of a sweep at random, and compare its runs with those of a sweep that nothing disturbed.

python -m tests.benchmarks.sweeps.kills --kills 50
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from minode.training.sweep.axes import grid
from minode.training.sweep.planning import plan
from minode.training.sweep.running import run_sweep
from tests import tiny
from tests.runs import assert_same_run, killing

AXES = {"model": "mlp,node", "recipe": "fast", "batch_size": "16"}


def swept(folder, axes, seeds):
    """Make a sweep of tiny networks and return its folders, and the seconds that it took."""
    start = time.perf_counter()
    planned = plan(grid("mnist", axes, seeds), folder)
    failed = run_sweep(planned, folder, 2, checkpoint_every=10).failed
    assert not failed, failed
    return [run.folder for run in planned.runs], time.perf_counter() - start


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--seeds", default="0-2")
    parser.add_argument("--mean", type=float, default=2.0, help="seconds from kill to kill (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the times and victims (default 0)")
    options = parser.parse_args(arguments)
    axes, figures = {**AXES, "epochs": str(options.epochs)}, {"kills": 0, "runs_compared": 0, "seconds": 0.0}
    with tempfile.TemporaryDirectory() as place:
        undisturbed, figures["seconds_undisturbed"] = swept(Path(place, "undisturbed"), axes, options.seeds)
        # A sweep may be over before all kills are: then comes another one.
        while figures["kills"] < options.kills:
            folder = Path(place, f"from {figures['kills']} kills")
            with killing(options.kills - figures["kills"], options.seed + figures["kills"], options.mean) as killed:
                folders, seconds = swept(folder, axes, options.seeds)
            for folder, reference in zip(folders, undisturbed):
                assert_same_run(folder, reference)
            figures["kills"] += len(killed)
            figures["runs_compared"] += len(folders)
            figures["seconds"] += seconds
    print(f"{figures['kills']} kills: all {figures['runs_compared']} runs are the same to the last bit")
    print(json.dumps(figures))


if __name__ == "__main__":
    tiny.install()
    main()
