"""Splitting a batch into shards, so that all cores work on it.

The images of a batch do not depend on each other, so a kernel may work on a few of them at a time. Its intermediate
arrays then fit into the processor's cache. The gradients of the weights are summed over the shards. The shards do not
depend on the number of cores, so neither do the results.
"""

from collections.abc import Callable
from functools import partial, reduce

import numpy as np

from minode.base.checks import positive_int
from minode.base.threads import map_parts
from minode.base.types import Array, Vjp


def sharded(kernel: Callable[..., tuple[Array, Vjp]], size: int) -> Callable[..., tuple[Array, Vjp]]:
    """Make a kernel that works on `size` images at a time, in several threads.

    Parameters
    ----------
    kernel : callable
        ``kernel(W, x, t) -> (y, vjp)`` as in `layers.kernel`. Each row of y may depend only on the same row of x.
    size : int
        Number of images in a shard.

    Returns
    -------
    callable
        A kernel with the same results, up to rounding in the sums over the batch.
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
