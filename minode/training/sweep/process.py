"""A run in a process of its own, which may die without harm to other runs.

Why no pool of processes: a pool is one thing, and a worker of it that is killed, for example for want of memory, breaks
all of it. A process here concerns its run alone, which goes on from its checkpoint in another process. Results do not
depend on how often that happened.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from minode.base import cores
from minode.training.saved.environment import THREAD_VARIABLES

# What Python runs in a process, with the job behind it.
PROGRAM = ("-m", "minode.training.sweep.child")


class RunProcess:
    """A run in a process of its own.

    Parameters
    ----------
    job : dict
        Arguments of `train_run.train`.
    n_cores : int
        Its share of the cores: so many threads of ours and, unless the environment says otherwise, of BLAS.
    program : sequence of str
        As `PROGRAM`.

    Raises
    ------
    OSError
        If the process cannot be started.
    """

    def __init__(self, job: Mapping[str, Any], n_cores: int, program: tuple[str, ...] = PROGRAM) -> None:
        share = dict.fromkeys(THREAD_VARIABLES, str(n_cores))
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, *program, json.dumps(job)],
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env={**share, **os.environ, cores.LIMIT: str(n_cores), "PYTHONIOENCODING": "utf-8"},
        )
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs; a process that was killed has a negative one."""
        return self._process.poll()

    def stop(self) -> None:
        """Ask the process to end with a checkpoint, and return at once."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()

    def kill(self) -> None:
        """End the process without a checkpoint."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for the end of the process and return its exit code."""
        return self._process.wait()

    def said(self) -> list[str]:
        """Return, once it has ended, the lines that it printed besides those of its epochs: notes, warnings, errors."""
        self.stop()
        self._output.seek(0)
        lines = self._output.read().decode("utf-8", errors="replace").splitlines()
        self._output.close()
        return [line for line in lines if line.strip() and not line.startswith("epoch ")]
