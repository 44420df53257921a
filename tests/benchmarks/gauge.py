"""Calibration of the gauge: where the gradient by the adjoint is wrong, does it warn, and only there?

    python -m tests.benchmarks.gauge

Gradients of a random weighting of the observed states of DETEST's 25 problems, of nine stiff ones and of 200 random
systems, by five methods, held against forward sensitivities. Then training steps of the thesis' network.
"""

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from minode.gradcheck.problems import detest, stiff
from minode.gradcheck.survey import errors_of, weighted
from minode.ode.solvers.methods import ADAPTIVE
from tests.benchmarks.shared import gauge_images
from tests.benchmarks.shared.timing import finish, print_table
from tests.random_systems import random_system

SETS = ("detest", "stiff", "random")
# Relative errors (2-norm) of the gradient in z0 or in params: not to be used, and nothing to warn of.
WRONG, RIGHT = 1e-2, 1e-3
VERDICTS = ("right", "right but warned", "between", "between, warned", "wrong and warned", "WRONG AND SILENT", "error")


def problem_of(name, key):
    if name == "random":
        return random_system(key)
    return {"detest": detest, "stiff": stiff}[name].PROBLEMS[key]


def keys_of(name, n_random):
    return range(n_random) if name == "random" else list({"detest": detest, "stiff": stiff}[name].PROBLEMS)


def judge_problem(problem, methods, tolerances):
    """Compare the gradients by all methods at all tolerances with one reference.

    Returns
    -------
    list of tuple
        Method, rtol, atol, verdict, and errors in z0 and params (None where a solver reported one).
    """
    g, reference = weighted(problem)
    rows = []
    for method in methods:
        for rtol, atol in tolerances:
            verdict, errors = judge_gradient(problem, g, reference, method=method, rtol=rtol, atol=atol)
            rows.append((method, rtol, atol, verdict, errors))
    return rows


def judge_gradient(problem, g, reference, **options):
    errors, warned = errors_of(problem, g, reference, **options)
    return ("error" if errors is None else verdict_of(max(errors), warned)), errors


def verdict_of(error, warned):
    if error <= RIGHT:
        return "right but warned" if warned else "right"
    if error < WRONG:
        return "between, warned" if warned else "between"
    return "wrong and warned" if warned else "WRONG AND SILENT"


def worth_telling(name, rows):
    """Lines about each gradient that was not judged as it should be."""
    return [
        f"  {name}, {method}, rtol {rtol:.0e}: {verdict}, errors {errors[0]:.1e} in z0, {errors[1]:.1e} in params"
        for method, rtol, _, verdict, errors in rows
        if verdict in ("WRONG AND SILENT", "right but warned")
    ]


def pair(text):
    return tuple(map(float, text.split(",")))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", default=SETS, choices=SETS)
    parser.add_argument("--only", nargs="*", help="names of problems of DETEST or of the stiff ones")
    parser.add_argument("--methods", nargs="*", default=list(ADAPTIVE), choices=list(ADAPTIVE))
    parser.add_argument("--tolerances", nargs="*", type=pair, default=[(1e-6, 1e-8), (1e-4, 1e-6)], metavar="RTOL,ATOL")
    parser.add_argument("--random", type=int, default=200, help="random systems")
    parser.add_argument("--batches", type=int, default=20, help="training steps of the network, at each tolerance")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)

    counts, told = {}, []
    judge = partial(judge_problem, methods=options.methods, tolerances=options.tolerances)
    with ProcessPoolExecutor(options.processes) as pool:
        for name in options.sets:
            keys = [key for key in keys_of(name, options.random) if name == "random" or key in (options.only or [key])]
            problems = [problem_of(name, key) for key in keys]
            for problem, rows in zip(problems, pool.map(partial(judge_key, name, judge), keys)):
                told += worth_telling(problem.name, rows)
                for _, rtol, atol, verdict, _ in rows:
                    counts.setdefault((name, rtol, atol), Counter())[verdict] += 1

    table = [
        (name, f"{rtol:.0e}, {atol:.0e}", *(str(found[verdict]) for verdict in VERDICTS))
        for (name, rtol, atol), found in counts.items()
    ]
    print_table(("set", "rtol, atol", *VERDICTS), table, texts=2)
    print(f"\nright: errors up to {RIGHT:.0e} in z0 and in params; wrong: {WRONG:.0e} and more; error: SolverError")
    print("\n".join(told))
    figures = [
        {"set": name, "rtol": rtol, "atol": atol, **{verdict: found[verdict] for verdict in VERDICTS}}
        for (name, rtol, atol), found in counts.items()
    ]
    finish({"systems": figures, "images": gauge_images.measure(options.batches) if options.batches else []})


def judge_key(name, judge, key):
    # Random systems are closures, which no process can send to another one.
    return judge(problem_of(name, key))


if __name__ == "__main__":
    main()
