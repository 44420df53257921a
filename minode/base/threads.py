"""All cores for NumPy, whose elementwise passes use one: independent parts of an array, one thread each.

The threads start with the first parts and then wait for more, without work, until the interpreter ends. Where threads
cannot be started, as in a browser's Python, parts are worked on in turn, with the same results.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import cache

from minode.base.blas import blas_in_one_thread
from minode.base.cores import usable_cores

_thread = threading.local()


def map_parts(work, parts):
    """Apply `work` to all parts, in as many threads as there are cores, while BLAS has one; a single part stays here.

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
    with blas_in_one_thread():
        pool, n_threads = _pool()
        # This thread takes its share, which saves waking another.
        mine, others = len(parts) // n_threads, []
        try:
            # At the end of the interpreter no thread takes work any more.
            with suppress(RuntimeError):
                for part in parts[mine:]:
                    others.append(pool.submit(work, part))
            rest = parts[mine + len(others) :]
            return [*map(work, parts[:mine]), *(other.result() for other in others), *map(work, rest)]
        except BaseException:
            # Nobody works on, nor is BLAS set free, after the caller was told of a failure.
            wait([other for other in others if not other.cancel()])
            raise


@contextmanager
def workers():
    """Threads for many longer tasks, one a core.

    Yields
    ------
    callable
        Like the built-in `map`, results in the order of what is given. At the end of the ``with`` block what has not
        begun is given up.
    """
    pool = _started(usable_cores())
    try:
        yield map if pool is None else pool.map
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


@cache
def _pool():
    """Threads for parts, and how many there are with the one that asks."""
    pool = _started(usable_cores() - 1)
    return pool, 1 if pool is None else usable_cores()


def _started(n_threads):
    """A pool whose threads all run already; None if there are to be none, or they cannot be started."""
    if n_threads < 1:
        return None
    pool = ThreadPoolExecutor(n_threads, "minode", lambda: setattr(_thread, "is_worker", True))
    all_run = threading.Barrier(n_threads + 1)
    try:
        for _ in range(n_threads):
            pool.submit(all_run.wait)
    except RuntimeError:
        all_run.abort()
        pool.shutdown(wait=False)
        return None
    all_run.wait()
    return pool


if hasattr(os, "register_at_fork"):
    # A forked process has the pool, but none of its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
