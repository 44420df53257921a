"""What numbers depend on besides the code: versions, the machine, the linear algebra and its threads."""

import os
import platform
from importlib import metadata

from minode import __version__
from minode.base.blas import libraries
from minode.base.cores import usable_cores

# What limits the threads of linear algebra libraries; how many run at this moment is of no interest.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def versions():
    """Versions of minode, Python and the libraries that compute."""
    return {
        "minode": __version__,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in ("numpy", "scipy", "autograd")},
    }


def describe_environment():
    """Versions, machine and threads: the same numbers, bit for bit, are promised only where all of them are the same.

    Returns
    -------
    dict of str and int
    """
    # Libraries choose their code by the processor's architecture.
    blas = {
        f"{library['internal_api']} {library['version']} {library.get('architecture', '')}".strip()
        for library in (found.info() for found in libraries())
    }
    return {
        **versions(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": usable_cores(),
        "blas": ", ".join(sorted(blas)),
        **{name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
    }


def changes(before):
    """List what differs here from the environment of a checkpoint, as ``numpy was 1.26.4 and is 2.4.6``."""
    now = describe_environment()
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return [f"{name} was {before.get(name)} and is {now.get(name)}" for name in names]
