"""Compare networks by their runs: mean test errors, and paired differences by seed with what would decide them.

Runs that differ in the seed alone are of one network. Intervals are Student's t over seeds, as in the experiments.
"""

import argparse

from minode.experiments.common import plots
from minode.experiments.common.comparison.networks import compare
from minode.experiments.common.comparison.picture import draw
from minode.experiments.common.comparison.table import as_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folders and the picture."""
    parser.add_argument("folders", nargs="+", metavar="DIR", help="a run's folder, or one with such folders")
    parser.add_argument("--out", metavar="FILE.png", help="a picture of the comparison")


def run(options: argparse.Namespace) -> None:
    """Print the comparison, and draw it."""
    if options.out is not None and not options.out.lower().endswith(".png"):
        raise ValueError(f"--out is {options.out!r}; expected a name that ends with .png")
    comparison = compare(options.folders)
    print(as_text(comparison))
    if options.out is not None:
        with plots.styled():
            plots.save(draw(comparison), options.out)
        print(f"\n{options.out}")
