"""Layers made of layers, in series or side by side.

Kernels in series or side by side make one kernel together, so autograd records a whole network as a single node.
"""

import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from minode.base.types import Params, Shape
from minode.nn.layers.kernel import Kernel
from minode.nn.layers.layer import Layer, kernel_layer, kernel_of


def serial(*layers: Layer, shard: int | None = None) -> Layer:
    """Chain layers, so that each works on the output of the one before.

    Parameters
    ----------
    *layers : Layer
    shard : int, optional
        Number of images that one thread works on at a time. By default one thread works on the whole batch.

    Returns
    -------
    Layer
        Its parameters are the list of the layers' parameters. Neighbouring layers that are kernels become one autograd
        primitive.
    """
    init, kernels = SerialInit(layers), _kernels(layers)
    if kernels is not None:
        return _fused("serial", layers, kernels, init, _run_serial, _serial_formula, shard)

    stages: list[tuple[int | list[int], Callable]] = []
    for fusible, neighbours in itertools.groupby(range(len(layers)), lambda i: kernel_of(layers[i]) is not None):
        places = list(neighbours)
        if fusible:
            stages.append((places, serial(*(layers[i] for i in places), shard=shard).apply))
        else:
            stages += [(i, layers[i].apply) for i in places]
    return Layer("serial", init, partial(_apply_stages, len(layers), stages), layers)


def parallel(*layers: Layer) -> Layer:
    """Add up layers that work side by side on the same input, such as a shortcut and a path.

    Parameters
    ----------
    *layers : Layer
        Their outputs have the same shape.

    Returns
    -------
    Layer
        Its parameters are the list of the layers' parameters. It is one autograd primitive if all layers are kernels.
    """
    init, kernels = ParallelInit(layers), _kernels(layers)
    if kernels is not None:
        return _fused("parallel", layers, kernels, init, _run_parallel, _parallel_formula)
    return Layer("parallel", init, partial(_apply_parallel, tuple(layer.apply for layer in layers)), layers)


@dataclass(frozen=True)
class SerialInit:
    """`init` of layers in series: each receives the output shape of the one before."""

    layers: tuple

    def __call__(self, rng: np.random.Generator, input_shape: Shape) -> tuple[Shape, Params]:
        params = []
        for layer in self.layers:
            input_shape, layer_params = layer.init(rng, input_shape)
            params.append(layer_params)
        return input_shape, params


@dataclass(frozen=True)
class ParallelInit:
    """`init` of layers side by side: all receive the same input shape and must have the same output shape."""

    layers: tuple

    def __call__(self, rng: np.random.Generator, input_shape: Shape) -> tuple[Shape, Params]:
        shapes, params = zip(*(layer.init(rng, input_shape) for layer in self.layers))
        if any(tuple(shape) != tuple(shapes[0]) for shape in shapes):
            raise ValueError(f"parallel layers have output shapes {shapes}; expected the same from each")
        return shapes[0], list(params)


def _kernels(layers: tuple[Layer, ...]) -> list[Kernel] | None:
    """The kernels of layers; None unless every one of them is a kernel."""
    kernels = [kernel for kernel in map(kernel_of, layers) if kernel is not None]
    return kernels if len(kernels) == len(layers) else None


def _fused(name, layers, kernels, init, run, formula, shard=None):
    ends = itertools.accumulate(kernel.n_leaves for kernel in kernels)
    # Each kernel takes its own slice of the list of all leaves.
    parts = tuple((kernel, slice(end - kernel.n_leaves, end)) for kernel, end in zip(kernels, ends))
    n_leaves = sum(kernel.n_leaves for kernel in kernels)
    prepare, formula = partial(_prepare_parts, parts), partial(formula, parts)
    pushes = tuple(kernel.pushforward for kernel in kernels)
    pushforward = None if None in pushes else partial(run, pushes)
    run = partial(run, tuple(kernel.run for kernel in kernels))
    return kernel_layer(
        name, init, run, n_leaves, layers=layers, prepare=prepare, formula=formula, shard=shard, pushforward=pushforward
    )


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
