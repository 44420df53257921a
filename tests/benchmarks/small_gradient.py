"""Time of one small gradient, where the cost of a call decides, beside the other Neural ODE libraries.

    python -m tests.benchmarks.small_gradient

Value and gradient (in all weights) of the loss of `spiral.py`, each library in a process of its own with one thread,
one after the other in every round. Ratios are those of CPU time, which others at work disturb less. Then the time from
a cold interpreter to the first gradient.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np

from tests.benchmarks.shared.rows import FIRST_GRADIENT, RATIOS, ROWS
from tests.benchmarks.shared.timing import Worker, finish, interleaved, print_table, ratio, versions

LEGEND = """f is written with
  one layer       minode: the whole field a layer, its network made of layers, the VJP of the linear term by hand
  layers          minode: the network made of layers, the cube and the linear term around it in autograd.numpy
  autograd.numpy  the same lines for minode and for autograd
"""
PEERS = ("autograd", "torchdiffeq", "diffrax")
# Farther from the reference than this, absolute and relative, a time is that of a wrong answer.
LOSS_ERROR, GRADIENT_ERROR = 1e-6, 1e-4


def start(library, **sizes):
    return Worker("-m", "tests.benchmarks.shared.peers", library, json.dumps(sizes))


def reference_answer(sizes):
    """Loss and gradient by autograd's odeint at 1e-10: not minode's, and not one of the timed ones."""
    with start("autograd", **sizes, rtol=1e-10, atol=1e-10) as worker:
        return worker.ask({"row": {}, "want": "gradient"})


def measure_warm(rows, sizes, rounds, turn, reference):
    """Time the rows in turn in processes that stay alive.

    Returns
    -------
    dict
        row -> its seconds in each round, of wall and of CPU time, its first call's, evaluations and errors.
    """
    with ExitStack() as stack:
        workers = {library: stack.enter_context(start(library, **sizes)) for library in {row.library for row in rows}}

        def ask(row, want, **how):
            return workers[row.library].ask({"row": row.options, "want": want, **how})

        def take_turn(row):
            # Long enough to win back the caches that the process before it used.
            answer = ask(row, "gradient", for_seconds=turn)
            return answer["seconds"], answer["cpu"]

        first = [ask(row, "gradient") for row in rows]
        evaluations = [ask(row, "count") for row in rows]
        turns = interleaved({str(row): partial(take_turn, row) for row in rows}, rounds)
    return {
        str(row): {
            "seconds": [wall for wall, _ in turns[str(row)]],
            "cpu_seconds": [cpu for _, cpu in turns[str(row)]],
            "first_call_s": answer["seconds"],
            "nfe": nfe,
            "loss_error": abs(answer["loss"] - reference["loss"]),
            "gradient_error": distance(answer["gradient"], reference["gradient"]),
        }
        for row, answer, nfe in zip(rows, first, evaluations)
    }


def measure_cold(rows, sizes, rounds):
    """Seconds from a new interpreter to its first gradient, rows in turn: library -> list."""

    def first_gradient(row):
        begin = perf_counter()
        with start(row.library, **sizes) as worker:
            worker.ask({"row": row.options, "want": "gradient"})
            return perf_counter() - begin

    return interleaved({row.library: partial(first_gradient, row) for row in rows}, rounds)


def distance(value, reference):
    """Relative distance in the 2-norm."""
    return float(np.linalg.norm(np.subtract(value, reference)) / np.linalg.norm(reference))


def print_results(rows, results):
    fastest = min(median(result["cpu_seconds"]) for result in results.values())
    header = (
        "library",
        "method",
        "f written with",
        "ms",
        "CPU ms",
        "x fastest",
        "first call ms",
        "NFE-F",
        "NFE-B",
        "gradient error",
    )
    table = [
        (
            *row[:3],
            f"{1e3 * median(result['seconds']):.1f}",
            f"{1e3 * median(result['cpu_seconds']):.1f}",
            f"{median(result['cpu_seconds']) / fastest:.1f}",
            f"{1e3 * result['first_call_s']:.0f}",
            *("-" if n is None else str(n) for n in result["nfe"]),
            f"{result['gradient_error']:.1e}",
        )
        for row, result in zip(rows, results.values())
    ]
    print_table(header, table, texts=3)


def check(results):
    """Refuse to compare the times of wrong answers."""
    wrong = [
        name
        for name, result in results.items()
        if not (result["loss_error"] < LOSS_ERROR and result["gradient_error"] < GRADIENT_ERROR)
    ]
    if wrong:
        sys.exit(f"no ratios are given: wrong loss or gradient of {'; '.join(wrong)}")


def print_ratios(results):
    """Print and return the ratios, None where a peer is absent."""
    ratios = dict.fromkeys(RATIOS)
    for name, rows in RATIOS.items():
        above, below = map(str, rows)
        if below in results:
            ratios[name] = ratio(results[above]["cpu_seconds"], results[below]["cpu_seconds"])
            print(f"{name} = {ratios[name]:.3f}: the CPU time of ({above}) over that of ({below})")
    return ratios


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9, help="turns of each row")
    parser.add_argument("--turn", type=float, default=0.3, help="seconds of gradients in a turn")
    parser.add_argument("--cold-rounds", type=int, default=5, help="cold interpreters of each library")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--hidden", type=int, default=50)
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    options = parser.parse_args(arguments)
    sizes = {"batch": options.batch, "hidden": options.hidden}
    present = ["minode", *(peer for peer in options.peers if find_spec(peer))]
    rows = [row for row in ROWS if row.library in present]

    results = measure_warm(rows, sizes, options.rounds, options.turn, reference_answer(sizes))
    print(LEGEND)
    print_results(rows, results)
    for peer in PEERS:
        if peer not in present:
            print(f"{peer} is absent: not {'installed here' if peer in options.peers else 'asked for'}")
    check(results)
    print("\nMedians over the rounds of the ratio within a round:")
    ratios = print_ratios(results)

    cold = measure_cold([row for row in FIRST_GRADIENT if row.library in present], sizes, options.cold_rounds)
    print("\nFrom a cold interpreter to the first gradient, imports and compilation included:")
    for library, seconds in cold.items():
        print(f"  {library:12}{median(seconds):6.2f} s {ratio(seconds, cold['minode']):6.1f} x minode")

    finish(
        {
            **ratios,
            "first_gradient_s": {row.library: None for row in FIRST_GRADIENT}
            | {library: median(seconds) for library, seconds in cold.items()},
            "rows": {
                name: result | {key: median(result[key]) for key in ("seconds", "cpu_seconds")}
                for name, result in results.items()
            },
            "threads": 1,
            "rounds": options.rounds,
            "cold_rounds": options.cold_rounds,
            "versions": versions("numpy", "scipy", "autograd", "torch", "torchdiffeq", "jax", "diffrax"),
        }
    )


if __name__ == "__main__":
    main()
