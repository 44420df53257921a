"""What a layer is: two functions of its parameters, no state.

Everything in a layer of ours is a function of a module, or an object made of such ones, so that layers can be pickled.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from minode.nn.layers.kernel import Kernel, as_it_is, no_formula


class Layer(NamedTuple):
    """A network or a part of one: functions of its parameters, no state.

    Attributes
    ----------
    name : str
    init : callable
        ``init(rng, input_shape) -> (output_shape, params)`` with a `numpy.random.Generator`; shapes are
        without the batch axis.
    apply : callable
        ``apply(params, x, t=0.0) -> y`` with a leading batch axis; t is the depth, used by time-dependent layers.
        A `Kernel` if it is one, any other function of autograd's operations otherwise.
    layers : tuple of Layer
        The parts, if any, for summaries: `apply` holds its own.
    detail : str
        Kernel size and stride, as ``3x3/1``, for summaries.
    """

    name: str
    init: Callable
    apply: Callable
    layers: tuple = ()
    detail: str = ""


def kernel_of(layer):
    """Return the `Kernel` that a layer is, None if its `apply` is any other function."""
    # The exact type: a subclass may compute something else when it is called.
    return layer.apply if type(layer.apply) is Kernel else None


def kernel_layer(name, init, kernel, n_leaves=0, *, layers=(), prepare=as_it_is, detail="", formula=None):
    """Make a layer of a kernel; its `apply` is one autograd primitive.

    Parameters
    ----------
    name, init, layers, detail
        As for `Layer`.
    kernel : callable
        ``kernel(W, x, t) -> (y, vjp)`` in NumPy, with ``vjp(g) -> (g_W, g_x, g_t)``: W lists the arrays of the
        parameters, g_W their gradients.
    n_leaves : int
        Number of arrays in W.
    prepare : callable
        ``prepare(W)`` is what `kernel` takes for W: work that need not be done at every evaluation.
    formula : callable, optional
        ``formula(W, x, t) -> y``, the same function in `autograd.numpy`, for second and further derivatives and for
        forward mode. Without it they are refused with a TypeError.

    Returns
    -------
    Layer
        It can be pickled if the functions can: define them in a module.
    """
    formula = partial(no_formula, name) if formula is None else formula
    return Layer(name, init, Kernel(name, kernel, n_leaves, prepare, formula), layers, detail)
