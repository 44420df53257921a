"""Where "NFE-B is about half of NFE-F" (Figures 3.3 (c) and 4.4) comes from.

On the small NODE of `digits_node` the ratio is measured for three solvers and gradients of growing size. A solver lets
a component x err by atol + rtol abs(x). The gradient of a mean loss over a batch is far below atol / rtol, so it hardly
counts in the error control: the backward solve then costs what z alone costs, and its gradient is the worse for it. The
root mean square of VODE and dopri5 runs over all of [z, a, a_W]; under the seminorm a_W has no part in it.

The thesis read its counts off the log of a script, whose counter is `reference_log`.
"""

import numpy as np

from minode.experiments.ch3_nodes.digits_node import DEPTHS, TOL, WIDTH, digits, train
from minode.experiments.ch3_nodes.fig3_3c_nfe_ratio.claims import judge_halves
from minode.experiments.ch3_nodes.fig3_3c_nfe_ratio.draw import draw, table
from minode.experiments.common.reference_log import DATA_SETS, inflation_by_epoch
from minode.experiments.common.verdicts import overall
from minode.ode.field.nfe import count_nfe
from minode.ode.gradients.adjoint import backward_solve
from minode.ode.solvers.options import SolveOptions

__all__ = ["SETTINGS", "compute", "draw", "table"]


SETTINGS = {
    "quick": dict(n_updates=15, sizes=(1e-3, 1.0)),
    "default": dict(n_updates=250),
    # The block is that of Table 4.2.
    "full": dict(n_updates=2000, n_seeds=5, width=64),
}
METHODS = ("vode", "lsoda", "dopri5")
SIZES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
REFERENCE = dict(method="dop853", tol=1e-5)


def compute(seed=0, n_updates=250, n_seeds=3, sizes=SIZES, width=WIDTH):
    """Train networks and count the evaluations of their backward solves.

    Parameters
    ----------
    seed : int
        Of the first network; then come the next seeds.
    n_updates, n_seeds : int
        Two seeds at least: one alone has no standard error.
    sizes : sequence of float
        Largest entries of the gradient that the backward solve begins with, in units of atol / rtol. In the last one a
        has the size of z: it is controlled as z is.
    width : int
        Channels.

    Returns
    -------
    dict
        "solvers": counts by method, "sizes" and seed, the last size being that of the mean loss; "inflation": NFE-F as
        logged over NFE-F by data set and epoch; "stages": the ratio by method, from counted with a under control to as
        logged, with verdicts; "verdict" on the ratio as published, by all solvers.
    """
    images = digits()
    networks = [measure(train(seed + i, n_updates, *images, width), sizes) for i in range(n_seeds)]
    solvers = {method: _columns([network[method] for network in networks]) for method in METHODS}
    inflation = {name: inflation_by_epoch(*counts) for name, counts in DATA_SETS.items()}
    numbers = {
        "tolerance": TOL,
        "n_updates": n_updates,
        "width": width,
        "sizes": list(sizes),
        "solvers": solvers,
        "inflation": inflation,
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claim, stage by stage, by the numbers, new ones or those on record."""
    stages = {method: judge_halves(numbers["solvers"][method], numbers["inflation"]) for method in METHODS}
    return {
        "stages": stages,
        "verdict": overall(stage["as it is"]["verdict"] for stage in stages.values()),
        "why": _why(stages),
    }


def measure(node, sizes):
    """Count evaluations of the backward solve for gradients of several sizes, and compare what they give.

    Returns
    -------
    dict
        By method: "nfe_forward" and "size", that of the gradient of the mean loss; "whole" and "seminorm", each with
        "nfe_backward" and "gradient_error", relative to dL/dW by tight tolerances, for `sizes` and then that size.
    """
    z, rtol = node.forward(**REFERENCE), REFERENCE["tol"]
    g = node.gradient(z)
    largest = np.abs(g).max()
    tight = SolveOptions(REFERENCE["method"], rtol=rtol, atol=rtol)
    _, exact = backward_solve(node.f, DEPTHS, z, node.W, g / largest, tight, seminorm=True)
    exact *= largest
    results = {}
    for method in METHODS:
        with count_nfe() as forward:
            z = node.forward(method)
        g = node.gradient(z)
        largest = float(np.abs(g).max())
        results[method] = {"nfe_forward": forward.forward, "size": largest}
        for norm in ("whole", "seminorm"):
            counts, errors = [], []
            for size in (*sizes, largest):
                with count_nfe() as backward:
                    options = SolveOptions(method, rtol=TOL, atol=TOL)
                    scaled, seminorm = g * (size / largest), norm == "seminorm"
                    _, a_W = backward_solve(node.f, DEPTHS, z, node.W, scaled, options, seminorm=seminorm)
                counts.append(backward.backward)
                errors.append(float(np.linalg.norm(a_W * (largest / size) - exact) / np.linalg.norm(exact)))
            results[method][norm] = {"nfe_backward": counts, "gradient_error": errors}
    return results


def _columns(networks):
    """Gather the results of one method by seed."""
    gathered = {name: [network[name] for network in networks] for name in ("nfe_forward", "size")}
    for norm in ("whole", "seminorm"):
        gathered[norm] = {name: [network[norm][name] for network in networks] for name in networks[0][norm]}
    return gathered


def _why(stages):
    def span(name):
        means = [stage[name]["mean"] for stage in stages.values()]
        return f"{min(means):.2f} to {max(means):.2f}"

    return (
        f"NFE-B over NFE-F is {span('controlled')} with a under error control, {span('as it is')} with the gradient of "
        f"a mean loss, which is below atol, and {span('logged, UFPR-AMR')} where the reference script takes "
        "evaluations of accuracy for NFE-F"
    )
