"""Train the networks of a grid, each in a run folder of its own, on this machine or on a cluster of Dask.

Lists with commas make the grid. Runs that are finished are not repeated, runs that are begun go on; Ctrl-C or SIGTERM
ends all of them at a checkpoint within seconds, and the same command goes on. Every run is one of `minode train`.
"""

import argparse
import sys

from minode.base.checks import positive_int
from minode.base.cores import usable_cores
from minode.cli.commands.data import add_source
from minode.training.setup import batches
from minode.training.sweep.axes import AXES, grid
from minode.training.sweep.estimate import cost
from minode.training.sweep.local import cores_of_a_run
from minode.training.sweep.planning import plan
from minode.training.sweep.running import run_sweep

DEFAULTS = {"model": "node", "recipe": "thesis"}
HELP = {
    "model": "networks, such as node,resnet (default node)",
    "recipe": "as for `minode train` (default thesis)",
    "epochs": "(default the recipe's)",
    "subset": "images drawn from each split (default all)",
    "batch_size": "(default 128)",
    "learning_rate": "the highest (default the recipe's)",
    "tol": "of a node's ODE block; other networks of the grid do without",
    "method": "its solver, likewise",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the axes of the grid, the folder of the runs, and where they are made."""
    parser.add_argument("data", choices=tuple(batches.DATASETS), help="name of the data set")
    for name in AXES:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="A,B", default=DEFAULTS.get(name), help=HELP[name])
    parser.add_argument("--seeds", metavar="0-9,12", default="0", help="seeds, and ranges with both ends (default 0)")
    parser.add_argument("--runs", metavar="DIR", required=True, help="folder for the folders of the runs")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, metavar="N", help="runs at a time here (default one a core)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://10.0.0.1:8786")
    parser.add_argument("--dry-run", action="store_true", help="say how many runs, how long and how much, and end")
    add_source(parser)
    parser.add_argument(
        "--checkpoint-every", type=int, default=100, metavar="STEPS", help="and at each epoch's end (default 100)"
    )
    parser.epilog = (
        "On a cluster, data are looked for by each worker, at --root if that is given, and have to be those that are "
        "here. A run there has the cores that a thread of its worker stands for."
    )


def run(options: argparse.Namespace) -> int:
    """Plan the sweep, then train, or say what it would cost."""
    axes = {name: getattr(options, name) for name in AXES if getattr(options, name) is not None}
    planned = plan(grid(options.data, axes, options.seeds), options.runs, options.root, options.skip_bad)
    common = dict(root=options.root, skip_bad=options.skip_bad, checkpoint_every=options.checkpoint_every)
    if options.dry_run:
        print(cost(planned.runs, options.runs, *_capacity(options), **common))
        return 0
    outcomes = run_sweep(planned, options.runs, options.jobs, options.scheduler, **common)
    print(f"{outcomes.summary()}; `minode compare {options.runs}` compares them")
    for name, reason in outcomes.failed.items():
        print(f"minode: {name}: {reason}", file=sys.stderr)
    return 2 if outcomes.failed else 0


def _capacity(options):
    """Tell how many runs are made at a time, and on how many cores each."""
    if options.scheduler is None:
        n_jobs = usable_cores() if options.jobs is None else positive_int(options.jobs, "jobs")
        return n_jobs, cores_of_a_run(n_jobs)
    # Imported here because it belongs to an extra.
    from minode.training.sweep.connection import connected, n_threads_by_host

    with connected(options.scheduler) as client:
        return max(1, sum(n_threads_by_host(client).values())), 1
