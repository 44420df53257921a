"""Write the interactive page: a ResNet that becomes a flow, live training, tolerance, adjoint, rings, your own digit.

It is one HTML file, which any browser shows without a network. Its numbers come from minode.
"""

import argparse
import webbrowser

from minode.experiments.reproduction import OUT
from minode.explore import page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the output folder, and whether to show the page."""
    parser.add_argument("--out", default=OUT, metavar="DIR", help=f"folder for {page.NAME} (default {OUT})")
    parser.add_argument("--open", action="store_true", help="show it in the browser")


def run(options: argparse.Namespace) -> None:
    """Write the page, and open it if wanted."""
    path = page.write(options.out)
    print(f"wrote {path}")
    if options.open and not webbrowser.open(path.resolve().as_uri()):
        raise OSError(f"no browser was found; open {str(path)!r} yourself")
