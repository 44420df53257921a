"""A run on a worker of a cluster: in a process of its own, in a folder of the worker's, its checkpoints sent back.

A task asks the sweep for the state of its run when it begins. If its worker dies, Dask begins the task anew on another
one, which is told the newest state; so what is lost is the work since a checkpoint.
"""

import os
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minode.base.cores import usable_cores
from minode.training.saved.environment import versions
from minode.training.saved.history import steps_made
from minode.training.saved.run_folder import LAST, RESULT, read_files, write_files
from minode.training.sweep.child import REFUSED
from minode.training.sweep.process import RunProcess

# What results depend on, besides the machine.
PACKAGES = ("minode", "numpy", "scipy", "autograd")
# Seconds between two looks at the process, and how long a sweep may say nothing until it is taken for dead.
POLL, SILENCE = 0.5, 60.0
# What a sweep says in place of its heartbeat when its runs are to end.
STOP = -1


class OtherVersions(ValueError):
    """A worker has another version of what results depend on."""


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """List the packages of which another version is there, such as ``numpy 2.3.1 (here 2.4.0)``."""
    return [f"{name} {there.get(name)} (here {here[name]})" for name in PACKAGES if there.get(name) != here[name]]


def train_on_worker(job: Mapping[str, Any]) -> None:
    """Train as a task of Dask.

    Parameters
    ----------
    job : dict
        "sweep", the name of the queue and the variable by which the sweep is reached; "run", "options" and "given"; the
        "versions" and "program" of the sweep; and "threads", the number of threads of all workers by host.

    Raises
    ------
    OtherVersions
        If this worker joined later with versions that the sweep would have refused.
    """
    from distributed import Queue, get_worker
    from distributed.comm import get_address_host

    worker = get_worker()
    if wrong := differences(job["versions"], versions()):
        raise OtherVersions(f"the worker {worker.address} has {', '.join(wrong)}")
    attempt = uuid.uuid4().hex
    n_threads = job["threads"].get(get_address_host(worker.address), worker.state.nthreads)
    with tempfile.TemporaryDirectory(dir=worker.local_directory) as place:
        link = _Link(job, attempt)
        answer = Queue(attempt)
        link.send("begin")
        told = answer.get(timeout=SILENCE)
        answer.close()
        if "refused" in told:
            link.send("end", code=REFUSED, said=[told["refused"]], where="")
            return
        folder = Path(place, job["run"])
        if told["files"]:
            folder.mkdir()
            write_files(folder, told["files"])
        arguments = {**job["options"], "folder": str(folder), "given": job["given"], "resume": bool(told["files"])}
        process = RunProcess(arguments, max(1, usable_cores() // n_threads), tuple(job["program"]))
        try:
            while process.poll() is None:
                time.sleep(POLL)
                link.send_news(folder)
                if link.is_over():
                    process.stop()
            link.send_news(folder)
        finally:
            process.stop()
            process.wait()
        # A task's value stays on its worker, which may die before it is fetched.
        link.send("end", code=process.wait(), said=process.said(), where=f" at {worker.address}")


class _Link:
    """What a task sends to its sweep, and whether the sweep is still there."""

    def __init__(self, job, attempt):
        from distributed import Queue, Variable

        self.queue, self.variable = Queue(job["sweep"]), Variable(job["sweep"])
        self.head = {"run": job["run"], "attempt": attempt}
        self.mark, self.n_steps = [], 0
        self.beat, self.heard = None, time.monotonic()

    def send(self, kind, **content):
        self.queue.put({**self.head, "kind": kind, **content}, timeout=SILENCE)

    def send_news(self, folder):
        """Send a checkpoint or a result if there is a new one, and how far the run has come."""
        mark = [os.stat(folder / name).st_mtime_ns for name in (LAST, RESULT) if (folder / name).is_file()]
        if mark != self.mark:
            self.mark = mark
            self.send("files", files=read_files(folder))
        n_steps = steps_made(folder)
        if n_steps != self.n_steps:
            self.n_steps = n_steps
            self.send("steps", n_steps=n_steps)

    def is_over(self):
        """Tell whether the sweep wants to end, or has not been heard of for long."""
        # A class of its own before Python 3.11. Where there is no cluster, the module may not exist.
        from asyncio import TimeoutError as Silence

        try:
            beat = self.variable.get(timeout=SILENCE)
        except (OSError, Silence):
            return True
        if beat != self.beat:
            self.beat, self.heard = beat, time.monotonic()
        return beat == STOP or time.monotonic() - self.heard > SILENCE
