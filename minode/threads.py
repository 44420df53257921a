"""All cores for NumPy, whose elementwise passes use one: independent parts of an array, one thread each.

From the first parts on BLAS works in one thread, in the whole process: its own threads wait for work by spinning, on
the cores that the parts need.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

# Linux's C library hands freed blocks above a threshold back to the system, and clearing the pages of new ones costs as
# much as the arithmetic. The threshold rises to the size of the largest block freed, if that is below 32 MiB.
LARGEST_KEPT_BLOCK = 2**25 - 2**16

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
def _pool():
    # Wanted by large networks alone.
    from threadpoolctl import threadpool_limits

    np.empty(LARGEST_KEPT_BLOCK, np.uint8)
    threadpool_limits(limits=1, user_api="blas")
    n_threads = os.cpu_count()
    return ThreadPoolExecutor(max(1, n_threads - 1), "minode", lambda: setattr(_thread, "is_worker", True)), n_threads


if hasattr(os, "register_at_fork"):
    # A forked process has the pool, but none of its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
