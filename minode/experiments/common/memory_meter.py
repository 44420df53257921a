"""How much memory a function needs."""

import tracemalloc

MIB = 2**20


def peak_allocated(function):
    """Measure in bytes the peak of the memory that `function` allocates, beyond what was allocated before it."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def by_key(rows):
    """Turn a list of lists of dicts, which have the same keys, into a dict of lists of lists."""
    return {key: [[one[key] for one in row] for row in rows] for key in rows[0][0]}
