"""What a layer is: two functions, and kernels that carry their own vector-Jacobian product.

A *kernel* is plain NumPy, ``kernel(W, x, t) -> (y, vjp)`` with ``vjp(g) -> (g_W, g_x, g_t)``, where W lists the
leaves of the layer's parameters and g_W their gradients. One autograd primitive runs any kernel, and kernels in series
are again a kernel: a whole network costs autograd a single node.
"""

import itertools
import operator
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from autograd.extend import Box, defvjp_argnums, primitive

from minode.trees import leaves


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
    layers : tuple of Layer
        The parts, if any.
    kernel : callable or None
        See the module's text; None if `apply` is made of several autograd operations.
    n_leaves : int
        Number of parameter arrays that `kernel` takes.
    """

    name: str
    init: Callable
    apply: Callable
    layers: tuple = ()
    kernel: Callable | None = None
    n_leaves: int = 0


def kernel_layer(name, init, kernel, n_leaves=0, layers=()):
    """Make a layer of a kernel; its `apply` is one autograd primitive."""

    def apply(params, x, t=0.0):
        return _run(x, t, *leaves(params), kernel=kernel, tape=[])

    return Layer(name, init, apply, layers, kernel, n_leaves)


def serial(*layers):
    """Chain layers, each working on the output of the one before.

    Parameters
    ----------
    *layers : Layer

    Returns
    -------
    Layer
        Its parameters are the list of theirs; one autograd primitive where all of them have kernels.
    """
    shares = _shares(layers)

    def init(rng, input_shape):
        params = []
        for layer in layers:
            input_shape, layer_params = layer.init(rng, input_shape)
            params.append(layer_params)
        return input_shape, params

    def apply(params, x, t=0.0):
        for layer, layer_params in zip(layers, params, strict=True):
            x = layer.apply(layer_params, x, t)
        return x

    def kernel(W, x, t):
        vjps = []
        for layer, share in zip(layers, shares):
            x, vjp = layer.kernel(W[share], x, t)
            vjps.append(vjp)

        def chain(g):
            g_W, g_t = [], 0.0
            for vjp in reversed(vjps):
                layer_g_W, g, layer_g_t = vjp(g)
                g_W[:0] = layer_g_W
                g_t = g_t + layer_g_t
            return g_W, g, g_t

        return x, chain

    return _compound("serial", layers, init, apply, kernel)


def parallel(*layers):
    """Add up layers that work side by side on the same input, as a shortcut beside a path.

    Parameters
    ----------
    *layers : Layer
        With outputs of one shape.

    Returns
    -------
    Layer
        Its parameters are the list of theirs; one autograd primitive where all of them have kernels.
    """
    shares = _shares(layers)

    def init(rng, input_shape):
        shapes, params = zip(*(layer.init(rng, input_shape) for layer in layers))
        if any(tuple(shape) != tuple(shapes[0]) for shape in shapes):
            raise ValueError(f"parallel layers have output shapes {shapes}; expected the same from each")
        return shapes[0], list(params)

    def apply(params, x, t=0.0):
        return reduce(
            operator.add, [layer.apply(layer_params, x, t) for layer, layer_params in zip(layers, params, strict=True)]
        )

    def kernel(W, x, t):
        ys, vjps = zip(*[layer.kernel(W[share], x, t) for layer, share in zip(layers, shares)])

        def gather(g):
            g_W, g_x, g_t = zip(*[vjp(g) for vjp in vjps])
            return list(itertools.chain(*g_W)), reduce(operator.add, g_x), sum(g_t)

        return reduce(operator.add, ys), gather

    return _compound("parallel", layers, init, apply, kernel)


def _compound(name, layers, init, apply, kernel):
    if all(layer.kernel for layer in layers):
        return kernel_layer(name, init, kernel, sum(layer.n_leaves for layer in layers), layers)
    return Layer(name, init, apply, layers)


def _shares(layers):
    """Which slice of the list W belongs to each layer."""
    ends = list(itertools.accumulate(layer.n_leaves for layer in layers))
    return [slice(end - layer.n_leaves, end) for layer, end in zip(layers, ends)]


@primitive
def _run(x, t, *W, kernel, tape):
    y, vjp = kernel(W, x, t)
    tape.append(vjp)
    return y


def _run_vjps(argnums, y, arguments, options):
    vjp = options["tape"][0]

    def vjps(g):
        if isinstance(g, Box):
            raise TypeError(
                "the layers' vector-Jacobian products are plain NumPy, so their derivative cannot be taken once more; "
                "write the network with autograd.numpy for second derivatives"
            )
        g_W, g_x, g_t = vjp(g)
        gradients = (g_x, g_t, *g_W)
        return [gradients[argnum] for argnum in argnums]

    return vjps


defvjp_argnums(_run, _run_vjps)
