"""What a layer is: two functions of its parameters, without any state.

Our layers consist of functions that are defined in modules, and of objects made of these, so that they can be pickled.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from minode.base.types import Array, Params, Shape, Vjp
from minode.nn.layers.kernel import Kernel, as_it_is, no_formula
from minode.nn.layers.split_batch import sharded
from minode.ode.straight.reads import HOLDERS


class Layer(NamedTuple):
    """A network or a part of one: functions of its parameters, without any state.

    Attributes
    ----------
    name : str
    init : callable
        ``init(rng, input_shape) -> (output_shape, params)`` with a `numpy.random.Generator`. Shapes have no batch axis.
    apply : callable
        ``apply(params, x, t=0.0) -> y``, where x and y begin with a batch axis and t is the depth, which only some
        layers use. It is a `Kernel`, or any other function made of autograd's operations.
    layers : tuple of Layer
        The parts, if there are any. Only summaries read them; `apply` does not.
    detail : str
        Kernel size and stride for summaries, such as ``3x3/1``.
    """

    name: str
    init: Callable
    apply: Callable
    layers: tuple = ()
    detail: str = ""


# Fields that call ``layer.apply`` may be replayed.
HOLDERS.add((Layer, "apply"))


def kernel_of(layer: Layer) -> Kernel | None:
    """Return the `Kernel` of a layer, or None if its `apply` is any other function."""
    # A subclass of `Kernel` may compute something else when it is called, so the type must be exactly this one.
    return layer.apply if type(layer.apply) is Kernel else None


def kernel_layer(
    name: str,
    init: Callable[..., tuple[Shape, Params]],
    kernel: Callable[..., tuple[Array, Vjp]],
    n_leaves: int = 0,
    *,
    layers: tuple[Layer, ...] = (),
    prepare: Callable = as_it_is,
    detail: str = "",
    formula: Callable[..., Array] | None = None,
    shard: int | None = None,
    pushforward: Callable[..., tuple[Array, Vjp]] | None = None,
) -> Layer:
    """Make a layer of a kernel, so that its `apply` is one autograd primitive.

    Parameters
    ----------
    name, init, layers, detail
        As for `Layer`.
    kernel : callable
        ``kernel(W, x, t) -> (y, vjp)`` in NumPy, with ``vjp(g) -> (g_W, g_x, g_t)``. W lists the arrays of the
        parameters, and g_W their gradients.
    n_leaves : int
        Number of arrays in W.
    prepare : callable
        `kernel` takes ``prepare(W)`` in place of W. It does the work that need not be repeated at every evaluation.
    formula : callable, optional
        ``formula(W, x, t) -> y``, the same function in `autograd.numpy`. It is needed for second and further
        derivatives and for forward mode, which raise a TypeError without it.
    shard : int, optional
        If each row of y depends on the same row of x alone: number of rows that one thread works on at a time. By
        default one thread works on the whole batch.
    pushforward : callable, optional
        ``pushforward(W, s, t) -> (y, vjp)`` in NumPy, on points and tangents: see `Kernel`. Flows are trained about
        twice as fast with it.

    Returns
    -------
    Layer
        It can be pickled if the functions can, which is so if they are defined in a module.
    """
    formula = partial(no_formula, name) if formula is None else formula
    run = kernel if shard is None else sharded(kernel, shard)
    return Layer(name, init, Kernel(name, run, n_leaves, prepare, formula, shard, pushforward), layers, detail)
