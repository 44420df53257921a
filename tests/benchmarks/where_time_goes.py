"""Where the time of one gradient goes: the field, its trace, the guard, the solver.

    python -m tests.benchmarks.where_time_goes "autograd.numpy"
    python -m tests.benchmarks.where_time_goes my_module:my_problem --method dopri5

A field of the spiral of `small_gradient`, by how it is written there, or a function without arguments of yours that
returns ``(f, z0, t, params)``. The loss is the mean square of all states. The last line is one JSON object.

The field is what f takes on plain arrays, once for each evaluation; the trace is what evaluations take beyond that,
products included, replayed where f can be; the guard is copies, checks and the packing of [z, a, a_W]; the rest is the
solver's and that of autograd around it. CPU seconds of the fastest of several rounds.
"""

import argparse
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from importlib import import_module
from time import process_time
from unittest.mock import patch

import autograd.numpy as anp
from autograd import value_and_grad

from minode import count_nfe, odeint
from minode.ode import primitive
from minode.ode.field.evaluations import KernelField, evaluator
from minode.ode.gradients import adjoint, interpolated
from minode.ode.solvers.guard import GuardedRHS
from minode.ode.straight.purity import NotPure
from minode.ode.straight.reads import Reads
from minode.ode.straight.replay import every_call_made
from tests.benchmarks.shared.ours import MINODE_FIELDS
from tests.benchmarks.shared.spiral import spiral
from tests.benchmarks.shared.timing import finish, load, print_table, versions

PARTS = ("field", "trace", "guard", "solver")


def problem(name):
    """``(f, z0, t, params)`` of a field of ours, or of ``module:function``."""
    if name in MINODE_FIELDS:
        spiral_problem = spiral()
        f, params = MINODE_FIELDS[name](*spiral_problem.weights)
        return f, spiral_problem.z0, spiral_problem.t, params
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)()


class Clock:
    """CPU seconds inside the functions that it times."""

    def __init__(self):
        self.seconds = 0.0

    def timed(self, fun: Callable) -> Callable:
        def timing(*args):
            start = process_time()
            try:
                return fun(*args)
            finally:
                self.seconds += process_time() - start

        return timing


@contextmanager
def watched(evaluations: Clock, guard: Clock):
    """Time evaluations of the field, with products and without, and all that solvers call."""

    def linearised(f, params, **of):
        evaluate = evaluations.timed(linearise(f, params, **of))

        def pulling(t, z):
            dz, pull = evaluate(t, z)
            return dz, evaluations.timed(pull)

        return pulling

    linearise, checked = adjoint.linearise, guard.timed(GuardedRHS.evaluate)
    with (
        patch.object(adjoint, "linearise", linearised),
        patch.object(interpolated, "linearise", linearised),
        patch.object(primitive, "evaluator", lambda f, params: evaluations.timed(evaluator(f, params))),
        patch.object(GuardedRHS, "evaluate", lambda self, t, y: checked(self, t, y)),
    ):
        yield


def parts_of(name, rounds, **options):
    """Seconds of each part, in the fastest round; evaluations forward and backward."""
    f, z0, t, params = problem(name)
    gradient = value_and_grad(lambda params: anp.mean(odeint(f, z0, t, params, **options) ** 2))
    with count_nfe() as nfe:
        gradient(params)
    with every_call_made():
        plain, fastest = evaluator(f, params), None
    for _ in range(rounds):
        evaluations, guard = Clock(), Clock()
        start = process_time()
        with watched(evaluations, guard):
            gradient(params)
        total = process_time() - start
        start = process_time()
        for _ in range(nfe.forward + nfe.backward):
            plain(float(t[0]), z0.copy())
        field = process_time() - start
        found = (field, evaluations.seconds - field, guard.seconds - evaluations.seconds, total - guard.seconds)
        if fastest is None or total < sum(fastest):
            fastest = found
    return dict(zip(PARTS, fastest)), (nfe.forward, nfe.backward)


def why_not(name):
    """Why a field is not replayed, None if it is."""
    f, *_ = problem(name)
    if isinstance(f, KernelField):
        return "a layer, which has products of its own"
    try:
        Reads(f)
    except NotPure as reason:
        return str(reason)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("field", nargs="*", default=list(MINODE_FIELDS), help="one of ours, or module:function")
    parser.add_argument("--method", default="lsoda")
    parser.add_argument("--gradient", default="adjoint", choices=("adjoint", "checkpointed", "interpolated"))
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)
    average, rows, figures = load(), [], {}
    for name in options.field:
        for how, scope in (("as it is", nullcontext), ("traced", every_call_made)):
            with scope():
                parts, nfe = parts_of(name, options.rounds, method=options.method, gradient=options.gradient)
            total = sum(parts.values())
            shares = [f"{1e3 * parts[part]:.1f} ({parts[part] / total:.0%})" for part in PARTS]
            rows.append((name, how, f"{1e3 * total:.1f}", *shares, *map(str, nfe)))
            figures[f"{name}, {how}"] = parts | {"nfe": nfe}
    print_table(("field", "", "CPU ms", *PARTS, "NFE-F", "NFE-B"), rows, texts=2)
    reasons = {name: why_not(name) for name in options.field}
    for name, reason in reasons.items():
        print(f"{name}: {'replayed' if reason is None else f'not replayed: {reason}'}")
    found = versions("numpy", "scipy", "autograd")
    finish({"rows": figures, "not_replayed": reasons, "load": average, "versions": found})


if __name__ == "__main__":
    main()
