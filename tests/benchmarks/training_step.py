"""Time of one training step of the NODE of Table 4.1, beside torchdiffeq's, on the same weights and images.

    python -m tests.benchmarks.training_step [--run RUN]

Forward, backward and update by SGD with momentum: 128 float32 images of 28x28x3, ten classes, rtol = atol = 1e-3; with
``--run`` the weights that `minode train mnist` ended with, and images of MNIST, whose flow is smoother. Each library
works in a process of its own with two threads, the rows in turn. The step is made of the solves of the ODE block,
forward (F) and backward (B), told as milliseconds an evaluation, and of a rest. Beside it stand its CPU time in all
threads, one evaluation of f and of f_aug alone, and the matrix products of minode's step with nothing between.
Gradients are compared on four images, as those of random weights take hundreds of evaluations at a tight tolerance.
LSODA takes hundreds at any, since it mistakes the rounding of float32 for stiffness: its row is only there with
``--lsoda``.
"""

import argparse
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from statistics import median

from tests.benchmarks.shared.products import print_products
from tests.benchmarks.shared.steps import THREADS
from tests.benchmarks.shared.times_of_steps import SOLVES, parts_of
from tests.benchmarks.shared.timing import Worker, finish, interleaved, load, print_table, ratio, versions
from tests.benchmarks.small_gradient import distance

OURS, PEER, LSODA = "minode dopri5-np", "torchdiffeq dopri5", "minode lsoda"
# Name of a row: its library, the options of its builder in `steps`. As in `models.node`, minode's have the seminorm.
ROWS = {
    OURS: ("minode", {"method": "dopri5-np"}),
    f"{OURS} without seminorm": ("minode", {"method": "dopri5-np", "seminorm": False}),
    "minode dopri5": ("minode", {"method": "dopri5"}),
    "minode vode": ("minode", {"method": "vode"}),
    LSODA: ("minode", {"method": "lsoda"}),
    PEER: ("torchdiffeq", {}),
    f"{PEER} seminorm": ("torchdiffeq", {"adjoint_options": {"norm": "seminorm"}}),
}
PEERS = ("torchdiffeq",)
# Name of a ratio: the row and the part above the line, those below it.
RATIOS = {
    "vs_torchdiffeq": (OURS, "step", PEER, "step"),
    "vs_torchdiffeq_cpu": (OURS, "cpu", PEER, "cpu"),
    "vs_torchdiffeq_same_nfe": (OURS, "same_nfe", PEER, "step"),
    "vs_torchdiffeq_without_seminorm": (f"{OURS} without seminorm", "step", PEER, "step"),
    "vs_torchdiffeq_forward_evaluation": (OURS, "forward", PEER, "forward"),
    "vs_torchdiffeq_backward_evaluation": (OURS, "backward", PEER, "backward"),
    "vs_torchdiffeq_f": (OURS, "f", PEER, "f"),
    "vs_torchdiffeq_f_aug": (OURS, "f_aug", PEER, "f_aug"),
}
TIMES = ("step", "cpu", *SOLVES, "rest", "f", "f_aug", "same_nfe")
TOLERANCE, TIGHT, GRADIENT_BATCH = 1e-3, 1e-6, 4
# Equal steps leave rounding alone between two libraries; farther apart, relative, one of them is wrong.
EQUAL_STEPS = {
    "minode": {"method": "midpoint", "n_steps": 8},
    "torchdiffeq": {"method": "midpoint", "options": {"step_size": 1 / 8}},
}
# Told, but not judged: on random weights, whose field is all kinks, gradients converge slowly. At 1e-6 either library
# is a hundredth away from its own gradient at 1e-8, through the steps as by the adjoint.
THROUGH_STEPS = {"minode": {"method": "dopri5-np", "gradient": "backprop"}, "torchdiffeq": {"adjoint": False}}
LIMITS = {"float64": 1e-9, "float32": 1e-3}


@contextmanager
def workers(rows, batch, run):
    """Start a worker for each library; yields ``ask(library, options, want, tol=..., dtype=...)``."""
    arguments = [str(batch), *([] if run is None else [run])]
    with ExitStack() as stack:
        started = {
            library: stack.enter_context(
                Worker("-m", "tests.benchmarks.shared.steps", library, *arguments, threads=THREADS)
            )
            for library in {library for library, _ in rows.values()}
        }

        def ask(library, options, want, tol=TOLERANCE, dtype="float32"):
            return started[library].ask({"options": options, "tol": tol, "dtype": dtype, "want": want})

        yield ask


