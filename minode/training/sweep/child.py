"""The process of one run: ``python -m minode.training.sweep.child JOB``, with the arguments of `train` as JSON.

It ends with a checkpoint when its standard input is closed. The operating system closes it when the process that
started this one ends, even by SIGKILL, so that no run goes on without anyone to wait for it.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence

from minode.base.malloc import keep_freed_memory
from minode.ode.solvers.guard import SolverError
from minode.training.loop import TrainingStopped
from minode.training.train_run import train

# The exit code of a run that would fail again; its last line says why.
REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as JOB says.

    Parameters
    ----------
    arguments : list of str, optional
        By default those of the process.

    Returns
    -------
    int
        Exit code: 0, or `REFUSED`.
    """
    (job,) = sys.argv[1:] if arguments is None else arguments
    # Ctrl-C and a closing terminal are for the process that started this one, which then closes the input.
    for name, served in {"SIGINT": signal.SIG_IGN, "SIGHUP": signal.SIG_IGN, "SIGTERM": signal.SIG_DFL}.items():
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), served)
    threading.Thread(target=_end_with_input, daemon=True).start()
    keep_freed_memory()
    try:
        train(**json.loads(job))
    except (ValueError, OSError, SolverError, TrainingStopped) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return REFUSED
    return 0


def _end_with_input():
    # The buffered `sys.stdin` has a lock that Python could not take from this thread when it ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
