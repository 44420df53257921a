"""Gradients on problems of the literature: are they right, does a solver or a warning say if not, or are they wrong?

The reference are forward sensitivities by complex steps, which share nothing with what is judged.
"""

import warnings
from typing import NamedTuple

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode.base import checks
from minode.base.trees import ravel
from minode.gradcheck.check import weights
from minode.gradcheck.problems import detest, everyday, stiff
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.ode.odeint import GRADIENTS, odeint
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.methods import ADAPTIVE, NUMPY_METHODS

SETS = {"detest": detest.PROBLEMS, "stiff": stiff.PROBLEMS, "everyday": everyday.PROBLEMS}
# Relative error (2-norm) of the gradient in z0 or in params, up to which it is right.
RIGHT = 1e-3


class Judgement(NamedTuple):
    """A gradient: its larger relative error, in z0 or params (None if a solver gave up), and whether it was warned of.

    Attributes
    ----------
    problem, method : str
    error : float or None
    warned : bool
    """

    problem: str
    method: str
    error: float | None
    warned: bool

    @property
    def verdict(self):
        """One of "right", "warned", "raised" and "WRONG"; what is right may be warned of, too."""
        if self.error is None:
            return "raised"
        if self.error <= RIGHT:
            return "right"
        return "warned" if self.warned else "WRONG"


def judge(problem, *, methods=None, gradient="adjoint", **options):
    """Judge the gradient of a random weighting of the states after the first, by several methods.

    Parameters
    ----------
    problem : Problem
        Its z0 a vector, its f analytic.
    methods : sequence of str, optional
        All adaptive ones by default; with "backprop" those through which autograd can run.
    gradient : str
        As for `odeint`.
    options
        Others of `odeint`; its defaults otherwise.

    Returns
    -------
    list of Judgement

    Raises
    ------
    ValueError
        For a gradient or a method that is not known, or that do not go together.
    """
    checks.one_of(gradient, "gradient", GRADIENTS)
    if methods is None:
        methods = [method for method in ADAPTIVE if gradient != "backprop" or method in NUMPY_METHODS]
    g = weights(problem)
    g[0] = 0
    with warnings.catch_warnings():
        # Trial steps of the reference may overflow.
        warnings.simplefilter("ignore", RuntimeWarning)
        reference = np.split(forward_sensitivities(problem, g), [problem.z0.size])
    judged = []
    for method in methods:
        errors, warned = errors_of(problem, g, reference, method=method, gradient=gradient, **options)
        judged.append(Judgement(problem.name, method, None if errors is None else max(errors), warned))
    return judged


def errors_of(problem, g, reference, **options):
    """Relative errors of the gradient of sum(g * z) in z0 and in params, None if a solver gave up; was it warned of?"""

    def loss(inputs):
        z0, params = inputs
        return anp.sum(g * odeint(problem.f, z0, problem.t, params, **options))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            gradient = grad(loss)((problem.z0, problem.params))
        except SolverError:
            return None, False
    warned = any(warning.category is ReconstructionWarning for warning in caught)
    return [_distance(ravel(found), exact) for found, exact in zip(gradient, reference)], warned


def _distance(found, exact):
    """Relative, in the 2-norm; a reference of zeros may be exact."""
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(found - exact) / (np.linalg.norm(exact) or 1))


HEADER = """\
Gradients of a random weighting of the last states, by gradient={gradient!r}, and their relative errors
(2-norm; the larger one of z0 and params) against forward sensitivities. Up to {right:.0e} they are right."""
FOOTER = """\
warned  a ReconstructionWarning says that the gradient is not to be trusted
raised  a SolverError says that a solver gave up
WRONG   nothing was said"""


def run(names, *, methods=None, gradient="adjoint", **options):
    """Print a line for each problem of the sets named, as soon as it is judged; return whether no gradient is WRONG."""
    judged = []
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
