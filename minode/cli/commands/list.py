"""Name the figures and tables that can be reproduced, what each costs at each size, and what it claims."""

import argparse

from minode.experiments import gallery


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no options."""


def run(options: argparse.Namespace) -> None:
    """Print the registry, and where to go on."""
    print(gallery.as_text())
    print("\nTo be played with, in a browser: minode explore.")
