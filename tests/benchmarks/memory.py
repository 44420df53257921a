"""Peak memory of one gradient against the evaluations it takes: flat for the adjoint, growing for backpropagation.

    python -m tests.benchmarks.memory

A tolerance at a time from 1e-2 to 1e-9: the adjoint with three solvers, the adjoint from checkpoints, and
backpropagation through RK4 with as many steps as give it the forward evaluations of dopri5 at that tolerance.
Allocated bytes are those of tracemalloc, which sees NumPy's arrays but not what a compiled solver allocates for itself;
so the growth of resident memory is measured too, in a process of its own, at the loosest and the tightest tolerance.
"""

import argparse
import json
import os
import tracemalloc
from pathlib import Path
from statistics import linear_regression

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode import count_nfe, odeint
from minode.nn.blocks import vector_field
from minode.nn.layers import Dense, Tanh, serial
from tests.benchmarks.shared.timing import finish, print_table, run, versions

TOLERANCES = tuple(10.0**-k for k in range(2, 10))
WAYS = {
    "adjoint lsoda": {"method": "lsoda"},
    "adjoint vode": {"method": "vode"},
    "adjoint dopri5": {"method": "dopri5"},
    "checkpointed dopri5": {"method": "dopri5", "gradient": "checkpointed"},
    "backprop rk4": {"method": "rk4", "gradient": "backprop"},
}
# Depth of the flow: enough for the tightest tolerance to take ten times the evaluations of the loosest.
DEPTH = 3.0
MIB = 2**20


def problem(batch, width, seed=0):
    """Gradient of |z(DEPTH)|**2 for the field tanh(z W + b) on `batch` states of `width` components.

    Returns
    -------
    callable
        ``gradient(**options of odeint)``, in the weights.
    """
    rng = np.random.default_rng(seed)
    layer = serial(Dense(width), Tanh())
    _, params = layer.init(rng, (width,))
    z0, f = rng.standard_normal((batch, width)), vector_field(layer)

    def gradient(**options):
        return grad(lambda params: anp.sum(odeint(f, z0, [0.0, DEPTH], params, **options)[-1] ** 2))(params)

    return gradient


def options_of(way, tolerance, evaluations):
    """Options of odeint; backpropagation gets steps, of four evaluations each, in place of a tolerance."""
    if way.get("gradient") == "backprop":
        return way | {"n_steps": -(-evaluations // 4)}
    return way | {"rtol": tolerance, "atol": tolerance}


def peak_allocated(gradient, options):
    """Bytes allocated at once, at the most, by one gradient, beyond what was there."""
    tracemalloc.start()
    try:
        gradient(**options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peak_resident(gradient, options):
    """Growth of resident memory, in bytes, at the peak of one gradient; None where Linux's /proc does not tell."""
    reset, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")
    if not os.access(reset, os.W_OK):
        return None

    def kibibytes(field):
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field))

    before = kibibytes("VmRSS")
    reset.write_text("5")  # The peak so far, that of the imports, is forgotten.
    gradient(**options)
    return 1024 * (kibibytes("VmHWM") - before)


def measure(gradient, resident, ways, adaptive, tolerances):
    """Evaluations and peak bytes of each way at each tolerance.

    Parameters
    ----------
    gradient : callable
        ``gradient(**options of odeint)``.
    resident : callable
        ``resident(options)``, growth of resident memory in a process of its own.
    ways : dict
        name -> options of odeint.
    adaptive : str
        The method whose forward evaluations backpropagation gets.
    tolerances : sequence of float
        Loosest first.

    Returns
    -------
    dict
        way -> {"nfe": list, "peak_bytes": list, ...}, one entry a tolerance.
    """
    results = {way: {"nfe": [], "peak_bytes": [], "peak_resident_bytes": []} for way in ways}
    for tolerance in tolerances:
        with count_nfe() as reference:
            gradient(method=adaptive, rtol=tolerance, atol=tolerance)
        for way, result in results.items():
            options = options_of(ways[way], tolerance, reference.forward)
            with count_nfe() as nfe:
                result["peak_bytes"].append(peak_allocated(gradient, options))
            result["nfe"].append(nfe.forward + nfe.backward)
            if tolerance in (tolerances[0], tolerances[-1]):
                result["peak_resident_bytes"].append(resident(options))
    return results


def in_new_process(module, sizes):
    """Make the function that has ``python -m module --resident`` measure resident memory."""

    def resident(options):
        output, _ = run("-m", module, "--resident", json.dumps([sizes, options]))
        return json.loads(output)

    return resident


def summary(result):
    """Fit a line through the peaks over the evaluations, and divide the last peak by the first."""
    return {
        "bytes_per_evaluation": linear_regression(result["nfe"], result["peak_bytes"]).slope,
        "tightest_over_loosest": result["peak_bytes"][-1] / result["peak_bytes"][0],
    }


def report(results, tolerances, state):
    """Print the results, `state` being the bytes of one state, and return the figures of the last line."""
    rows = [
        (way, *(f"{n} / {peak / MIB:.2f}" for n, peak in zip(result["nfe"], result["peak_bytes"])))
        for way, result in results.items()
    ]
    print_table(("tolerance", *(f"{tolerance:.0e}" for tolerance in tolerances)), rows, texts=1)
    print()
    summaries = {way: summary(result) for way, result in results.items()}
    for way, figures in summaries.items():
        resident = [
            "unknown" if peak is None else f"{peak / MIB:.1f} MiB" for peak in results[way]["peak_resident_bytes"]
        ]
        print(
            f"{way}: {figures['bytes_per_evaluation'] / state:+.4f} states an evaluation, tightest over loosest "
            f"{figures['tightest_over_loosest']:.2f}; resident memory grows by {' and '.join(resident)}"
        )
    return {way: figures | results[way] for way, figures in summaries.items()} | {
        "state_bytes": state,
        "versions": versions("numpy", "scipy", "autograd"),
    }


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--width", type=int, default=100)
    parser.add_argument("--tolerances", nargs="+", type=float, default=TOLERANCES, help="two at least, loosest first")
    parser.add_argument("--resident", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.resident:
        sizes, solver_options = options.resident
        print(json.dumps(peak_resident(problem(**sizes), solver_options)))
        return

    sizes = {"batch": options.batch, "width": options.width}
    resident = in_new_process("tests.benchmarks.memory", sizes)
    results = measure(problem(**sizes), resident, WAYS, "dopri5", options.tolerances)
    state = 8 * options.batch * options.width
    print(f"State of {options.batch} x {options.width} float64, {state / MIB:.2f} MiB. Evaluations / peak MiB:")
    finish(report(results, options.tolerances, state))


if __name__ == "__main__":
    main()
