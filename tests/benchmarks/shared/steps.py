"""One training step of the NODE of Table 4.1, whole and in parts, as minode and as torchdiffeq make it.

Run as ``python -m tests.benchmarks.shared.steps LIBRARY BATCH [RUN]`` this is the worker of one library. The learning
rate is zero, so that every step starts from the same weights and costs as much as any other.
"""

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import NamedTuple

import numpy as np

from minode.base.blas import blas_in_one_thread
from minode.base.malloc import keep_freed_memory
from minode.base.trees import leaves, tree_map
from minode.nn import models
from minode.training.evaluation import load_best
from minode.training.setup.batches import load_data
from tests.benchmarks.shared import products
from tests.benchmarks.shared.spiral import flat
from tests.benchmarks.shared.times_of_steps import seconds_of
from tests.benchmarks.shared.timing import serve

# Where the ODE block stands in the network, and a depth inside it.
BLOCK, T = 7, 0.5
MOMENTUM, THREADS = 0.9, 2


class Step(NamedTuple):
    """What a library can be asked for; all functions are without arguments.

    Attributes
    ----------
    whole : callable
        Forward, backward and update; returns the gradients in the order and the layouts of minode's leaves.
    solve : callable
        The ODE block alone, forward; returns a function that makes its backward solve.
    f, f_aug : callable
        One evaluation.
    count : callable
        Returns (NFE-F, NFE-B) of a step.
    """

    whole: Callable
    solve: Callable
    f: Callable
    f_aug: Callable
    count: Callable


def as_minode_train():
    """Work as `minode train` does inside a ``with`` block; memory stays with the process after it, too."""
    keep_freed_memory()
    return blas_in_one_thread()


def problem(batch, run=None, seed=0):
    """Images and labels and the weights of the NODE, all float32: drawn as for training, or those of a run."""
    if run is not None:
        best = load_best(run)
        split = load_data(vars(best.config)).train
        return split.x[:batch], split.y[:batch], best.params
    rng = np.random.default_rng(seed)
    x, labels = rng.random((batch, 28, 28, 3), dtype=np.float32), rng.integers(10, size=batch)
    _, params = models.build("node", channels=3).init(rng, x.shape[1:])
    return x, labels, tree_map(lambda W: W.astype(np.float32), params)


def minode(x, labels, params, tol, **options):
    """A step by `odeint` with these options."""
    from autograd import make_vjp, value_and_grad

    from minode import augmented_dynamics, count_nfe
    from minode.nn.blocks import vector_field
    from minode.nn.layers import serial
    from minode.nn.losses import cross_entropy
    from minode.nn.optim import SGD
    from minode.ode.field.evaluations import evaluator
    from minode.ode.gradients.adjoint import pack

    network = models.node(rtol=tol, atol=tol, **options)
    block = network.layers[BLOCK]
    before = serial(*network.layers[:BLOCK], shard=models.SHARD)
    after = serial(*network.layers[BLOCK + 1 :], shard=models.SHARD)
    loss_and_gradient = value_and_grad(lambda params: cross_entropy(network.apply(params, x), labels))
    optimizer = SGD(MOMENTUM)
    velocity = optimizer.init(params)

    def whole():
        nonlocal velocity
        _, gradients = loss_and_gradient(params)
        _, velocity = optimizer.update(params, gradients, velocity, 0.0)
        return leaves(gradients)

    z, W = before.apply(params[:BLOCK], x), params[BLOCK]
    pull, _ = make_vjp(lambda z: cross_entropy(after.apply(params[BLOCK + 1 :], z), labels))(block.apply(W, z))
    a = pull(1.0)

    def solve():
        backward, _ = make_vjp(lambda inputs: block.apply(*inputs))((W, z))
        return lambda: backward(a)

    field = vector_field(*block.layers)
    f, f_aug = evaluator(field, W), augmented_dynamics(field, z, W)
    s = pack(z, a, *map(np.zeros_like, leaves(W)))

    def count():
        with count_nfe() as nfe:
            solve()()
        return nfe.forward, nfe.backward

    return Step(whole, solve, lambda: f(T, z), lambda: f_aug(T, s), count)


def torchdiffeq(x, labels, params, tol, **options):
    """A step by `torchdiffeq.odeint_adjoint` with these options."""
    import torch

    from tests.benchmarks.shared import torch_networks as networks

    model = networks.load(networks.node(x.shape[-1], tol=tol, **options), params)
    before, block, after = model[:BLOCK], model[BLOCK], model[BLOCK + 1 :]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=MOMENTUM)
    x, labels = networks.to_nchw(x), torch.from_numpy(labels)

    def whole():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), labels).backward()
        optimizer.step()
        return networks.in_our_layout(parameter.grad for parameter in model.parameters())

    z = before(x).detach().requires_grad_()
    t = torch.tensor(T, dtype=z.dtype)
    end, field = block(z).detach().requires_grad_(), block.odefunc
    (a,) = torch.autograd.grad(torch.nn.functional.cross_entropy(after(end), labels), end)

    def solve():
        end = block(z)
        return lambda: torch.autograd.grad(end, (z, *field.parameters()), a)

    @torch.no_grad()
    def f():
        field(t, z)

    def f_aug():
        dz = field(t, z)
        products = torch.autograd.grad(dz, (z, *field.parameters()), -a)
        return torch.cat([part.detach().ravel() for part in (dz, *products)])

    def count():
        start = field.nfe
        backward = solve()
        middle = field.nfe
        backward()
        return middle - start, field.nfe - middle

    return Step(whole, solve, f, f_aug, count)


BUILDERS = {"minode": minode, "torchdiffeq": torchdiffeq}


def worker(library, batch, run=None):
    """Return the function that answers {"options": of the builder, "tol", "dtype", "want": key of `answers`}."""
    x, labels, params = problem(batch, run)
    answers = {
        "gradient": lambda step: flat(step.whole()).tolist(),
        "count": lambda step: step.count(),
        "products": lambda step: products.alone(step.whole, THREADS),
        "seconds": seconds_of,
    }

    @cache
    def build(options, tol, dtype):
        images, weights = tree_map(lambda array: array.astype(dtype), (x, params))
        return BUILDERS[library](images, labels, weights, tol, **json.loads(options))

    def answer(request):
        return answers[request["want"]](build(json.dumps(request["options"]), request["tol"], request["dtype"]))

    return answer


if __name__ == "__main__":
    library, batch, *run = sys.argv[1:]
    with as_minode_train() if library == "minode" else nullcontext():
        serve(worker(library, int(batch), *run))
