"""Measure in turn: worker processes that answer JSON lines, interleaved rounds, medians, a last line of JSON."""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

from threadpoolctl import threadpool_info

ROOT = Path(__file__).parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# One more switch, which XLA wants; diffrax is only ever given one thread.
XLA = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def child(*arguments, threads=1, **options):
    """Start this Python with `arguments`, in the root of the repository; further options are those of `Popen`.

    With small arrays one thread: timed is the cost of a call, not how well cores share one small matrix product.
    """
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | XLA | dict.fromkeys(THREADS, str(threads)),
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def run(*arguments):
    """Run this Python with `arguments` to its end; return what it prints and the seconds it took.

    Raises
    ------
    RuntimeError
        If it fails; what it has to say is on stderr.
    """
    start = perf_counter()
    with child(*arguments) as process:
        output = process.stdout.read()
    seconds = perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ended with code {process.returncode}")
    return output, seconds


class Worker:
    """A child process of its own for one library, so that imports and thread pools do not disturb each other.

    Parameters
    ----------
    *arguments : str
        Of `child`; the process calls `serve`.
    threads : int
    """

    def __init__(self, *arguments, threads=1):
        self.process = child(*arguments, threads=threads, stdin=subprocess.PIPE)

    def ask(self, request):
        """Send a request and wait for its answer.

        Raises
        ------
        RuntimeError
            If the worker dies; what it has to say is on stderr.
        """
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker {' '.join(self.process.args[1:])} died at the request {request}")
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(answer):
    """Answer requests from stdin, one JSON line each, until it closes."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def interleaved(runs, rounds):
    """Call every run once a round, so that what slows the machine down for a while slows all of them.

    Parameters
    ----------
    runs : dict
        name -> function without arguments that returns seconds, one number or several.
    rounds : int

    Returns
    -------
    dict
        name -> list of what the function returned, one entry a round.
    """
    seconds = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run())
    return seconds


def ratio(seconds, reference):
    """Median over the rounds of a run's seconds over those of `reference` in the same round."""
    return median(one / other for one, other in zip(seconds, reference))


def load():
    """Load average of the last minute, printed if others are at work: those who wait for their threads suffer most."""
    average = os.getloadavg()[0]
    if average > 0.5:
        print(f"load average {average:.1f} at the start: the machine is not idle, and the ratios are not to be quoted")
    return average


def print_table(header, rows, texts):
    """Print rows of strings in columns: the first `texts` of them flush left, the others, numbers, flush right."""
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    for row in (header, *rows):
        cells = [cell.ljust(w) if i < texts else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def versions(*packages):
    """Versions of Python and the packages, None where one is absent."""
    return {"python": platform.python_version()} | {
        package: version(package) if find_spec(package) else None for package in packages
    }


def kernels():
    """Which kernels of the processor NumPy's and SciPy's BLAS have chosen, such as "openblas 0.3.31 Haswell"."""
    blas = [module for module in threadpool_info() if module["user_api"] == "blas"]
    return sorted({f"{b['internal_api']} {b['version']} {b.get('architecture', '')}".strip() for b in blas})


def finish(result):
    """Print what was measured on, then the figures as the last line, one JSON object."""
    found, average = kernels(), round(os.getloadavg()[0], 2)
    print(f"{', '.join(found)}; {os.cpu_count()} cores, load average {average} at the end")
    machine = {"kernels": found, "cores": os.cpu_count(), "load_at_the_end": average}
    print(json.dumps(result | {"machine": machine}, allow_nan=False))
