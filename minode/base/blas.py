"""BLAS in one thread, for as long as a ``with`` block lasts.

Its own threads wait for work by spinning, on the cores that other threads of ours need; and for small matrices they
cost more than they save. How many threads BLAS has is a setting of the whole process: it is taken over when the first
thread enters such a block, and put back when the last one leaves.
"""

import os
import sys
import threading
from contextlib import contextmanager


class _Hold:
    """Who is inside a block, and how many threads each library had before."""

    def __init__(self):
        self.lock, self.holders, self.former = threading.Lock(), set(), []

    def enter(self, thread):
        with self.lock:
            if not self.holders:
                self.former = [(library, library.num_threads) for library in libraries()]
                for library, _ in self.former:
                    library.set_num_threads(1)
            self.holders.add(thread)

    def leave(self, thread):
        with self.lock:
            self.holders.discard(thread)
            if not self.holders:
                self.restore()

    def restore(self):
        for library, n_threads in self.former:
            # Another number is what the user wants meanwhile.
            if library.num_threads == 1:
                library.set_num_threads(n_threads)
        self.former = []

    def after_fork(self):
        """Go on in a forked process, where the other threads are not, and the lock may be that of one of them."""
        self.lock = threading.Lock()
        self.holders &= {threading.get_ident()}
        if not self.holders:
            self.restore()


_hold = _Hold()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_hold.after_fork)


@contextmanager
def blas_in_one_thread():
    """Let BLAS work in one thread inside a ``with`` block; then it has as many as before.

    A block inside another one, of the same thread, costs next to nothing. If the user sets another number of threads
    inside the block, that one is kept. Libraries that are loaded inside the block are not held before the next one.
    Where the libraries cannot be reached, as without `ctypes`, nothing is held. Training runs, evaluations and
    experiments are inside such a block; a loop of one's own around large layers is faster inside one, too.
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


_found = {"n_modules": 0, "libraries": []}


def libraries():
    """The BLAS libraries of this process, looked for anew once modules were imported: they may have brought some."""
    if _found["n_modules"] != len(sys.modules):
        # Imported by those alone who want it.
        try:
            from threadpoolctl import ThreadpoolController

            found = ThreadpoolController().select(user_api="blas").lib_controllers
        except (ImportError, OSError, TypeError, AttributeError):
            found = []
        _found.update(n_modules=len(sys.modules), libraries=found)
    return _found["libraries"]
