"""Compute a figure or table of the thesis, and write NAME.png, its numbers as NAME.json, and a table to read here."""

import argparse
import sys

from minode.cli.commands import failures
from minode.experiments.registry import REGISTRY
from minode.experiments.reproduction import OUT, animated, checked_folder, reproduce


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add options for the name, the size, the seed and the output folder."""
    parser.add_argument("name", metavar="NAME", help="as `minode list` prints it, such as fig3.4; or all")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="in seconds, less training")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="more training than the default")
    size.add_argument("--deciding", dest="size", action="store_const", const="deciding", help="by the protocol's seeds")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random numbers (default 0)")
    parser.add_argument(
        "--out", default=OUT, metavar="DIR", help=f"folder for the files and the runs behind them (default {OUT})"
    )
    parser.add_argument("--animate", action="store_true", help="also write NAME.gif, where there is an animation")
    parser.set_defaults(size="default")


def run(options: argparse.Namespace) -> int:
    """Reproduce one figure or table, or all of them; of all, those that fail are named at the end."""
    settings = dict(size=options.size, seed=options.seed, out=options.out)
    if options.name != "all":
        print(reproduce(options.name, animate=options.animate, **settings))
        return 0
    checked_folder(options.seed, options.out)
    failed = []
    for name in REGISTRY:
        print(f"{name}:", flush=True)
        try:
            print(reproduce(name, animate=options.animate and name in animated(), **settings), end="\n\n", flush=True)
        except failures() as error:
            failed.append(name)
            print(f"minode: {name}: {error}", file=sys.stderr)
    if failed:
        print(f"minode: {len(failed)} of {len(REGISTRY)} failed: {', '.join(failed)}", file=sys.stderr)
    return 2 if failed else 0
