"""A sweep on this machine: some runs at a time, a process each, on its share of the cores."""

import time
from collections import deque
from typing import Any

from minode.base.cores import usable_cores
from minode.training.sweep import process
from minode.training.sweep.outcomes import Outcomes
from minode.training.sweep.planning import Run
from minode.training.sweep.process import RunProcess

# Seconds between two looks at the processes.
POLL = 0.1


def cores_of_a_run(n_jobs: int) -> int:
    """Return the share of the cores that each of some runs at a time has, one at least."""
    return max(1, usable_cores() // n_jobs)


def train_here(outcomes: Outcomes, n_jobs: int, **options: Any) -> None:
    """Train the unfinished runs of a sweep, so many at a time.

    A run whose process dies is begun again from its checkpoint. If this raises, all runs have ended at a checkpoint
    before; a second Ctrl-C ends them without one.

    Parameters
    ----------
    outcomes : Outcomes
        They are told there.
    n_jobs : int
    **options
        Arguments of `train_run.train` that all runs have in common.

    Raises
    ------
    KeyboardInterrupt, signals.Terminated
        On Ctrl-C, and on a signal for which the caller has a handler that raises it.
    OSError
        If a process cannot be started.
    """
    waiting, working = deque(outcomes.unfinished), dict[RunProcess, Run]()
    n_cores = cores_of_a_run(max(1, min(n_jobs, len(waiting))))
    try:
        while waiting or working:
            while waiting and len(working) < n_jobs:
                run = waiting.popleft()
                working[_begin(run, n_cores, options)] = run
            time.sleep(POLL)
            outcomes.show({run.name: run.made() for run in working.values()})
            for ended in [one for one in working if one.poll() is not None]:
                run = working.pop(ended)
                if outcomes.ended(run, ended.wait(), ended.said()):
                    waiting.appendleft(run)
    finally:
        _end(working)


def _begin(run, n_cores, options):
    job = {**options, "folder": str(run.folder), "given": run.given, "resume": run.is_begun()}
    return RunProcess(job, n_cores, process.PROGRAM)


def _end(processes):
    """Let all processes end at a checkpoint; if this is interrupted, end them at once."""
    try:
        for one in processes:
            one.stop()
        for one in processes:
            one.wait()
    except BaseException:
        for one in processes:
            one.kill()
        raise
