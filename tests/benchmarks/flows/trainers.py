"""One training of a flow on two moons in two libraries: a process each, which answers requests of `two_moons`.

    python -m tests.benchmarks.flows.trainers {minode,torchdiffeq} SIZES

The network, its initial weights, the points and batches, the tolerances and Adam are the same; everything else is each
library's own. That of PyTorch is written as in torchdiffeq's example of a flow, with the exact trace.
"""

import json
import sys
import warnings
from time import process_time

import numpy as np

from minode.base.trees import leaves
from minode.data.densities import two_moons
from minode.experiments.beyond.cnf.flow import BATCH, FIELD, NETWORK, SOLVER
from tests.benchmarks.shared.timing import serve

RATE, POINTS, FINE = 5e-3, 2000, 1e-5


def minode(params, held_out):
    """Return ``update(x)`` and ``nll()``, the negative log-likelihood of the points held out."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    from minode import ReconstructionWarning
    from minode.nn.flows import log_density
    from minode.nn.optim import Adam

    # At this tolerance a batch now and then comes back to a few per cent only, as in the experiment.
    warnings.simplefilter("ignore", ReconstructionWarning)
    optimizer = Adam()
    now = [params, optimizer.init(params)]

    def update(x):
        _, gradients = value_and_grad(lambda params: -anp.mean(log_density(FIELD, x, params, **SOLVER)))(now[0])
        now[:] = optimizer.update(now[0], gradients, now[1], RATE)

    return update, lambda: -float(log_density(FIELD, held_out, now[0], method="dopri5", rtol=FINE, atol=FINE).mean())


def torchdiffeq(params, held_out):
    """The same in PyTorch."""
    import torch
    from torchdiffeq import odeint, odeint_adjoint

    torch.set_num_threads(1)

    class DensityField(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.W = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(leaf)) for leaf in leaves(params)])

        def forward(self, t, state):
            with torch.enable_grad():
                z = state[0].requires_grad_(True)
                dz = z
                for i in range(0, len(self.W), 2):
                    dz = t * self.W[i][0] + dz @ self.W[i][1:] + self.W[i + 1]
                    dz = torch.tanh(dz) if i + 2 < len(self.W) else dz
                trace = sum(torch.autograd.grad(dz[:, i].sum(), z, create_graph=True)[0][:, i] for i in range(2))
            return dz, -trace

    field = DensityField()
    optimizer = torch.optim.Adam(field.parameters(), lr=RATE)
    depths = torch.tensor([1.0, 0.0], dtype=torch.float64)

    def loss(x, solve, tolerance):
        x = torch.tensor(x)
        z, change = solve(
            field, (x, torch.zeros(len(x), dtype=x.dtype)), depths, method="dopri5", rtol=tolerance, atol=tolerance
        )
        log_base = -0.5 * (z[-1] ** 2).sum(dim=1) - np.log(2 * np.pi)
        return -(log_base - change[-1]).mean()

    def update(x):
        optimizer.zero_grad()
        loss(x, odeint_adjoint, SOLVER["rtol"]).backward()
        optimizer.step()

    def nll():
        with torch.no_grad():
            return float(loss(held_out, odeint, FINE))

    return update, nll


def main(library, sizes):
    """Train as far as the requests say."""
    rng = np.random.default_rng(sizes["seed"])
    points, held_out = (two_moons().draw(rng, n) for n in (POINTS, sizes["held_out"]))
    _, params = NETWORK.init(rng, (2,))
    update, nll = {"minode": minode, "torchdiffeq": torchdiffeq}[library](params, held_out)

    def answer(request):
        begin = process_time()
        for _ in range(request["steps"]):
            update(points[rng.integers(len(points), size=BATCH)])
        return {"cpu": process_time() - begin, "nll": nll()}

    serve(answer)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
