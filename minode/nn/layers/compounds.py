"""Layers made of layers, in series or side by side.

Kernels in series, or side by side, are again a kernel: a whole network costs autograd a single node.
"""

import itertools
import operator
from dataclasses import dataclass
from functools import partial, reduce

from minode.nn.layers.layer import Layer, kernel_layer, kernel_of
from minode.nn.layers.split_batch import sharded


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
    init = SerialInit(layers)
    if all(map(kernel_of, layers)):
        run = partial(_run_serial, tuple(kernel_of(layer).run for layer in layers))
        return _fused("serial", layers, init, run if shard is None else sharded(run, shard), _serial_formula)

    stages = []
    for fusible, run in itertools.groupby(range(len(layers)), lambda i: kernel_of(layers[i]) is not None):
        run = list(run)
        if fusible:
            stages.append((run, serial(*(layers[i] for i in run), shard=shard).apply))
        else:
            stages += [(i, layers[i].apply) for i in run]
    return Layer("serial", init, partial(_apply_stages, len(layers), stages), layers)


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
    init = ParallelInit(layers)
    if all(map(kernel_of, layers)):
        run = partial(_run_parallel, tuple(kernel_of(layer).run for layer in layers))
        return _fused("parallel", layers, init, run, _parallel_formula)
    return Layer("parallel", init, partial(_apply_parallel, tuple(layer.apply for layer in layers)), layers)


@dataclass(frozen=True)
class SerialInit:
    """`init` of layers in series: each sees the output shape of the one before."""

    layers: tuple

    def __call__(self, rng, input_shape):
        params = []
        for layer in self.layers:
            input_shape, layer_params = layer.init(rng, input_shape)
            params.append(layer_params)
        return input_shape, params


@dataclass(frozen=True)
class ParallelInit:
    """`init` of layers side by side: all see one input shape and have one output shape."""

    layers: tuple

    def __call__(self, rng, input_shape):
        shapes, params = zip(*(layer.init(rng, input_shape) for layer in self.layers))
        if any(tuple(shape) != tuple(shapes[0]) for shape in shapes):
            raise ValueError(f"parallel layers have output shapes {shapes}; expected the same from each")
        return shapes[0], list(params)


def _fused(name, layers, init, run, formula):
    kernels = tuple(map(kernel_of, layers))
    ends = itertools.accumulate(kernel.n_leaves for kernel in kernels)
    # Each kernel with its share of the leaves.
    parts = tuple((kernel, slice(end - kernel.n_leaves, end)) for kernel, end in zip(kernels, ends))
    n_leaves = sum(kernel.n_leaves for kernel in kernels)
    prepare, formula = partial(_prepare_parts, parts), partial(formula, parts)
    return kernel_layer(name, init, run, n_leaves, layers=layers, prepare=prepare, formula=formula)


def _prepare_parts(parts, W):
    return [kernel.prepare(W[share]) for kernel, share in parts]


def _run_serial(runs, W, x, t):
    vjps = []
    for run, share in zip(runs, W):
        x, vjp = run(share, x, t)
        vjps.append(vjp)

    def chain(g):
        g_W, g_t = [], 0.0
        for vjp in reversed(vjps):
            layer_g_W, g, layer_g_t = vjp(g)
            g_W[:0] = layer_g_W
            g_t = g_t + layer_g_t
        return g_W, g, g_t

    return x, chain


def _serial_formula(parts, W, x, t):
    for kernel, share in parts:
        x = kernel.formula(W[share], x, t)
    return x


def _run_parallel(runs, W, x, t):
    ys, vjps = zip(*[run(share, x, t) for run, share in zip(runs, W)])

    def gather(g):
        g_W, g_x, g_t = zip(*[vjp(g) for vjp in vjps])
        return list(itertools.chain(*g_W)), reduce(operator.add, g_x), sum(g_t)

    return reduce(operator.add, ys), gather


def _parallel_formula(parts, W, x, t):
    return reduce(operator.add, [kernel.formula(W[share], x, t) for kernel, share in parts])


def _apply_stages(n_layers, stages, params, x, t=0.0):
    if len(params) != n_layers:
        raise ValueError(f"params has {len(params)} entries; expected {n_layers}, one a layer")
    for where, apply in stages:
        x = apply([params[i] for i in where] if isinstance(where, list) else params[where], x, t)
    return x


def _apply_parallel(applies, params, x, t=0.0):
    if len(params) != len(applies):
        raise ValueError(f"params has {len(params)} entries; expected {len(applies)}, one a layer")
    return reduce(operator.add, [apply(layer_params, x, t) for apply, layer_params in zip(applies, params)])
