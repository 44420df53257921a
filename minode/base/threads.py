"""Using all cores: NumPy's elementwise functions use one, so independent parts of an array get one thread each.

The threads start when the first parts arrive, and sleep between parts until the interpreter ends. If threads cannot be
started, as in a browser's Python, the parts are worked on in turn, with the same results.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import cache

from minode.base.blas import blas_in_one_thread
from minode.base.cores import usable_cores

_thread = threading.local()


def map_parts(work: Callable, parts: Sequence) -> list:
    """Apply `work` to all parts, with one thread a core and BLAS in one thread; a single part needs no other thread.

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
        # This thread takes a share too, which saves waking another one.
        mine, others = len(parts) // n_threads, []
        try:
            # While the interpreter ends, the pool refuses work; this thread then does the rest.
            with suppress(RuntimeError):
                for part in parts[mine:]:
                    others.append(pool.submit(work, part))
            rest = parts[mine + len(others) :]
            return [*map(work, parts[:mine]), *(other.result() for other in others), *map(work, rest)]
        except BaseException:
            # Wait for all threads: none may still work, or BLAS be released, once the caller learns of the failure.
            wait([other for other in others if not other.cancel()])
            raise


@contextmanager
def workers() -> Iterator[Callable]:
    """Start one thread a core, for many longer tasks.

    Yields
    ------
    callable
        It works like the built-in `map`, with the results in the order of the arguments. Tasks that have not begun at
        the end of the ``with`` block are cancelled.
    """
    pool = _started(usable_cores())
    try:
        yield map if pool is None else pool.map
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


@cache
def _pool():
    """The threads that work on parts, and their number, counting the thread that asks."""
    pool = _started(usable_cores() - 1)
    return pool, 1 if pool is None else usable_cores()


def _started(n_threads):
    """Start a pool and wait until all its threads run; None if `n_threads` is zero or they cannot be started."""
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
    # A forked process inherits the pool without its threads, so it has to make its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)
