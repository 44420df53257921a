"""A batch in shards, worked on by all cores.

The images of a batch do not depend on each other, so a kernel may work on a few at a time: what it makes stays in the
cache, and the weights' gradients add up. The shards are the same on any number of cores, and so are the results.
"""

from functools import partial, reduce

import numpy as np

from minode.base.checks import positive_int
from minode.base.threads import map_parts


def sharded(kernel, size):
    """Make a kernel that works on `size` images at a time, several at once.

    Parameters
    ----------
    kernel : callable
        ``kernel(W, x, t) -> (y, vjp)``; see `layers.kernel`. The rows of y depend on those of x alone.
    size : int
        Images of a shard.

    Returns
    -------
    callable
        The same, up to rounding in the sums over the batch.
    """
    return partial(_in_shards, kernel, positive_int(size, "size"))


def _in_shards(kernel, size, W, x, t):
    if len(x) <= size:
        return kernel(W, x, t)
    shards = [slice(start, start + size) for start in range(0, len(x), size)]
    ys, vjps = zip(*map_parts(lambda shard: kernel(W, x[shard], t), shards))

    def vjp(g):
        g_W, g_x, g_t = zip(*map_parts(lambda shard: vjps[shard.start // size](g[shard]), shards))
        return [reduce(np.add, parts) for parts in zip(*g_W)], np.concatenate(g_x), sum(g_t)

    return np.concatenate(ys), vjp
