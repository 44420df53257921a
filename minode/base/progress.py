"""Progress bars that show only on a terminal and start no thread."""

import os
from functools import partial
from threading import RLock

from tqdm import tqdm


class Bar(tqdm):
    """tqdm's bar without its monitor thread, which would stay in the user's process and cannot start everywhere.

    Nor does it share tqdm's lock of all forked processes: one that is killed while it has the lock keeps it for ever.
    """

    monitor_interval = 0
    _lock = RLock()


if hasattr(os, "register_at_fork"):
    # Another thread may hold the lock in the moment of the fork.
    os.register_at_fork(after_in_child=lambda: Bar.set_lock(RLock()))

# With `disable=None`, tqdm shows nothing where the output is not a terminal.
bar = partial(Bar, disable=None)