def compare_gradients(rows, batch, run):
    """Relative distances between the libraries, and of each row at the timed tolerance from torchdiffeq's backprop."""
    if PEER not in rows:
        return {}, dict.fromkeys(rows)
    with workers(rows, batch, run) as ask:
        distances = {
            f"same_steps_{dtype}": distance(
                *(ask(library, options, "gradient", dtype=dtype) for library, options in EQUAL_STEPS.items())
            )
            for dtype in LIMITS
        }
        distances["tight_float32"] = distance(
            *(ask(library, options, "gradient", tol=TIGHT) for library, options in THROUGH_STEPS.items())
        )
        reference = ask("torchdiffeq", THROUGH_STEPS["torchdiffeq"], "gradient", tol=TIGHT, dtype="float64")
        errors = {row: distance(ask(*asked, "gradient"), reference) for row, asked in rows.items()}
    return distances, errors


def measure(rows, batch, run, rounds):
    """Evaluations and times of the rows: row -> "nfe" and the lists of `parts_of`; the products of our step alone."""
    with workers(rows, batch, run) as ask:
        # Not to be timed: the first steps of a process wait for the system to find the memory.
        for asked in rows.values():
            ask(*asked, "seconds")
        nfe = {row: ask(*asked, "count") for row, asked in rows.items()}
        seconds = interleaved({row: partial(ask, *asked, "seconds") for row, asked in rows.items()}, rounds)
        products = ask(*rows[OURS], "products")
    return {row: {"nfe": nfe[row], **parts_of(seconds[row], nfe[row], nfe.get(PEER))} for row in rows}, products


def print_results(results):
    header = ("ms", "step", "CPU", "NFE-F", "NFE-B", "F / NFE-F", "B / NFE-B", "rest", "f", "f_aug", "gradient error")
    rows = [
        (
            row,
            *(f"{1e3 * median(result[part]):.0f}" for part in ("step", "cpu")),
            *map(str, result["nfe"]),
            *(f"{1e3 * median(result[part]):.1f}" for part in (*SOLVES, "rest", "f", "f_aug")),
            "-" if result["gradient_error"] is None else f"{result['gradient_error']:.1e}",
        )
        for row, result in results.items()
    ]
    print_table(header, rows, texts=1)


def check(distances, results):
    """Refuse to compare the times of wrong gradients: apart from torchdiffeq's, or farther off than those."""
    equal_steps = {dtype: distances[f"same_steps_{dtype}"] for dtype in LIMITS} if distances else {}
    wrong = [f"equal steps in {dtype}" for dtype, apart in equal_steps.items() if not apart < LIMITS[dtype]]
    if PEER in results:
        largest = results[PEER]["gradient_error"]
        wrong += [row for row in results if row.startswith("minode") and not results[row]["gradient_error"] <= largest]
    if wrong:
        sys.exit(f"no ratios are given: wrong gradient of {'; '.join(wrong)}")


def print_ratios(results):
    """Print and return the ratios, None where the peer is absent."""
    ratios = dict.fromkeys(RATIOS)
    for name, (above, part, below, peer_part) in RATIOS.items():
        if below in results:
            ratios[name] = ratio(results[above][part], results[below][peer_part])
            print(f"{name} = {ratios[name]:.3f}: ({above}, {part}) over ({below}, {peer_part})")
    return ratios


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--run", help="folder of a run of the NODE on MNIST, whose weights are taken")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    parser.add_argument("--lsoda", action="store_true", help="time LSODA, too, which takes minutes")
    options = parser.parse_args(arguments)
    present = {"minode", *(peer for peer in options.peers if find_spec(peer))}
    rows = {row: asked for row, asked in ROWS.items() if asked[0] in present and (row != LSODA or options.lsoda)}

    busy = load()
    distances, errors = compare_gradients(rows, min(options.batch, GRADIENT_BATCH), options.run)
    results, products = measure(rows, options.batch, options.run, options.rounds)
    results = {row: {"gradient_error": errors[row], **result} for row, result in results.items()}
    print_results(results)
    print_products(products, {row: results[row] for row in (OURS, PEER) if row in results})
    for name, apart in distances.items():
        print(f"minode's gradient from torchdiffeq's, {name}: {apart:.1e}")
    for peer in PEERS:
        if peer not in present:
            print(f"{peer} is absent: not {'installed here' if peer in options.peers else 'asked for'}")
    check(distances, results)
    print("\nMedians over the rounds of the ratio within a round:")
    ratios = print_ratios(results)
    finish(
        {
            **ratios,
            "vs_torchdiffeq_per_evaluation": {part: ratios[f"vs_torchdiffeq_{part}"] for part in ("f", "f_aug")},
            "gradient_distances": distances,
            "matrix_products": products,
            "rows": {
                row: {key: median(value) if key in TIMES else value for key, value in result.items()}
                for row, result in results.items()
            },
            "weights": "random" if options.run is None else "trained",
            "batch": options.batch,
            "threads": THREADS,
            "rounds": options.rounds,
            "load_average": busy,
            "versions": versions("numpy", "scipy", "autograd", "torch", "torchdiffeq"),
        }
    )


if __name__ == "__main__":
    main()
