"""Compare gradients of `odeint` with those of closed forms, of backpropagation and of finite differences.

`--problem detest`, `stiff` and `everyday` are sets of problems without closed forms, solved with odeint's own defaults:
the gradients are right, or a warning or an error says that they are not, or they are WRONG.

The exit code is 1 if an error is above its bound, or a gradient is WRONG.
"""

import argparse

from minode.gradcheck import survey
from minode.gradcheck.check import METHODS
from minode.gradcheck.check import run as check_all
from minode.gradcheck.problems.closed_forms import PROBLEMS
from minode.ode.odeint import GRADIENTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for problems, solvers and the tolerance."""
    names = (*PROBLEMS, *survey.SETS)
    parser.add_argument("--problem", action="append", choices=names, help="repeatable (default all closed forms)")
    parser.add_argument("--method", action="append", choices=METHODS, help="repeatable (default all)")
    parser.add_argument("--gradient", default="adjoint", choices=GRADIENTS, help="on sets (default adjoint)")
    parser.add_argument("--rtol", type=float, metavar="X", help="of adaptive methods (default 1e-9; on sets 1e-6)")


def run(options: argparse.Namespace) -> int:
    """Print the tables; return exit code 1 if a row fails or a gradient is wrong."""
    asked = options.problem or list(PROBLEMS)
    formulas, sets = [name for name in asked if name in PROBLEMS], [name for name in asked if name in survey.SETS]
    passed = True
    if formulas:
        passed = check_all(formulas, methods=options.method or METHODS, rtol=options.rtol or 1e-9)
    if sets:
        tolerances = {} if options.rtol is None else dict(rtol=options.rtol, atol=options.rtol / 100)
        passed = survey.run(sets, methods=options.method, gradient=options.gradient, **tolerances) and passed
    return 0 if passed else 1
