"""All cores for NumPy, whose elementwise passes use one: independent parts of an array, one thread each.

From the first parts on two things change in the whole process. BLAS works in one thread: its own threads wait for work
by spinning, on the cores that the parts need. And on Linux memory once used stays with the process: the C library would
hand large freed blocks back to the system, and clearing the pages of new ones costs a tenth of a training step.
"""

import ctypes
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

# Settings of glibc, in bytes, by their numbers in malloc.h: the largest block that is not mapped on its own, what may
# lie free at the end of an arena, and by how much an arena grows.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD = -3, -1, -2
KEPT = {M_MMAP_THRESHOLD: 2**25, M_TRIM_THRESHOLD: 2**31 - 1, M_TOP_PAD: 2**26}

_thread = threading.local()


def map_parts(work, parts):
    """Apply `work` to all parts, in as many threads as there are cores; a single part stays in this one.

    Parameters
    ----------
    work : callable
    parts : list

    Returns
    -------
    list
        Results in the order of `parts`.
    """
    if len(parts) < 2 or hasattr(_thread, "is_worker"):
        return [work(part) for part in parts]
    pool, n_threads = _pool()
    # This thread takes its share, which saves waking another.
    mine = len(parts) // n_threads
    others = [pool.submit(work, part) for part in parts[mine:]]
    return [*map(work, parts[:mine]), *(other.result() for other in others)]


@cache
def hold_blas_to_one_thread():
    """Let BLAS work in one thread from now on, in the whole process."""
    # Imported by those alone who want it.
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


@cache
def _pool():
    hold_blas_to_one_thread()
    _keep_freed_memory()
    n_threads = os.cpu_count()
    return ThreadPoolExecutor(max(1, n_threads - 1), "minode", lambda: setattr(_thread, "is_worker", True)), n_threads


def _keep_freed_memory():
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, TypeError):
        return  # Not glibc.
    for parameter, value in KEPT.items():
        mallopt(parameter, value)


if hasattr(os, "register_at_fork"):
    # A forked process has the pool, but none of its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
