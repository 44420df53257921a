"""Peak memory of one training step of the NODE against the evaluations it takes, beside the RK-Net of Table 3.1.

    python -m tests.benchmarks.training_memory

The gradient of a batch of 128 float32 images of 28x28x3, at tolerances from 1e-2 to 1e-5: by the adjoint, from
checkpoints, and by backpropagation through RK4 with as many steps as give it the forward evaluations of the adjoint's
solver. The convolutions before the block take the same memory in all of them. How memory is measured: `memory.py`.
"""

import argparse
import json

from autograd import grad

from minode.nn import models
from minode.nn.losses import cross_entropy
from tests.benchmarks import memory
from tests.benchmarks.shared import steps
from tests.benchmarks.shared.timing import finish

TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5)
ADAPTIVE = "dopri5-np"
WAYS = {
    "NODE, adjoint": {"method": ADAPTIVE},
    "NODE, checkpointed": {"method": ADAPTIVE, "gradient": "checkpointed"},
    "RK-Net, backprop": {"method": "rk4", "gradient": "backprop"},
}


def problem(batch):
    """Return ``gradient(**options of the ODE block)`` in the weights."""
    x, labels, params = steps.problem(batch)

    def gradient(**options):
        network = models.node(**options)
        return grad(lambda params: cross_entropy(network.apply(params, x), labels))(params)

    return gradient


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--tolerances", nargs="+", type=float, default=TOLERANCES, help="two at least, loosest first")
    parser.add_argument("--resident", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.resident:
        sizes, solver_options = options.resident
        with steps.as_minode_train():
            print(json.dumps(memory.peak_resident(problem(**sizes), solver_options)))
        return

    sizes = {"batch": options.batch}
    resident = memory.in_new_process("tests.benchmarks.training_memory", sizes)
    results = memory.measure(problem(**sizes), resident, WAYS, ADAPTIVE, options.tolerances)
    state = 4 * options.batch * 6 * 6 * 64
    print(f"State of {options.batch} x 6x6x64 float32, {state / memory.MIB:.2f} MiB. Evaluations / peak MiB:")
    finish(memory.report(results, options.tolerances, state))


if __name__ == "__main__":
    main()
