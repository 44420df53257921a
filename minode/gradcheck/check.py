"""The gradients of `odeint` compared with those of solutions in closed form; a sceptic should start here.

autograd differentiates the closed form, without any solver. This is the reference for the adjoint method (Chen et al.
2018; Eqs. 3.7-3.11), for backpropagation through the steps of a solver, and for finite differences.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.base import checks
from minode.base.trees import ravel, split, unravel
from minode.base.types import Array, Tree
from minode.gradcheck.problems.closed_forms import PROBLEMS, Problem
from minode.ode.field.nfe import count_nfe
from minode.ode.odeint import odeint
from minode.ode.solvers.implicit import IMPLICIT
from minode.ode.solvers.methods import ADAPTIVE

# The implicit ones are for stiff problems, which have no closed forms here.
METHODS = (*(method for method in ADAPTIVE if method not in IMPLICIT), "rk4")

# Tolerances bound the error of one step. The error of a whole solve is commonly 1 to 1000 times as large.
ADAPTIVE_BOUND = 1e3
# At a rate L one step of RK4 has the error (L h)**5 / 120, and T / h steps 1.6 h**4 (L = 2.5, T = 2, the largest here).
RK4_BOUND = 10
# The truncation error is about eps**2 = 1e-10. Rounding, and steps that differ between two solves, cause more: their
# error is divided by eps. The smooth part of a solver's error is not, because neighbouring solves share it.
EPS, TIGHT = 1e-5, 1e-12
DIFFERENCES_BOUND = TIGHT / EPS


class Row(NamedTuple):
    """One way to compute the gradient: its relative errors (2-norm) for each block of inputs, and its cost."""

    problem: str
    method: str
    gradient: str
    setting: str
    errors: dict
    bound: float
    nfe_forward: int
    nfe_backward: int
    reconstruction_error: float

    @property
    def passed(self) -> bool:
        return all(error <= self.bound for error in self.errors.values())


def compare(
    problem: str | Problem, *, methods: Sequence[str] = METHODS, rtol: float = 1e-9, n_steps: int = 50
) -> list[Row]:
    """Compare gradients of a loss that depends on z at every time, t[0] included, with that of the closed form.

    Parameters
    ----------
    problem : str or Problem
        A name in `PROBLEMS`, or your own problem with a closed form. Integers among its parameters are constants.
    methods : sequence of str
        Some of `METHODS`. All are run with "adjoint" and "checkpointed" gradients, "rk4" also with "backprop".
    rtol : float
        Relative tolerance of the adaptive methods, forward and backward; atol is a hundredth of it.
    n_steps : int
        Number of steps of "rk4" in each interval of t.

    Returns
    -------
    list of Row
        The last row is for finite differences.

    Raises
    ------
    TypeError, ValueError
        If a problem or method is unknown (the message lists the known ones), `n_steps` is below one, or `rtol` is above
        1e-5, where the bound would let an error of one per cent pass.
    """
    checks.positive_int(n_steps, "n_steps")
    if not 0 < rtol <= 1e-5:
        raise ValueError(f"rtol is {rtol}; expected a positive number up to 1e-05")
    if isinstance(problem, str):
        problem = PROBLEMS[checks.one_of(problem, "problem", PROBLEMS)]
    inputs = checks.finite_array(problem.z0, "z0"), problem.params, checks.times(problem.t)
    # autograd cannot differentiate the constants among the parameters, so it receives W only.
    W, nested = split(inputs)

    def gradient(differentiate, states):
        loss = observed(problem, states)
        return nested(differentiate(lambda W: loss(nested(W)))(W))

    reference = gradient(grad, problem.solution)

    def row(differentiate, name, bound, setting, **options):
        with count_nfe() as nfe:
            computed = gradient(differentiate, lambda t, z0, params: odeint(problem.f, z0, t, params, **options))
        errors = relative_errors(computed, reference)
        counts = nfe.forward, nfe.backward, nfe.reconstruction_error
        return Row(problem.name, options["method"], name, setting, errors, bound, *counts)

    rows: list[Row] = []
    options: dict[str, Any]
    for method in methods:
        if checks.one_of(method, "method", METHODS) == "rk4":
            h = float(np.abs(np.diff(problem.t)).max() / n_steps)
            gradients, options = ["adjoint", "checkpointed", "backprop"], dict(n_steps=n_steps)
            bound, setting = RK4_BOUND * h**4, f"{n_steps} steps an interval, h up to {h:.2g}"
        else:
            gradients, options = ["adjoint", "checkpointed"], dict(rtol=rtol, atol=rtol / 100)
            bound, setting = ADAPTIVE_BOUND * rtol, f"rtol {rtol:.0e}, atol {rtol / 100:.0e}"
        rows += [row(grad, name, bound, setting, method=method, gradient=name, **options) for name in gradients]
    setting = f"central, eps {EPS:.0e}, solves by dop853 at rtol = atol = {TIGHT:.0e}"
    tight = dict(method="dop853", rtol=TIGHT, atol=TIGHT)
    return [*rows, row(central_differences, "differences", DIFFERENCES_BOUND, setting, **tight)]


def observed(problem: Problem, states: Callable) -> Callable[[Tree], float]:
    """Return the loss as a function of the inputs (z0, params, t): the weighted sum of ``states(t, z0, params)``."""

    def loss(inputs):
        z0, params, t = inputs
        return anp.sum(weights(problem) * states(t, z0, params))

    return loss


def weights(problem: Problem) -> Array:
    """Draw the weights of the states at all times, t[0] included; they are always the same."""
    return np.random.default_rng(0).normal(size=(len(problem.t), *np.shape(problem.z0)))


def central_differences(loss: Callable[[Tree], float], eps: float = EPS) -> Callable[[Tree], Tree]:
    """Do what `autograd.grad` does for a function of one tree of arrays, with two evaluations for each entry."""

    def gradient(inputs):
        W = ravel(inputs)
        steps = eps * np.eye(W.size)
        slopes = [(loss(unravel(inputs, W + step)) - loss(unravel(inputs, W - step))) / (2 * eps) for step in steps]
        return unravel(inputs, np.array(slopes))

    return gradient


def relative_errors(gradient: Tree, reference: Tree) -> dict[str, float]:
    """Return, for each block, the 2-norm of the difference of two gradients, divided by that of the second."""
    pairs = zip(blocks(gradient).items(), blocks(reference).values())
    # The norm is zero for a block that is zero or empty, such as params=().
    return {name: float(np.linalg.norm(g - exact) / (np.linalg.norm(exact) or 1)) for (name, g), exact in pairs}


def blocks(gradient: Tree) -> dict[str, Array]:
    """Split a gradient in (z0, params, t) into its five blocks, each a vector."""
    z0, params, t = gradient
    return {"z0": ravel(z0), "params": ravel(params), "t0": t[:1], "inner t": t[1:-1], "T": t[-1:]}


HEADER = """\
Gradients of a fixed random weighting of z(t_0), ..., z(t_k), and their relative errors (2-norm)
against autograd through the solution in closed form, which needs no solver. PASS: none is above
the bound."""
FOOTER = """\
adjoint       [z, a, a_W] solved backward (Eqs. 3.7-3.11): its error follows the tolerance
checkpointed  the same, restarted from states kept on the way: z, carried backward, drifts less
backprop      autograd through the steps: exact for the discretised system, whose own error remains
differences   no derivation, only forward solves: their error divided by eps sets the floor
NFE-F, NFE-B  evaluations of f forward and backward; z drift: error of the z carried backward
Run it yourself: minode gradcheck"""
COLUMNS = "{:<9}{:<13}{:>8}{:>8}{:>8}{:>8}{:>8}{:>7}{:>7}{:>9}{:>7}  {}"


def table(rows: Sequence[Row]) -> str:
    """Format the rows from one or several calls of `compare` as text, at most 100 columns wide."""
    settings: dict[str, dict] = {}
    for row in rows:
        settings.setdefault(row.setting, {})[row.gradient if row.gradient == "differences" else row.method] = None
    lines = [HEADER, *(f"  {', '.join(names)}: {setting}" for setting, names in settings.items())]
    for problem, group in groupby(rows, key=lambda row: row.problem):
        titles = COLUMNS.format("", "", *rows[0].errors, "NFE-F", "NFE-B", "z drift", "bound", "")
        lines += ["", problem + titles[len(problem) :].rstrip(), *map(_line, group)]
    passed = sum(row.passed for row in rows)
    return "\n".join([*lines, "", FOOTER, "", f"{passed} of {len(rows)} rows PASS"])


def _line(row):
    errors = [f"{error:.0e}" for error in row.errors.values()]
    solved_backward = row.gradient in ("adjoint", "checkpointed")
    backward = (row.nfe_backward, f"{row.reconstruction_error:.0e}") if solved_backward else ("-", "-")
    verdict = "PASS" if row.passed else "FAIL"
    return COLUMNS.format(row.method, row.gradient, *errors, row.nfe_forward, *backward, f"{row.bound:.0e}", verdict)


def run(problems: Iterable[str | Problem] = tuple(PROBLEMS), **options: Any) -> bool:
    """Print the table for some problems, with options of `compare`, and return whether every row passed."""
    rows = [row for problem in problems for row in compare(problem, **options)]
    print(table(rows))
    return all(row.passed for row in rows)
