"""Value and gradient of the spiral's loss, as the users of each library write it.

Run as ``python -m tests.benchmarks.shared.peers LIBRARY '{"batch": 20, ...}'`` this is the worker of one library, and
imports nothing that its library does not need. Each builder takes the problem and options of its own and returns two
functions: ``gradient() -> (loss, flat gradient)`` and ``count() -> (NFE-F, NFE-B)``.
"""

import json
import sys
from statistics import median
from time import perf_counter, process_time

from tests.benchmarks.shared.ours import minode
from tests.benchmarks.shared.spiral import A, flat, spiral
from tests.benchmarks.shared.timing import serve


def autograd(problem):
    """`autograd.scipy.integrate.odeint`: LSODA forward and backward, states flattened by the user."""
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.builtins import tuple
    from autograd.scipy.integrate import odeint

    z0, t, target, weights, rtol, atol = problem
    evaluations = Evaluations()

    def f(z, t, W1, b1, W2, b2):
        evaluations.add()
        z = z.reshape(z0.shape)
        return anp.ravel(anp.dot(anp.tanh(anp.dot(z**3, W1) + b1), W2) + b2 + anp.dot(z, A))

    def loss(weights):
        z = odeint(f, z0.ravel(), t, tuple(weights), rtol=rtol, atol=atol)
        return anp.mean((z.reshape(target.shape) - target) ** 2)

    loss_and_gradient = value_and_grad(loss)

    def gradient():
        value, gradients = loss_and_gradient(weights)
        return value, flat(gradients)

    return gradient, lambda: evaluations.split(lambda: loss(weights), gradient)


def torchdiffeq(problem, **options):
    """`torchdiffeq.odeint_adjoint` in float64 on one thread."""
    import torch
    from torchdiffeq import odeint_adjoint

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    z0, t, target, A_ = (torch.from_numpy(array) for array in (problem.z0, problem.t, problem.target, A))
    W1, b1, W2, b2 = (torch.from_numpy(array) for array in problem.weights)
    evaluations = Evaluations()

    class Field(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(2, len(b1)), torch.nn.Tanh(), torch.nn.Linear(len(b1), 2))

        def forward(self, t, z):
            evaluations.add()
            return self.net(z**3) + z @ A_

    field = Field()
    first, _, second = field.net
    with torch.no_grad():
        for parameter, value in zip(field.parameters(), (W1.T, b1, W2.T, b2)):
            parameter.copy_(value)

    def loss():
        z = odeint_adjoint(field, z0, t, rtol=problem.rtol, atol=problem.atol, **options)
        return torch.mean((z - target) ** 2)

    def gradient():
        field.zero_grad()
        value = loss()
        value.backward()
        return value.item(), flat([first.weight.grad.T, first.bias.grad, second.weight.grad.T, second.bias.grad])

    return gradient, lambda: evaluations.split(loss, gradient)


def diffrax(problem, solver="Tsit5", adjoint="BacksolveAdjoint"):
    """`diffrax.diffeqsolve` in float64, value and gradient jitted together."""
    import diffrax as dfx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    z0, t, target, A_ = (jnp.asarray(array) for array in (problem.z0, problem.t, problem.target, A))
    weights = tuple(jnp.asarray(weight) for weight in problem.weights)

    def solve(weights):
        def f(t, z, weights):
            W1, b1, W2, b2 = weights
            return jnp.tanh(z**3 @ W1 + b1) @ W2 + b2 + z @ A_

        return dfx.diffeqsolve(
            dfx.ODETerm(f),
            getattr(dfx, solver)(),
            t[0],
            t[-1],
            None,
            z0,
            weights,
            saveat=dfx.SaveAt(ts=t),
            stepsize_controller=dfx.PIDController(rtol=problem.rtol, atol=problem.atol),
            adjoint=getattr(dfx, adjoint)(),
        )

    loss_and_gradient = jax.jit(jax.value_and_grad(lambda weights: jnp.mean((solve(weights).ys - target) ** 2)))

    def gradient():
        value, gradients = loss_and_gradient(weights)
        return float(value), flat(gradients)

    # Compiled code cannot be counted from outside; diffrax itself tells its forward steps, of six evaluations each.
    return gradient, lambda: (1 + 6 * int(solve(weights).stats["num_steps"]), None)


class Evaluations:
    """Counts calls of a field that does not know whether it is called forward or backward."""

    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1

    def split(self, loss, gradient):
        """Evaluations by `loss` alone, and those that `gradient` adds to them."""
        start = self.count
        loss()
        forward = self.count - start
        gradient()
        return forward, self.count - start - 2 * forward


BUILDERS = {"minode": minode, "autograd": autograd, "torchdiffeq": torchdiffeq, "diffrax": diffrax}


def worker(library, sizes):
    """Return the function that answers the requests of one library.

    A request is {"row": options of the builder, "want": "gradient" or "count", "for_seconds": repeat gradients so
    long}; the seconds in its answer, wall and CPU time, are the medians of the repetitions.
    """
    problem = spiral(**sizes)
    built = {}

    def answer(request):
        options = request["row"]
        key = json.dumps(options)
        if key not in built:
            built[key] = BUILDERS[library](problem, **options)
        gradient, count = built[key]
        if request["want"] == "count":
            return count()
        seconds, cpu = [], []
        while not seconds or sum(seconds) < request.get("for_seconds", 0):
            start, cpu_start = perf_counter(), process_time()
            loss, g = gradient()
            seconds.append(perf_counter() - start)
            cpu.append(process_time() - cpu_start)
        return {"seconds": median(seconds), "cpu": median(cpu), "loss": float(loss), "gradient": g.tolist()}

    return answer


if __name__ == "__main__":
    serve(worker(sys.argv[1], json.loads(sys.argv[2])))
