"""A flow trained on two moons, beside the same training in PyTorch with torchdiffeq: likelihood and time.

    python -m tests.benchmarks.flows.two_moons

The libraries train in turn, a part of the steps in each round, each in a process of its own with one thread; the ratio
is that of CPU time. After each round both say how likely points are that nobody trained on. The first round also pays
for what is done once, and is left out of the ratio.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from statistics import median

from tests.benchmarks.shared.timing import Worker, finish, interleaved, load, print_table, ratio, versions

OURS, PEER = "minode", "torchdiffeq"
# Nats a point by which the likelihoods may differ after as many updates.
NEAR = 0.1


def check(nlls):
    """Refuse to compare the times of trainings that did not learn the same."""
    apart = abs(nlls[OURS][-1] - nlls[PEER][-1])
    if not apart < NEAR:
        sys.exit(f"no ratio is given: after the last round the likelihoods are {apart:.3f} nats apart")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="at least two")
    parser.add_argument("--steps", type=int, default=60, help="in each round")
    parser.add_argument("--held-out", type=int, default=2000, help="points to judge by")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", nargs="*", default=[PEER], choices=[PEER])
    options = parser.parse_args(arguments)
    load()
    peers = [peer for peer in options.peers if find_spec(peer)]
    for peer in sorted({PEER} - set(peers)):
        print(f"{peer} is absent, or not asked for")
    sizes = json.dumps({"seed": options.seed, "held_out": options.held_out})
    with ExitStack() as stack:
        workers = {
            library: stack.enter_context(Worker("-m", "tests.benchmarks.flows.trainers", library, sizes))
            for library in [OURS, *peers]
        }
        turns = {library: partial(worker.ask, {"steps": options.steps}) for library, worker in workers.items()}
        answers = interleaved(turns, options.rounds)
    nlls = {library: [answer["nll"] for answer in found] for library, found in answers.items()}
    seconds = {library: [answer["cpu"] for answer in found[1:]] for library, found in answers.items()}
    rows = [
        (library, f"{1e3 * median(seconds[library]) / options.steps:.1f}", " ".join(f"{nll:.3f}" for nll in found))
        for library, found in nlls.items()
    ]
    print_table(("library", "CPU ms a step", "negative log-likelihood after each round"), rows, texts=1)
    compared = dict.fromkeys(("vs_torchdiffeq", "nats_apart"))
    if peers:
        check(nlls)
        compared["vs_torchdiffeq"] = ratio(seconds[OURS], seconds[PEER])
        compared["nats_apart"] = abs(nlls[OURS][-1] - nlls[PEER][-1])
        print(f"minode takes {compared['vs_torchdiffeq']:.2f} of torchdiffeq's CPU time")
    finish({"nll": nlls, "cpu_seconds": seconds, "steps": options.steps, **compared} | versions("torch", "torchdiffeq"))


if __name__ == "__main__":
    main()
