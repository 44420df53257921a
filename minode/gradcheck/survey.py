"""Gradients on problems of the literature: is each right, or wrong, or does a solver or a warning say that it is wrong?

The reference is computed by forward sensitivities with complex steps, which share no code with what is judged.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.base import checks
from minode.base.trees import ravel
from minode.base.types import Array
from minode.gradcheck.check import weights
from minode.gradcheck.problems import detest, everyday, stiff
from minode.gradcheck.problems.closed_forms import Problem
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.ode.gradients.second_opinion import AccuracyWarning
from minode.ode.odeint import GRADIENTS, odeint
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.methods import ADAPTIVE, NUMPY_METHODS

SETS = {"detest": detest.PROBLEMS, "stiff": stiff.PROBLEMS, "everyday": everyday.PROBLEMS}
# Relative error (2-norm) of the gradient in z0 or in params, up to which it is right.
RIGHT = 1e-3
# Solves that run away take all the steps they may; those that succeed take fewer than these, and not odeint's 10,000.
MAX_STEPS = 3000


class Judgement(NamedTuple):
    """What was found about a gradient.

    Attributes
    ----------
    problem, method : str
    error : float or None
        The larger of its relative errors in z0 and in params; None if a solver gave up.
    warned : bool
        Whether there was an `AccuracyWarning`, of which `ReconstructionWarning` is one.
    """

    problem: str
    method: str
    error: float | None
    warned: bool

    @property
    def verdict(self) -> str:
        """One of "right", "warned", "raised" and "WRONG"; there may have been a warning of a right gradient, too."""
        if self.error is None:
            return "raised"
        if self.error <= RIGHT:
            return "right"
        return "warned" if self.warned else "WRONG"


def judge(
    problem: Problem, *, methods: Sequence[str] | None = None, gradient: str = "adjoint", **options: Any
) -> list[Judgement]:
    """Judge the gradient of a random weighting of the states after the first, by several methods.

    Parameters
    ----------
    problem : Problem
        Its z0 must be a vector and its f analytic.
    methods : sequence of str, optional
        By default all adaptive methods; for "backprop" those that autograd can differentiate.
    gradient : str
        As for `odeint`.
    options
        Other options of `odeint`.

    Returns
    -------
    list of Judgement

    Raises
    ------
    ValueError
        If the gradient or a method is unknown, or if they do not go together.
    """
    checks.one_of(gradient, "gradient", GRADIENTS)
    if methods is None:
        methods = [method for method in ADAPTIVE if gradient != "backprop" or method in NUMPY_METHODS]
    g, reference = weighted(problem)
    judged = []
    for method in methods:
        errors, warned = errors_of(problem, g, reference, method=method, gradient=gradient, **options)
        judged.append(Judgement(problem.name, method, None if errors is None else max(errors), warned))
    return judged


def weighted(problem: Problem) -> tuple[Array, list[Array]]:
    """Weigh the states after the first at random; return the weights and the reference gradient in z0 and params."""
    g = weights(problem)
    g[0] = 0
    with warnings.catch_warnings():
        # Trial steps of the reference may overflow.
        warnings.simplefilter("ignore", RuntimeWarning)
        return g, np.split(forward_sensitivities(problem, g), [problem.z0.size])


def errors_of(
    problem: Problem, g: Array, reference: Sequence[Array], **options: Any
) -> tuple[list[float] | None, bool]:
    """Return the relative errors of the gradient of sum(g * z) in z0 and in params, and whether there was a warning.

    The errors are None if a solver gave up.
    """

    options.setdefault("max_steps", MAX_STEPS)

    def loss(inputs):
        z0, params = inputs
        return anp.sum(g * odeint(problem.f, z0, problem.t, params, **options))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gradient = grad(loss)((problem.z0, problem.params))
        except SolverError:
            return None, False
    warned = any(issubclass(warning.category, AccuracyWarning) for warning in caught)
    return [_distance(ravel(found), exact) for found, exact in zip(gradient, reference)], warned


def _distance(found, exact):
    """The 2-norm of the difference, relative to that of `exact` unless it is zero."""
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(found - exact) / (np.linalg.norm(exact) or 1))


HEADER = """\
Gradients of a random weighting of the last states, by gradient={gradient!r}, and their relative errors
(2-norm; the larger one of z0 and params) against forward sensitivities. Up to {right:.0e} they are right."""
FOOTER = """\
warned  an AccuracyWarning, or a ReconstructionWarning, says that the gradient is not to be trusted
raised  a SolverError says that a solver gave up
WRONG   nothing was said"""


def run(
    names: Iterable[str], *, methods: Sequence[str] | None = None, gradient: str = "adjoint", **options: Any
) -> bool:
    """Print a line for each problem of the named sets as soon as it is judged; return whether no gradient is WRONG."""
    judged: list[Judgement] = []
    print(HEADER.format(gradient=gradient, right=RIGHT))
    for name in names:
        for problem in SETS[checks.one_of(name, "set of problems", SETS)].values():
            row = judge(problem, methods=methods, gradient=gradient, **options)
            if not judged:
                print("\n" + _line("", [judgement.method for judgement in row]))
            print(_line(problem.name, map(_cell, row)), flush=True)
            judged += row
    verdicts = [judgement.verdict for judgement in judged]
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in ("right", "warned", "raised", "WRONG")]
    print(f"\n{FOOTER}\n\n{len(judged)} gradients: {', '.join(counts)}")
    return "WRONG" not in verdicts


def _line(name, cells):
    return f"{name:<23}{''.join(f'{cell:>15}' for cell in cells)}"


def _cell(judgement):
    error = "" if judgement.error is None else f" {judgement.error:.0e}"
    return f"{'' if judgement.verdict == 'right' else judgement.verdict}{error}"
