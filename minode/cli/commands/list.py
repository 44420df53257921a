"""Name the figures and tables that can be reproduced, what each costs at each size, and what it claims."""

import argparse

from minode.experiments import gallery


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for the name."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="also say by what runs and what test its claims are decided"
    )


def run(options: argparse.Namespace) -> None:
    """Print the registry, and where to go on; or an entry of it and its protocol."""
    print(gallery.as_text(options.name))
    if options.name is None:
        print("\nTo be played with, in a browser: minode explore.")
