"""What importing `odeint` costs beyond the NumPy and SciPy that it stands on; `import minode` alone imports neither.

    python -m tests.benchmarks.import_time

Cold interpreters, the two imports in turn; then what of the plotting and data libraries the import has brought along.
"""

import argparse
import json
from functools import partial
from statistics import median

from tests.benchmarks.shared.timing import finish, interleaved, run, versions

BASE, PACKAGE = "import numpy, scipy.integrate", "from minode import odeint"
# Wanted only once a figure is drawn, a file fetched or a bar shown.
LATER = ("matplotlib", "PIL", "pooch", "tqdm")


def seconds_of(statement):
    _, seconds = run("-c", statement)
    return seconds


def imported_too_early():
    output, _ = run("-c", f"{PACKAGE}; import json, sys; print(json.dumps([m for m in {LATER} if m in sys.modules]))")
    return json.loads(output)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args(arguments).rounds
    seconds = interleaved({statement: partial(seconds_of, statement) for statement in (BASE, PACKAGE)}, rounds)
    beyond = median(package - base for base, package in zip(seconds[BASE], seconds[PACKAGE]))
    early = imported_too_early()
    for statement, times in seconds.items():
        print(f"{statement:32}{median(times):.3f} s")
    print(f"{'beyond NumPy and SciPy':32}{beyond:.3f} s, median of {rounds} differences")
    print(f"of {', '.join(LATER)} imported at once: {', '.join(early) or 'none'}")
    finish(
        {
            "beyond_numpy_scipy_s": beyond,
            "base_s": median(seconds[BASE]),
            "minode_s": median(seconds[PACKAGE]),
            "imported_too_early": early,
            "rounds": rounds,
            "versions": versions("numpy", "scipy", "autograd"),
        }
    )


if __name__ == "__main__":
    main()
