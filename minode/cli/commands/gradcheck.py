"""Compare gradients of `odeint` with those of closed forms, of backpropagation and of finite differences.

The exit code is 1 if an error is above its bound.
"""

import argparse

from minode.gradcheck.check import METHODS
from minode.gradcheck.check import run as check_all
from minode.gradcheck.closed_forms import PROBLEMS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for problems, solvers and the tolerance."""
    parser.add_argument("--problem", action="append", choices=tuple(PROBLEMS), help="repeatable (default all)")
    parser.add_argument("--method", action="append", choices=METHODS, help="repeatable (default all)")
    parser.add_argument("--rtol", type=float, default=1e-9, metavar="X", help="of adaptive methods (default 1e-9)")


def run(options: argparse.Namespace) -> int:
    """Print the table; return exit code 1 if a row fails."""
    passed = check_all(options.problem or PROBLEMS, methods=options.method or METHODS, rtol=options.rtol)
    return 0 if passed else 1
