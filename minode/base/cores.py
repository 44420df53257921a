"""How many cores this process may use, which may be fewer than the machine has."""

import math
import os
from contextlib import suppress
from pathlib import Path

# Linux lists the control groups of a process in the first, and their limits in the second.
OWN_GROUPS, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
# Whoever starts several processes at a time gives each its share of the cores by this variable.
LIMIT = "MINODE_CORES"


def usable_cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    int
        At least one. It is the number of cores that the process is bound to, or less if its control groups limit its
        processor time, as containers and batch systems do on Linux; that limit is rounded up to whole cores. The
        environment variable MINODE_CORES lowers it further.

    Raises
    ------
    ValueError
        If MINODE_CORES is no number of cores.
    """
    if hasattr(os, "process_cpu_count"):
        bound = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count()
    return max(1, math.ceil(min([bound or 1, *_granted(), *_limit()])))


def _limit():
    """Yield the number of cores that the environment variable allows, if it is set."""
    if text := os.environ.get(LIMIT, "").strip():
        if not text.isdecimal() or int(text) < 1:
            raise ValueError(f"{LIMIT} is {text!r}; expected a number of cores, at least 1")
        yield int(text)


def _granted():
    """Yield, for each control group with a limit, how many cores' worth of processor time it is granted.

    The groups are the one of this process and all that contain it.
    """
    for group, unified in _groups():
        with suppress(OSError, ValueError, ZeroDivisionError):
            if unified:
                quota, period = (group / "cpu.max").read_text().split()
            else:
                quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            # A group without a limit has -1 here, or the word "max", which raises a ValueError above.
            if float(quota) > 0:
                yield float(quota) / float(period)


def _groups():
    """Yield the folder of each control group, and whether it is of version 2, which has one folder for all limits."""
    with suppress(OSError):
        for line in OWN_GROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            root = GROUPS / "cpu" if controllers else GROUPS
            if not controllers or "cpu" in controllers.split(","):
                own = Path(path.strip("/"))
                yield from ((root / group, not controllers) for group in [own, *own.parents])
