"""The `minode` command: argument parsing and nothing else."""

import argparse
import os
import sys

from minode import SolverError, __version__
from minode.closed_forms import PROBLEMS
from minode.experiments import REGISTRY, reproduce
from minode.gradcheck import METHODS
from minode.gradcheck import run as gradcheck


def main(arguments=None):
    """Run the command; what a user can cause ends in one line on stderr and exit code 2.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the process by default.

    Returns
    -------
    int
        Exit code.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code = options.run(options) or 0
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, SolverError) as error:
        print(f"minode: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("minode: interrupted", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="minode", description="Neural ODEs that can be read.")
    parser.add_argument("--version", action="version", version=f"minode {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    listing = commands.add_parser("list", help="what can be reproduced, and what it costs")
    listing.set_defaults(run=_list)

    figure = commands.add_parser("reproduce", help="compute a figure of the thesis: NAME.png and NAME.json")
    figure.add_argument("name", help="as `minode list` prints it, such as fig3.4")
    size = figure.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="in seconds, less training")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="more training than the default")
    figure.add_argument("--seed", type=int, default=0, help="of all random numbers (default 0)")
    figure.add_argument("--out", default="figures", help="folder for the files (default figures)")
    figure.set_defaults(run=_reproduce, size="default")

    check = commands.add_parser("gradcheck", help="gradients against closed forms, backprop and finite differences")
    check.add_argument("--problem", action="append", help=f"of {', '.join(PROBLEMS)}; repeatable (default all)")
    check.add_argument("--method", action="append", help=f"of {', '.join(METHODS)}; repeatable (default all)")
    check.add_argument("--rtol", type=float, default=1e-9, help="of the adaptive methods (default 1e-9)")
    check.set_defaults(run=_gradcheck)
    return parser


def _list(options):
    print(f"{'name':8}{'quick':>8}{'default':>9}{'full':>7}   claim")
    for name, entry in REGISTRY.items():
        seconds = [f"{entry.seconds[size]} s" for size in ("quick", "default", "full")]
        print(f"{name:8}{seconds[0]:>8}{seconds[1]:>9}{seconds[2]:>7}   {entry.claim}")


def _reproduce(options):
    print(reproduce(options.name, size=options.size, seed=options.seed, out=options.out))


def _gradcheck(options):
    passed = gradcheck(options.problem or PROBLEMS, methods=options.method or METHODS, rtol=options.rtol)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
