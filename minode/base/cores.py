"""How many cores this process may use, which may be fewer than the machine has."""

import math
import os
from contextlib import suppress
from pathlib import Path

# Where Linux tells which control groups a process is in, and what they may use.
OWN_GROUPS, GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")


def usable_cores():
    """Count the cores that this process may use.

    Returns
    -------
    int
        At least one: the cores it is bound to, and no more than the time that its control groups (Linux's, as
        containers and batch systems set them) are granted, rounded up.
    """
    if hasattr(os, "process_cpu_count"):
        bound = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count()
    return max(1, math.ceil(min([bound or 1, *_granted()])))


def _granted():
    """Cores' worth of time that each control group with a limit is granted, this process' own and those around it."""
    for group, unified in _groups():
        with suppress(OSError, ValueError, ZeroDivisionError):
            if unified:
                quota, period = (group / "cpu.max").read_text().split()
            else:
                quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            # No limit is the word "max", which is no number, or -1.
            if float(quota) > 0:
                yield float(quota) / float(period)


def _groups():
    """Folders of the control groups, and whether they are of the second version, where all controllers are one."""
    with suppress(OSError):
        for line in OWN_GROUPS.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            root = GROUPS / "cpu" if controllers else GROUPS
            if not controllers or "cpu" in controllers.split(","):
                own = Path(path.strip("/"))
                yield from ((root / group, not controllers) for group in [own, *own.parents])
