"""NFE-F and NFE-B as the reference script counts them: torchdiffeq's `odenet_mnist.py` with ``--adjoint True``.

    python -m tests.benchmarks.reference.nfe [--updates N] [--seed N]

An epoch of the script, cut to N updates: its network, dopri5 at rtol = atol = 1e-3, batches of 128 digits cropped at
random behind 4 pixels of padding, SGD with momentum at a learning rate of 0.1. Its counter is read and set to zero
behind the forward and behind the backward pass. Once an epoch the script also lets the evaluations of its accuracy slip
into NFE-F, which `minode.experiments.common.reference_log` describes: they are left out. Counted is what the installed
release does. For an early one: ``pip install --no-deps --target FOLDER torchdiffeq==0.0.1``, and FOLDER in PYTHONPATH.
"""

import argparse
import sys
from importlib.util import find_spec
from statistics import mean, median
from time import process_time

import numpy as np

from minode.base.progress import bar
from minode.data import mnist
from tests.benchmarks.shared.timing import finish, load, print_table, versions

PADDING, BATCH, LEARNING_RATE, MOMENTUM, TOLERANCE = 4, 128, 0.1, 0.9, 1e-3
# Where the ODE block stands in the network.
BLOCK, PARTS = 7, 4


def batches(split, seed):
    """Yield cropped images (batch, channel, height, width) and labels, in float32 and without end, as tensors."""
    import torch

    rng = np.random.default_rng(seed)
    x = np.pad(split.x[..., 0], ((0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    size = split.x.shape[1]
    while True:
        order = rng.permutation(len(x))
        for start in range(0, len(x) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            corners = rng.integers(0, 2 * PADDING + 1, (BATCH, 2))
            crops = [x[i, top : top + size, left : left + size] for i, (top, left) in zip(chosen, corners)]
            yield torch.from_numpy(np.stack(crops)[:, None]), torch.from_numpy(split.y[chosen])


def count(split, updates, seed):
    """Train and count.

    Returns
    -------
    dict
        "nfe_forward", "nfe_backward", "loss" and "cpu_seconds", a number an update.
    """
    import torch

    from tests.benchmarks.shared import torch_networks

    torch.manual_seed(seed)
    model = torch_networks.node(tol=TOLERANCE)
    field = model[BLOCK].odefunc
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    found = {name: [] for name in ("nfe_forward", "nfe_backward", "loss", "cpu_seconds")}
    with bar(zip(range(updates), batches(split, seed)), desc="reference", total=updates, leave=False) as drawn:
        for _, (x, labels) in drawn:
            start = process_time()
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x), labels)
            found["nfe_forward"].append(field.nfe)
            field.nfe = 0
            loss.backward()
            optimizer.step()
            found["nfe_backward"].append(field.nfe)
            field.nfe = 0
            found["loss"].append(float(loss.detach()))
            found["cpu_seconds"].append(process_time() - start)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if not find_spec("torchdiffeq"):
        sys.exit("torchdiffeq is absent: it is what is counted here")
    busy = load()
    found = count(mnist.load().train, options.updates, options.seed)
    parts = [part for part in np.array_split(np.arange(options.updates), PARTS) if len(part)]
    rows = []
    for part in parts:
        forward, backward, loss = (mean(found[key][i] for i in part) for key in ("nfe_forward", "nfe_backward", "loss"))
        cells = f"{forward:.1f}", f"{backward:.1f}", f"{backward / forward:.2f}", f"{loss:.2f}"
        rows.append((f"{part[0] + 1} to {part[-1] + 1}", *cells))
    print_table(("updates", "NFE-F", "NFE-B", "ratio", "loss"), rows, texts=1)
    last = parts[-1]
    ratios = [found["nfe_backward"][i] / found["nfe_forward"][i] for i in last]
    finish(
        {
            "nfe_backward_over_nfe_forward": mean(ratios),
            "smallest_ratio": min(b / f for f, b in zip(found["nfe_forward"], found["nfe_backward"])),
            "median_cpu_seconds": median(found["cpu_seconds"]),
            "updates": options.updates,
            "seed": options.seed,
            "load_average": busy,
            "versions": versions("torch", "torchdiffeq"),
        }
    )


if __name__ == "__main__":
    main()
