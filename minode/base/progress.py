"""Progress bars that show only on a terminal and start no thread."""

from functools import partial

from tqdm import tqdm


class Bar(tqdm):
    """tqdm's bar without its monitor thread, which would stay in the user's process and cannot start everywhere."""

    monitor_interval = 0


# With `disable=None`, tqdm shows nothing where the output is not a terminal.
bar = partial(Bar, disable=None)
