"""Progress bars that show on a terminal alone, and start no thread."""

from functools import partial

from tqdm import tqdm


class Bar(tqdm):
    """tqdm's bar without its monitor, a thread that would stay in the user's process, and cannot start everywhere."""

    monitor_interval = 0


# `disable=None`: silent where the output is not a terminal.
bar = partial(Bar, disable=None)
