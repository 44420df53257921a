"""Name the figures and tables that can be reproduced, what each costs at each size, and what it claims."""

from minode.experiments import gallery


def add_arguments(parser):
    """There is nothing to choose."""


def run(options):
    """Print the registry."""
    print(gallery.as_text())
