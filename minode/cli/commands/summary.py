"""Print a network layer by layer, with its parameters, as the thesis prints it, and where that differs."""

import argparse

from minode.nn import models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, and options for the shape of its data."""
    parser.add_argument("model", choices=tuple(models.MODELS), help="name of the network")
    parser.add_argument("--channels", type=int, default=1, metavar="N", help="of the images (default 1)")
    parser.add_argument("--classes", type=int, default=10, metavar="N", help="of the labels (default 10)")


def run(options: argparse.Namespace) -> None:
    """Print the table."""
    print(models.describe_network(options.model, options.channels, options.classes))
