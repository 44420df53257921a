"""Time of every layer of the thesis' networks, forward and backward, beside PyTorch's.

    python -m tests.benchmarks.layers

The shapes are those of Tables 4.1 to 4.4 for a batch of 128 float32 images. Backward is the vector-Jacobian product for
all arguments, weights and input. Each library works in a process of its own with two threads, the rows in turn.
"""

import argparse
from contextlib import ExitStack, nullcontext
from functools import partial
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np

from tests.benchmarks.shared.steps import as_minode_train
from tests.benchmarks.shared.timing import Worker, finish, interleaved, load, print_table, ratio, serve, versions

# Name of a row: the layer's name, its arguments, the shape of the image that it gets.
ROWS = {
    "Conv 3x3/1, 28x28x1": ("Conv2D", (64, 3), (28, 28, 1)),
    "Conv 3x3/1, 28x28x3": ("Conv2D", (64, 3), (28, 28, 3)),
    "GroupNorm, 26x26x64": ("GroupNorm", (32,), (26, 26, 64)),
    "ReLU, 26x26x64": ("ReLU", (), (26, 26, 64)),
    "Conv 4x4/2 p1, 26x26x64": ("Conv2D", (64, 4, 2, 1), (26, 26, 64)),
    "Conv 4x4/2 p1, 13x13x64": ("Conv2D", (64, 4, 2, 1), (13, 13, 64)),
    "ConcatConv 3x3/1 p1, 6x6x64": ("ConcatConv2D", (64, 3, 1, 1), (6, 6, 64)),
    "GroupNorm, 6x6x64": ("GroupNorm", (32,), (6, 6, 64)),
    "ReLU, 6x6x64": ("ReLU", (), (6, 6, 64)),
    "Conv 3x3/1 p1 no bias, 7x7x64": ("Conv2D", (64, 3, 1, 1, False), (7, 7, 64)),
    "GlobalAvgPool, 6x6x64": ("GlobalAvgPool", (), (6, 6, 64)),
    "Dense 10, 64": ("Dense", (10,), (64,)),
}
LIBRARIES = ("minode", "torch")
RATIOS = ("vs_torch_forward", "vs_torch_backward", "vs_torch")
THREADS = 2
T = 0.5


def minode(name, arguments, x):
    """Return ``forward() -> backward``, the layer in shards as the networks run it."""
    from minode.base.trees import leaves
    from minode.nn import fields, layers, models

    in_the_block = x.shape[1:3] == (6, 6)
    shard = fields.BLOCK_SHARD if in_the_block else models.SHARD
    layer = layers.serial(getattr(layers, name)(*arguments), shard=shard)
    kernel = layers.kernel_of(layer)
    _, params = layer.init(np.random.default_rng(0), x.shape[1:])
    W = [leaf.astype(x.dtype) for leaf in leaves(params)]
    prepared = kernel.prepare(W)
    y, _ = kernel.run(prepared, x, T)
    g = np.ones_like(y)

    def forward():
        # A solver prepares the weights once for all its evaluations.
        _, vjp = kernel.run(prepared if in_the_block else kernel.prepare(W), x, T)
        return lambda: vjp(g)

    return forward


def torch(name, arguments, x):
    """Return ``forward() -> backward`` of PyTorch's layer."""
    import torch

    from tests.benchmarks.shared import torch_networks as networks

    channels = x.shape[-1]
    modules = {
        "Conv2D": lambda outputs, kernel, stride=1, padding=0, bias=True: torch.nn.Conv2d(
            channels, outputs, kernel, stride, padding, bias=bias
        ),
        "ConcatConv2D": lambda *arguments: networks.ConcatConv2d(channels, *arguments),
        "GroupNorm": lambda groups: torch.nn.GroupNorm(groups, channels),
        "ReLU": torch.nn.ReLU,
        "GlobalAvgPool": lambda: torch.nn.AdaptiveAvgPool2d(1),
        "Dense": lambda units: torch.nn.Linear(channels, units),
    }
    module, x = modules[name](*arguments), networks.to_nchw(x).requires_grad_()
    inputs = (torch.tensor(T), x) if name == "ConcatConv2D" else (x,)
    g = torch.ones_like(module(*inputs))

    def forward():
        y = module(*inputs)
        return lambda: torch.autograd.grad(y, (x, *module.parameters()), g)

    return forward


def worker(library, batch):
    """Return the function that answers {"row": name, "for_seconds": ...} with [forward, backward], median seconds."""
    rng = np.random.default_rng(0)

    def answer(request):
        name, arguments, shape = ROWS[request["row"]]
        forward = globals()[library](name, arguments, rng.standard_normal((batch, *shape), dtype=np.float32))
        forward()()
        seconds = []
        end = perf_counter() + request["for_seconds"]
        while not seconds or perf_counter() < end:
            start = perf_counter()
            backward = forward()
            middle = perf_counter()
            backward()
            seconds.append((middle - start, perf_counter() - middle))
        return [median(part) for part in zip(*seconds)]

    return answer


def measure(libraries, batch, rounds, turn):
    """Seconds in each round: (row, library) -> list of [forward, backward]."""
    with ExitStack() as stack:
        workers = {
            library: stack.enter_context(
                Worker("-m", __spec__.name, "--serve", library, "--batch", str(batch), threads=THREADS)
            )
            for library in libraries
        }
        runs = {
            (row, library): partial(workers[library].ask, {"row": row, "for_seconds": turn})
            for row in ROWS
            for library in libraries
        }
        return interleaved(runs, rounds)


def figures(row, seconds):
    """Medians in ms, [forward, backward], of both libraries and their ratios; None without PyTorch."""
    ours, peer = ([*zip(*seconds[row, library])] if (row, library) in seconds else None for library in LIBRARIES)

    def total(parts):
        return [forward + backward for forward, backward in zip(*parts)]

    return {
        "minode_ms": [1e3 * median(part) for part in ours],
        "torch_ms": peer and [1e3 * median(part) for part in peer],
        "vs_torch_forward": peer and ratio(ours[0], peer[0]),
        "vs_torch_backward": peer and ratio(ours[1], peer[1]),
        "vs_torch": peer and ratio(total(ours), total(peer)),
    }


def print_results(results):
    print_table(
        ("layer", "minode ms F", "B", "PyTorch ms F", "B", "ratio F", "B", "F + B"),
        [
            (
                row,
                *(f"{ms:.2f}" for ms in result["minode_ms"]),
                *(f"{ms:.2f}" for ms in result["torch_ms"] or ()),
                *(f"{result[name]:.2f}" for name in RATIOS if result[name]),
            )
            for row, result in results.items()
        ],
        texts=1,
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--turn", type=float, default=0.2, help="seconds of one layer in a turn")
    parser.add_argument("--serve", choices=LIBRARIES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        with as_minode_train() if options.serve == "minode" else nullcontext():
            serve(worker(options.serve, options.batch))
        return

    libraries = [library for library in LIBRARIES if find_spec(library)]
    busy = load()
    seconds = measure(libraries, options.batch, options.rounds, options.turn)
    results = {row: figures(row, seconds) for row in ROWS}
    print_results(results)
    if "torch" not in libraries:
        print("PyTorch is absent: not installed here")
    finish(
        {
            "rows": results,
            "batch": options.batch,
            "threads": THREADS,
            "rounds": options.rounds,
            "load_average": busy,
            "versions": versions("numpy", "torch"),
        }
    )


if __name__ == "__main__":
    main()
