"""What a sweep will cost: runs, hours and megabytes, before it begins."""

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from minode.base.trees import leaves
from minode.base.types import PathLike
from minode.training.saved.history import read_history, steps_made
from minode.training.saved.run_folder import HISTORY
from minode.training.saved.state import first
from minode.training.setup import recipes
from minode.training.setup.config import Config
from minode.training.sweep import process
from minode.training.sweep.planning import Run, found_runs

# A timing takes so many steps, of which the first does not count, or so many seconds.
STEPS, SECONDS, POLL = 6, 60.0, 0.1
# Bytes of a row of the history.
ROW = 90


def cost(runs: Sequence[Run], folder: PathLike, at_a_time: int, n_cores: int, **options: Any) -> str:
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
    n_finished = sum(run.is_finished() for run in runs)
    n_begun = sum(run.is_begun() for run in runs) - n_finished
    head = f"{len(runs)} runs: {n_finished} finished, {n_begun} begun, {len(runs) - n_finished - n_begun} to begin"
    left = [(run, run.n_steps - run.made()) for run in runs if not run.is_finished()]
    if not left:
        return head
    seconds = _recorded(folder, {_kind(run.config) for run, _ in left})
    n_recorded = len(seconds)
    for run, _ in left:
        if _kind(run.config) not in seconds:
            seconds[_kind(run.config)] = _timed(run, n_cores, options)
    times = [n_steps * seconds[_kind(run.config)] for run, n_steps in left]
    total = timedelta(seconds=round(max(sum(times) / at_a_time, *times)))
    n_steps = sum(n for _, n in left)
    sources = f"{n_recorded} of {len(seconds)} kinds of runs by the history of runs there, the others by some steps now"
    disk = sum(map(_bytes, runs)) / 1e6
    there = sum(path.stat().st_size for run in runs for path in run.folder.glob("*")) / 1e6
    return "\n".join(
        [
            head,
            f"time: about {total} h, {at_a_time} at a time, each on {n_cores} of the cores; evaluations come on top",
            f"  {n_steps:,} steps of {sum(times) / max(n_steps, 1):.2g} s; {sources}",
            f"disk: about {disk:.1f} MB, of which {there:.1f} MB are there",
        ]
    )


def _kind(config: Config) -> tuple:
    """What the time of a step depends on: all of a configuration but the seed, and the images that follow from it."""
    return tuple(value for name, value in vars(config).items() if name not in ("seed", "data_crc32"))


def _recorded(folder, kinds):
    columns = {}
    for place, config in found_runs(folder):
        if (kind := _kind(config)) in kinds and (place / HISTORY).is_file():
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
