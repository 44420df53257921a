"""Build the site: documentation and the notebooks that run in the browser."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.site import lite, pyodide_distribution
from tests.site.documentation.build import build

CORE, FULL = "core", "full"


def main(arguments: list[str] | None = None) -> int:
    """Build the site; 0 if it is as it should be, else 1, and what is wrong is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("site"), metavar="DIR", help="(default: %(default)s)")
    parser.add_argument(
        "--pyodide",
        metavar="DIR",
        help="a copy of Pyodide's full distribution, to become part of the site; by default browsers fetch it from its "
        f"public address. For tests {CORE!r} makes one of what npm and PyPI have, without NumPy, and {FULL!r} with it",
    )
    options = parser.parse_args(arguments)
    if options.out.exists() and not (options.out / "searchindex.js").is_file():
        parser.error(f"DIR is {str(options.out)!r}, which is no site of ours; name another folder")
    shutil.rmtree(options.out, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            pyodide = Path(options.pyodide) if options.pyodide else None
            if options.pyodide in (CORE, FULL):
                pyodide = Path(scratch, "pyodide")
                pyodide_distribution.assemble(pyodide, libraries=options.pyodide == FULL)
            lite.build(options.out / lite.NAME, pyodide)
        build(options.out)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"built {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
