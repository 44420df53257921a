"""A sweep on a cluster of Dask: a task a run, whose checkpoints come back to the folder of the sweep.

This process keeps the folders: it locks them, tells each task the state that its run has, and writes what comes back.
"""

import time
import uuid
from contextlib import ExitStack
from typing import Any

from minode.training.saved import run_folder
from minode.training.saved.environment import versions
from minode.training.sweep import process
from minode.training.sweep.connection import TIMEOUT, connected, n_threads_by_host
from minode.training.sweep.outcomes import GO_ON, Outcomes
from minode.training.sweep.worker import STOP, OtherVersions, train_on_worker

# Seconds between two looks at the queue, between two heartbeats, and to wait for the last checkpoints.
POLL, BEAT, LAST_WORDS = 0.2, 5.0, 60.0


def train_on_cluster(outcomes: Outcomes, address: str, timeout: float = TIMEOUT, **options: Any) -> None:
    """Train the unfinished runs of a sweep on the workers of a cluster.

    Parameters
    ----------
    outcomes : Outcomes
        They are told there.
    address : str
        Of the scheduler, such as "tcp://10.0.0.1:8786".
    timeout : float
        Seconds to wait for the scheduler.
    **options
        Arguments of `train_run.train` that all runs have in common.

    Raises
    ------
    ValueError, OSError
        As for `connected`; also if a worker with other versions joins, or the scheduler is lost.
    KeyboardInterrupt, signals.Terminated
        As for `local.train_here`, after the last checkpoints have come back.
    """
    with connected(address, timeout) as client, ExitStack() as locks:
        sweep = _Sweep(client, outcomes, options, locks)
        try:
            sweep.work()
        except BaseException as error:
            if client.status != "running":
                raise OSError(f"the scheduler at {address!r} is lost; {GO_ON}") from error
            sweep.stop()
            raise
        sweep.close()


class _Sweep:
    """The sweep's end of the line: tasks by run, and what their attempts send."""

    def __init__(self, client, outcomes, options, locks):
        from distributed import Queue, Variable

        name = f"minode-sweep-{uuid.uuid4().hex}"
        self.client, self.outcomes, self.locks = client, outcomes, locks
        self.queue, self.variable = Queue(name, client=client), Variable(name, client=client)
        self.job = {"sweep": name, "options": options, "versions": versions(), "program": process.PROGRAM}
        self.runs = {run.name: run for run in outcomes.unfinished}
        self.tasks = {}
        self.attempts = {}
        self.locked = set()
        self.made = {}
        self.ends = {}
        self.beat = self.beaten = 0.0
        self.threads = {}

    def work(self):
        """Hand out the runs, and listen until all of them have ended."""
        self.heartbeat()
        for name, run in self.runs.items():
            self.tasks[name] = self.submit(run)
        if not self.threads:
            self.outcomes.tell("the scheduler has no workers yet; the runs wait for them")
        while self.tasks:
            time.sleep(POLL)
            self.heartbeat()
            done = [name for name, task in self.tasks.items() if task.done()]
            # Whatever a task has sent is here before the task is done.
            self.listen()
            for name in done:
                if self.is_to_go_on(self.runs[name], self.tasks.pop(name)):
                    self.tasks[name] = self.submit(self.runs[name])
            self.outcomes.show(self.made)

    def submit(self, run):
        self.threads = n_threads_by_host(self.client) or self.threads
        job = {**self.job, "run": run.name, "given": run.given, "threads": self.threads}
        return self.client.submit(train_on_worker, job, key=f"{run.name}-{uuid.uuid4().hex}", pure=False)

    def heartbeat(self):
        if time.monotonic() - self.beaten > BEAT:
            self.beat, self.beaten = self.beat + 1, time.monotonic()
            self.variable.set(self.beat)

    def listen(self):
        for message in self.queue.get(batch=True):
            self.hear(message)

    def hear(self, message):
        run, attempt = self.runs[message["run"]], message["attempt"]
        if message["kind"] == "begin":
            self.answer(run, attempt)
        elif attempt != self.attempts.get(run.name):
            # An earlier attempt is still at work where nobody sees it.
            return
        elif message["kind"] == "files":
            run_folder.write_files(run.folder, message["files"])
        elif message["kind"] == "steps":
            self.made[run.name] = message["n_steps"]
        else:
            self.ends[run.name] = message["code"], message["said"], message["where"]

    def answer(self, run, attempt):
        """Tell a task the state of its run, or why it is not to work on it."""
        from distributed import Queue

        # Dask begins a task anew on another worker if its worker dies.
        died = run.name in self.attempts
        self.attempts[run.name] = attempt
        if died and not self.outcomes.died(run, "its worker is lost"):
            answer = {"refused": self.outcomes.failed[run.name]}
        else:
            try:
                if run.name not in self.locked:
                    self.locks.enter_context(run_folder.occupied(run.folder))
                    self.locked.add(run.name)
                answer = {"files": run_folder.read_files(run.folder)}
            except OSError as error:
                answer = {"refused": str(error)}
        Queue(attempt, client=self.client).put(answer)

    def is_to_go_on(self, run, task):
        """Take note of the end of a task; tell whether its run needs another one."""
        self.made.pop(run.name, None)
        self.attempts.pop(run.name, None)
        error = task.exception() if task.status == "error" else None
        if isinstance(error, OtherVersions):
            raise error
        if run.name in self.ends:
            return self.outcomes.ended(run, *self.ends.pop(run.name))
        return self.outcomes.died(run, " ".join(f"its task ended: {error or task.status}".split()))

    def stop(self):
        """Let all runs end at their next checkpoint, and fetch these."""
        self.variable.set(STOP)
        self.client.cancel([task for name, task in self.tasks.items() if name not in self.attempts])
        until = time.monotonic() + LAST_WORDS
        while time.monotonic() < until and not all(task.done() for task in self.tasks.values()):
            self.listen()
            time.sleep(POLL)
        self.listen()
        self.close()

    def close(self):
        self.queue.close()
        self.variable.delete()
