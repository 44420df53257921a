"""What numbers depend on besides minode's code: versions, the machine, the linear algebra libraries, their threads."""

import os
import platform
from collections.abc import Mapping
from importlib import metadata

from minode import __version__
from minode.base.blas import libraries
from minode.base.cores import usable_cores

# These variables limit the threads of linear algebra libraries. The number of threads at this moment does not matter.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def versions() -> dict[str, str]:
    """Return the versions of minode, Python and the libraries that compute."""
    return {
        "minode": __version__,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in ("numpy", "scipy", "autograd")},
    }


def describe_environment() -> dict[str, str | int]:
    """Describe versions, machine and threads; only if all are the same does a run give the same numbers bit for bit.

    Returns
    -------
    dict of str and int
    """
    # The architecture is included because libraries choose their code by it.
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


def changes(before: Mapping) -> list[str]:
    """List how this environment differs from that of a checkpoint, such as ``numpy was 1.26.4 and is 2.4.6``."""
    now = describe_environment()
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return [f"{name} was {before.get(name)} and is {now.get(name)}" for name in names]
