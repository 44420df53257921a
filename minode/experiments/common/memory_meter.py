"""What a function allocates at once, at the most."""

import tracemalloc

MIB = 2**20


def peak_allocated(function):
    """Bytes that are allocated at once, at the most, while `function` runs, beyond what was there."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def by_key(rows):
    """Turn a list of lists of dicts with the same keys into a dict of lists of lists."""
    return {key: [[one[key] for one in row] for row in rows] for key in rows[0][0]}
