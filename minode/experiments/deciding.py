"""Make the runs that the protocol asks for, and put each on record when it is finished::

    python -m minode.experiments.deciding RUNS

First come meters, then plates, then digits, of each all networks from the first seed, then from the next one, so that
pairs are finished together. A run on record is not repeated, wherever it was made; interrupted, the same command goes
on. Records are written beside the code, to be committed: the next machine then takes the next runs. While a sweep is
at work, ``--collect`` puts those of its runs on record that are finished.
"""

import argparse
import sys
from itertools import groupby
from pathlib import Path

from minode.base.checks import positive_int
from minode.base.files import writable_folder
from minode.experiments.ch4_images import ufpr_clusters, ufpr_runs
from minode.experiments.common.protocol.sweeps import STAND_INS, SWEEPS
from minode.experiments.common.records import deciding_runs
from minode.training.evaluation import images_of, load_best, logits
from minode.training.saved import run_folder
from minode.training.setup import recipes
from minode.training.setup.batches import kind_of
from minode.training.sweep.axes import grid
from minode.training.sweep.planning import plan
from minode.training.sweep.running import run_sweep


def rounds(sweeps=SWEEPS):
    """List the sweeps with their seeds in order. Sweeps on photographs of one kind take their seeds in turn."""
    for _, group in groupby(sweeps, lambda sweep: kind_of(sweep.data)):
        together = list(group)
        for seeds in zip(*(sweep.seeds for sweep in together), strict=True):
            yield from zip(together, seeds)


def missing(records=deciding_runs.FOLDER, sweeps=SWEEPS):
    """List the runs that are not on record, in the order in which they are to be made.

    Returns
    -------
    list of (Sweep, int, list of str)
        A sweep, a seed of it and models.
    """
    there = {sweep.data: deciding_runs.read(sweep, records) for sweep in sweeps}
    left = [
        (sweep, seed, [m for m in sweep.models if (m, seed) not in there[sweep.data]]) for sweep, seed in rounds(sweeps)
    ]
    return [(sweep, seed, models) for sweep, seed, models in left if models]


def make(sweep, seed, models, runs, records=deciding_runs.FOLDER, n_jobs=1):
    """Train networks from a seed, or go on where their runs stand, and put them on record.

    Parameters
    ----------
    sweep, seed, models
        As `missing` lists them.
    runs : path
        Folder for runs and stand-ins.
    records : path
    n_jobs : int
        Runs at a time. With none, those that are finished are put on record, and nothing is trained.

    Returns
    -------
    dict
        Runs that failed, with the reasons.
    """
    kind = kind_of(sweep.data)
    root = None if kind is None else str(ufpr_runs.stand_in(kind, runs, STAND_INS[kind]))
    folder = Path(runs) / f"deciding-{sweep.data}"
    axes = {"model": ",".join(models)} | {name: str(value) for name, value in sweep.fields.items()}
    planned = plan(grid(sweep.data, axes, str(seed)), folder, root)
    failed = run_sweep(planned, folder, n_jobs, root=root).failed if n_jobs else {}
    for run in planned.runs:
        if run.is_finished():
            clusters = _wrong_digits(run.folder) if kind is None else ufpr_clusters.counts(run.folder, root, whole=True)
            deciding_runs.add(run.folder, clusters, records)
            print(f"on record: {run.name}", flush=True)
    return failed


def main(arguments=None):
    """Make all runs that are missing, or tell which these are."""
    parser = argparse.ArgumentParser(description="Make the runs that the protocol asks for, and put them on record.")
    parser.add_argument("runs", metavar="RUNS", help="folder for runs and stand-ins")
    parser.add_argument("--records", default=deciding_runs.FOLDER, metavar="DIR", help="folder of the records")
    parser.add_argument("--data", metavar="A,B", help="only these data sets")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at a time (default 1)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="tell which runs are missing, and end")
    what.add_argument("--collect", action="store_true", help="put what is finished on record, and train nothing")
    options = parser.parse_args(arguments)
    positive_int(options.jobs, "jobs")
    wanted = [sweep for sweep in SWEEPS if options.data is None or sweep.data in options.data.split(",")]
    left, failed = missing(options.records, wanted), {}
    if options.dry_run:
        for sweep, seed, models in left:
            print(f"{sweep.data}, seed {seed}: {', '.join(models)}")
        print(f"{sum(len(models) for _, _, models in left)} runs are missing")
        return 0
    writable_folder(options.records)
    for sweep, seed, models in left:
        if options.collect:
            begun = Path(options.runs) / f"deciding-{sweep.data}"
            models = [model for model in models if list(begun.glob(f"*-{model}-*seed-{seed}/{run_folder.RESULT}"))]
        if models:
            jobs = 0 if options.collect else options.jobs
            failed |= make(sweep, seed, models, options.runs, options.records, jobs)
    for name, reason in failed.items():
        print(f"{name}: {reason}", file=sys.stderr)
    return 2 if failed else 0


def _wrong_digits(folder):
    """Each test image of MNIST is a cluster of its own."""
    best = load_best(folder)
    images, _ = images_of(best)
    wrong = logits(recipes.network(best.config), best.params, images.x).argmax(axis=1) != images.y
    return {"images": [1] * len(images.y), "wrong": wrong.astype(int).tolist()}


if __name__ == "__main__":
    sys.exit(main())
