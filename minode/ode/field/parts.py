"""A right-hand side in parts: rows of a batch, which do not depend on each other.

The state of a large network is larger than a processor's cache. Where each operation of a solver's stage goes over all
of it before the next one begins, all of them wait for memory. A thread that takes a few images through the whole stage
finds them in its cache.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from minode.base.trees import ravel
from minode.base.types import Array, Field, Params
from minode.ode.field.evaluations import KernelField, prepared_kernel
from minode.ode.field.nfe import counted
from minode.ode.tracing.fields import checked

# The method that makes use of parts; for others no weights need to be prepared.
METHOD = "dopri5-np"


class InParts(NamedTuple):
    """A right-hand side dy/dt = rhs(t, y) on flat states, in parts.

    Attributes
    ----------
    places : sequence of sequences of slice
        Where in y each part has its entries.
    rest : slice
        The entries of y that are in no part. No slope depends on them, and their slope is a sum over the parts.
    evaluate : callable
        ``evaluate(i, t, y_i) -> (slopes, share)``: an array of dy/dt for each place of part i, and the part's share in
        dy/dt of the rest.
    """

    places: Sequence[Sequence[slice]]
    rest: slice
    evaluate: Callable[[int, float, Array], tuple[Sequence[Array], Array]]


def field_in_parts(f: Field, z: Array, params: Params) -> InParts | None:
    """The field f on z, flat, in parts; None if it has none."""
    kernel, of_z, in_shape = _parts_of_batch(f, z, params)
    if kernel is None:
        return None

    def evaluate(i, t, y):
        z_i = in_shape(y)
        return [checked(kernel(z_i, t)[0], z_i)], y[:0]

    return InParts([[place] for place in of_z], slice(z.size, z.size), evaluate)


def augmented_in_parts(f: Field, z: Array, params: Params) -> InParts | None:
    """The augmented field of Eq. 3.10 on [z, a, a_W], flat, in parts; None if it has none."""
    kernel, of_z, in_shape = _parts_of_batch(f, z, params)
    if kernel is None:
        return None

    def evaluate(i, t, y):
        z_i, a = map(in_shape, np.split(y, 2))
        dz, vjp = kernel(z_i, t)
        a_dfdW, a_dfdz, _ = vjp(-a)
        return [checked(dz, z_i), a_dfdz], np.concatenate([y[:0], *map(np.ravel, a_dfdW)])

    of_a = [slice(z.size + place.start, z.size + place.stop) for place in of_z]
    return InParts(list(zip(of_z, of_a)), slice(2 * z.size, 2 * z.size + ravel(params).size), evaluate)


def counted_in_parts(in_parts: InParts | None, counter: str) -> InParts | None:
    """Count as `nfe.counted` does: a stage, in which each part is evaluated once, adds one."""
    if in_parts is None:
        return None
    uncounted = in_parts.evaluate
    first = counted(uncounted, counter)
    return in_parts._replace(evaluate=lambda i, t, y: (uncounted if i else first)(i, t, y))


def _parts_of_batch(f, z, params):
    """The kernel that f is, the places of its shards in the flat z, and what gives a shard its shape and dtype."""
    size = f.kernel.shard if type(f) is KernelField else None
    if size is None or len(z) <= size:
        return None, [], None
    kernel = prepared_kernel(f, params)
    row = z[0].size
    places = [slice(start * row, min(start + size, len(z)) * row) for start in range(0, len(z), size)]
    return kernel, places, lambda y: y.reshape(-1, *z.shape[1:]).astype(z.dtype, copy=False)
