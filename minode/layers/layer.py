"""What a layer is: two functions, and kernels that carry their own vector-Jacobian product.

A *kernel* is plain NumPy, ``kernel(W, x, t) -> (y, vjp)`` with ``vjp(g) -> (g_W, g_x, g_t)``, where W lists the
leaves of the layer's parameters and g_W their gradients. One autograd primitive runs any kernel, and kernels in series
are again a kernel: a whole network costs autograd a single node. What a kernel would do to the same W at every call,
`prepare` does once beforehand: a solver evaluates a vector field many times with the same weights.
"""

import itertools
import operator
from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from autograd.extend import Box, defvjp_argnums, primitive

from minode.layers.shards import sharded
from minode.trees import leaves


def as_it_is(W):
    """Prepare nothing."""
    return W


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
    prepare : callable
        ``prepare(W)`` is what `kernel` takes for W.
    n_leaves : int
        Number of parameter arrays that `prepare` takes.
    detail : str
        Kernel size and stride, as ``3x3/1``, for summaries.
    """

    name: str
    init: Callable
    apply: Callable
    layers: tuple = ()
    kernel: Callable | None = None
    prepare: Callable = as_it_is
    n_leaves: int = 0
    detail: str = ""


def kernel_layer(name, init, kernel, n_leaves=0, *, layers=(), prepare=as_it_is, detail=""):
    """Make a layer of a kernel; its `apply` is one autograd primitive."""

    def apply(params, x, t=0.0):
        return _run(x, t, *leaves(params), kernel=kernel, prepare=prepare, tape=[])

    return Layer(name, init, apply, layers, kernel, prepare, n_leaves, detail)


def serial(*layers, shard=None):
    """Chain layers, each working on the output of the one before.

    Parameters
    ----------
    *layers : Layer
    shard : int, optional
        Images of a batch that are worked on at a time, one thread each; all at once, in one thread, by default.

    Returns
    -------
    Layer
        Its parameters are the list of theirs. Neighbours that have kernels make one autograd primitive together.
    """

    def init(rng, input_shape):
        params = []
        for layer in layers:
            input_shape, layer_params = layer.init(rng, input_shape)
            params.append(layer_params)
        return input_shape, params

    def kernel(W, x, t):
        vjps = []
        for layer, layer_W in zip(layers, W):
            x, vjp = layer.kernel(layer_W, x, t)
            vjps.append(vjp)

        def chain(g):
            g_W, g_t = [], 0.0
            for vjp in reversed(vjps):
                layer_g_W, g, layer_g_t = vjp(g)
                g_W[:0] = layer_g_W
                g_t = g_t + layer_g_t
            return g_W, g, g_t

        return x, chain

    if _all_have_kernels(layers):
        return _fused("serial", layers, init, kernel if shard is None else sharded(kernel, shard))

    stages = []
    for fusible, run in itertools.groupby(range(len(layers)), lambda i: layers[i].kernel is not None):
        run = list(run)
        stages += [(run, serial(*(layers[i] for i in run), shard=shard))] if fusible else [(i, layers[i]) for i in run]

    def apply(params, x, t=0.0):
        if len(params) != len(layers):
            raise ValueError(f"params has {len(params)} entries; expected {len(layers)}, one a layer")
        for where, stage in stages:
            x = stage.apply([params[i] for i in where] if isinstance(where, list) else params[where], x, t)
        return x

    return Layer("serial", init, apply, layers)


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
        ys, vjps = zip(*[layer.kernel(layer_W, x, t) for layer, layer_W in zip(layers, W)])

        def gather(g):
            g_W, g_x, g_t = zip(*[vjp(g) for vjp in vjps])
            return list(itertools.chain(*g_W)), reduce(operator.add, g_x), sum(g_t)

        return reduce(operator.add, ys), gather

    if _all_have_kernels(layers):
        return _fused("parallel", layers, init, kernel)
    return Layer("parallel", init, apply, layers)


def _all_have_kernels(layers):
    return all(layer.kernel for layer in layers)


def _fused(name, layers, init, kernel):
    ends = list(itertools.accumulate(layer.n_leaves for layer in layers))

    def prepare(W):
        return [layer.prepare(W[end - layer.n_leaves : end]) for layer, end in zip(layers, ends)]

    return kernel_layer(name, init, kernel, sum(layer.n_leaves for layer in layers), layers=layers, prepare=prepare)


@primitive
def _run(x, t, *W, kernel, prepare, tape):
    y, vjp = kernel(prepare(W), x, t)
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
