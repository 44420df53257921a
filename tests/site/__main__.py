"""Build the site: ``python -m tests.site``."""

import argparse
import sys
from pathlib import Path

from tests.site import documentation


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("site"), metavar="DIR")
    options = parser.parse_args(arguments)
    documentation.build(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
