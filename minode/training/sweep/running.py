"""A sweep from its plan to its end, here or on a cluster."""

from typing import Any

from minode.base.checks import positive_int
from minode.base.cores import usable_cores
from minode.base.files import writable_folder
from minode.base.signals import termination, with_message
from minode.base.types import PathLike
from minode.training.sweep.local import train_here
from minode.training.sweep.outcomes import GO_ON, Outcomes, tell_above
from minode.training.sweep.planning import Plan


def run_sweep(
    planned: Plan, folder: PathLike, n_jobs: int | None = None, scheduler: str | None = None, **options: Any
) -> Outcomes:
    """Train the runs of a plan that are not finished.

    Parameters
    ----------
    planned : Plan
    folder : path
        Folder of the runs.
    n_jobs : int, optional
        Runs at a time on this machine; by default as many as there are cores.
    scheduler : str, optional
        Address of a Dask scheduler, on whose workers the runs are made. Their folders are here all the same.
    **options
        Arguments of `train_run.train` that all runs have in common: root, skip_bad, checkpoint_every.

    Returns
    -------
    Outcomes
        Runs that failed do not stop the others; "failed" has their reasons.

    Raises
    ------
    ValueError, OSError
        If `n_jobs` is not positive, the folder cannot be written to, or the cluster cannot be used.
    KeyboardInterrupt, signals.Terminated
        On Ctrl-C, and on SIGTERM or SIGHUP, after all runs have ended at a checkpoint.
    """
    n_jobs = usable_cores() if n_jobs is None else positive_int(n_jobs, "jobs")
    positive_int(options.get("checkpoint_every", 1), "checkpoint_every")
    writable_folder(folder)
    for note in planned.notes:
        tell_above(note)
    with termination(), Outcomes(planned.runs, planned.notes) as outcomes:
        try:
            if not outcomes.unfinished:
                pass
            elif scheduler is None:
                train_here(outcomes, n_jobs, **options)
            else:
                # Imported here because it belongs to an extra.
                from minode.training.sweep.cluster import train_on_cluster

                train_on_cluster(outcomes, scheduler, **options)
        except (KeyboardInterrupt, SystemExit) as interrupt:
            raise with_message(interrupt, f"{outcomes.summary()}; {GO_ON}") from None
    return outcomes
