"""BLAS in one thread, for as long as a ``with`` block lasts.

The threads of BLAS wait for work in a busy loop, so they occupy cores that our own threads need. For small matrices
they also cost more time than they save. The number of BLAS threads is a setting of the whole process, so it is changed
when the first thread enters such a block and put back when the last thread leaves.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Hold:
    """Which threads are inside a block, and how many BLAS threads each library had before."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders: set[int] = set()
        self.former: list = []

    def enter(self, thread: int) -> None:
        with self.lock:
            if not self.holders:
                self.former = [(library, library.num_threads) for library in libraries()]
                for library, _ in self.former:
                    library.set_num_threads(1)
            self.holders.add(thread)

    def leave(self, thread: int) -> None:
        with self.lock:
            self.holders.discard(thread)
            if not self.holders:
                self.restore()

    def restore(self) -> None:
        for library, n_threads in self.former:
            # The user set any other number inside the block, so it stays.
            if library.num_threads == 1:
                library.set_num_threads(n_threads)
        self.former = []

    def after_fork(self) -> None:
        """Start afresh in a forked process: the other threads do not exist there, and one of them may hold the lock."""
        self.lock = threading.Lock()
        self.holders &= {threading.get_ident()}
        if not self.holders:
            self.restore()


_hold = _Hold()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_hold.after_fork)


@contextmanager
def blas_in_one_thread() -> Iterator[None]:
    """Let BLAS use one thread inside a ``with`` block, and as many as before after it.

    A block inside another block of the same thread costs next to nothing. If the user sets another number of threads
    inside the block, that number is kept. A library that is loaded inside the block is affected only by the next block.
    If the libraries cannot be reached, for example without `ctypes`, nothing changes. Training runs, evaluations and
    experiments use such a block. Your own loop around large layers is faster inside one, too.
    """
    thread = threading.get_ident()
    if thread in _hold.holders:
        yield
        return
    try:
        _hold.enter(thread)
        yield
    finally:
        _hold.leave(thread)


_found: dict[str, Any] = {"n_modules": 0, "libraries": []}


def libraries() -> list:
    """List the BLAS libraries of this process; newly imported modules may bring more, so then it looks again."""
    if _found["n_modules"] != len(sys.modules):
        # Imported here because few programs need it.
        try:
            from threadpoolctl import ThreadpoolController

            found = ThreadpoolController().select(user_api="blas").lib_controllers
        except (ImportError, OSError, TypeError, AttributeError):
            found = []
        _found.update(n_modules=len(sys.modules), libraries=found)
    return _found["libraries"]
