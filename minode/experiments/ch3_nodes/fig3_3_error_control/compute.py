"""Figure 3.3: what a NODE's tolerance controls, and what an evaluation of its field costs.

After Figure 3 of Chen et al. (2018): (a) the numerical error of z(1) by tolerance, (b) CPU seconds forward by
evaluations (NFE-F), (c) evaluations backward (NFE-B) by NFE-F, (d) NFE-F during training, on the small NODE of
`digits_node`, from several initial weights. Their network was wider and trained for longer; solver and tolerance in
training are theirs.
"""

import time

import numpy as np

from minode.experiments.ch3_nodes.digits_node import DEPTHS, METHOD, TOL, WIDTH, digits, scaled_up, train
from minode.experiments.ch3_nodes.fig3_3_error_control.claims import judge_panels, ratio_text
from minode.experiments.ch3_nodes.fig3_3_error_control.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall, tally
from minode.ode.field.nfe import count_nfe
from minode.ode.gradients.adjoint import backward_solve
from minode.ode.solvers.options import SolveOptions

__all__ = ["SETTINGS", "compute", "draw", "table"]


SETTINGS = {
    "quick": dict(n_updates=15, tolerances=(1e-1, 1e-3, 1e-5), repeats=2),
    "default": dict(n_updates=250, n_seeds=5),
    # The block is that of Table 4.2.
    "full": dict(n_updates=2000, n_seeds=5, width=64),
}
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
REFERENCE = dict(method="dop853", tol=1e-8)


def compute(seed=0, n_updates=250, n_seeds=3, tolerances=TOLERANCES, repeats=5, width=WIDTH):
    """Train networks and solve their blocks at several tolerances.

    Parameters
    ----------
    seed : int
        Of the first network; then come the next seeds.
    n_updates, n_seeds : int
        Two seeds at least: one alone has no standard error.
    tolerances : sequence of float
        Falling; relative and absolute alike, forward and backward.
    repeats : int
        Forward solves of which the fastest is timed, in CPU seconds: whatever else the machine does only adds to it.
    width : int
        Channels.

    Returns
    -------
    dict
        "networks", one a seed: columns over the tolerances, and of the training; "claims" with their verdicts;
        "verdict" on all of them.
    """
    images = digits()
    networks = [_network(seed + i, n_updates, images, tolerances, repeats, width) for i in range(n_seeds)]
    numbers = {
        "method": METHOD,
        "training_tolerance": TOL,
        "n_updates": n_updates,
        "width": width,
        "networks": networks,
    }
    return numbers | conclude(numbers)


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    networks = numbers["networks"]
    claims = judge_panels(networks)
    verdicts = verdicts_of(claims)
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of the four panels' claims {tally(verdicts)}; NFE-B is {ratio_text(networks)} of NFE-F",
    }


def _network(seed, n_updates, images, tolerances, repeats, width):
    node = train(seed, n_updates, *images, width)
    exact = node.forward(**REFERENCE)[-1]
    columns = {name: [] for name in ("numerical_error", "seconds", "nfe_forward", "nfe_backward", "nfe_backward_as_is")}
    for tol in tolerances:
        seconds = []
        for _ in range(repeats):
            start = time.process_time()
            with count_nfe() as nfe:
                z = node.forward(tol=tol)
            seconds.append(time.process_time() - start)
        g = node.gradient(z)
        columns["numerical_error"].append(numerical_error(z[-1], exact))
        columns["seconds"].append(min(seconds))
        columns["nfe_forward"].append(nfe.forward)
        columns["nfe_backward"].append(_nfe_backward(node, z, scaled_up(g, tol), tol))
        columns["nfe_backward_as_is"].append(_nfe_backward(node, z, g, tol))
    return (
        {"tolerance": list(tolerances)}
        | columns
        | {f"training_{name}": column for name, column in node.history.items()}
    )


def numerical_error(z, exact):
    """Root mean square of the error of z in the solver's own unit, 1 + abs(z): to be compared with the tolerance."""
    return float(np.sqrt(np.mean(((z - exact) / (1 + np.abs(exact))) ** 2)))


def _nfe_backward(node, z, g, tol):
    with count_nfe() as nfe:
        backward_solve(node.f, DEPTHS, z, node.W, g, SolveOptions(METHOD, rtol=tol, atol=tol))
    return nfe.backward
