"""What a sweep will cost: runs, hours and megabytes, before it begins."""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from minode.base.trees import leaves
from minode.base.types import PathLike
from minode.training.saved.history import read_history, steps_made
from minode.training.saved.state import first
from minode.training.setup import recipes
from minode.training.setup.config import Config
from minode.training.sweep import process
from minode.training.sweep.planning import Run, found_runs

# A timing takes so many steps, of which the first does not count, or so many seconds.
STEPS, SECONDS, POLL = 6, 60.0, 0.1
# Bytes of a row of the history.
ROW = 90


def estimate(runs: Sequence[Run], folder: PathLike, at_a_time: int, n_cores: int, **options: Any) -> str:
    """Describe what the runs of a sweep will cost.

    The time of a step is the median of runs of the same kind in the folder. Where there are none, some steps of such a
    run are made in a temporary folder.

    Parameters
    ----------
    runs : list of Run
    folder : path
        Folder of the runs.
    at_a_time : int
        How many runs are made at a time.
    n_cores : int
        Share of the cores that each has.
    **options
        Arguments of `train_run.train` that all runs have in common.

    Returns
    -------
    str
        Some lines of text.
    """
    finished = [run for run in runs if run.is_finished()]
    begun = [run for run in runs if run.is_begun() and not run.is_finished()]
    left = {run.name: run.n_steps - run.made() for run in runs}
    kinds = {run.name: _kind(run.config) for run in runs}
    seconds, timed = _recorded(folder, set(kinds.values())), 0
    for run in runs:
        if left[run.name] and kinds[run.name] not in seconds:
            seconds[kinds[run.name]] = _timed(run, n_cores, options)
            timed += 1
    times = [left[run.name] * seconds[kinds[run.name]] for run in runs if left[run.name]]
    disk = [_bytes(run) for run in runs]
    there = sum(path.stat().st_size for run in runs for path in Path(run.folder).glob("*"))
    found = f"{len(runs)} runs: {len(finished)} finished, {len(begun)} begun"
    if not times:
        return f"{found}; nothing is left to do"
    total = max(sum(times) / at_a_time, max(times))
    source = "the median of runs there" if not timed else f"a timing of {timed} of {len(set(kinds.values()))} kinds"
    return (
        f"{found}, {len(runs) - len(finished) - len(begun)} to begin\n"
        f"about {_duration(total)} with {at_a_time} at a time on {n_cores} {'core' if n_cores == 1 else 'cores'} each: "
        f"{sum(left.values()):,} steps of {statistics.fmean(times) / statistics.fmean(filter(None, left.values())):.2g} s "
        f"on average, by {source}; evaluations come on top\n"
        f"about {sum(disk) / 1e6:.0f} MB of disk, of which {there / 1e6:.0f} MB are there"
    )


def _kind(config: Config) -> tuple:
    """What the time of a step depends on: all of a configuration but the seed, and the images that follow from it."""
    return tuple(value for name, value in vars(config).items() if name not in ("seed", "data_crc32"))


def _recorded(folder, kinds):
    columns: dict[tuple, list] = {}
    for place, config in found_runs(folder):
        if (kind := _kind(config)) in kinds and steps_made(place):
            columns.setdefault(kind, []).extend(read_history(place, "batch")["seconds"])
    return {kind: statistics.median(column) for kind, column in columns.items() if column}


def _timed(run: Run, n_cores: int, options: Mapping[str, Any]) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, run.name)
        job = {**options, "folder": str(folder), "given": run.given}
        one = process.RunProcess(job, n_cores, process.PROGRAM)
        try:
            until = time.monotonic() + SECONDS
            while one.poll() is None and steps_made(folder) < STEPS and time.monotonic() < until:
                time.sleep(POLL)
        finally:
            one.stop()
            one.wait()
        made = read_history(folder, "batch")["seconds"] if steps_made(folder) else []
        if not made:
            said = one.said()
            raise ValueError(f"{run.name} made no step within {SECONDS:g} s{': ' + said[-1] if said else ''}")
        return statistics.median(made[1:] or made)


def _bytes(run):
    """Bytes of the last and the best checkpoint, which have the same arrays, and of the history."""
    state = first(run.config, recipes.initial_params(run.config))
    trees = (state.params, state.optimizer_state, state.average)
    return 2 * sum(W.nbytes for tree in trees for W in leaves(tree)) + ROW * run.n_steps


def _duration(seconds):
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 1.4 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds:.2g} s"
