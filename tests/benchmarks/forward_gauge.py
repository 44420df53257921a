"""Would a gauge of the forward solve pay? Pulses that solvers step over, and what looks at f between steps find.

    python -m tests.benchmarks.forward_gauge

The pulse exp(-((t - c) / w)**2) on [0, 20] at three places. Between every two steps, or at equally spaced times, f is
compared with the slope of the solution; a pulse is found where they differ by more than smooth random systems do.
"""

import argparse

import numpy as np

from minode.ode.solution.trajectory import solve_and_keep
from minode.ode.solvers.options import SolveOptions
from tests.benchmarks.shared.timing import finish, print_table
from tests.random_systems import random_system

METHODS = ("lsoda", "dopri5", "dop853", "radau", "bdf")
WIDTHS, CENTRES, END = (1.0, 0.3, 0.1, 0.03, 0.01), (7.3, 10.0, 11.1), 20.0
# A pulse is lost if its integral is off by a thousandth.
LOST = 1e-3
# The golden section falls on no node of any method.
GOLDEN = (5**0.5 - 1) / 2
LOOKS = {"one a step": None, "64 in all": 64}


def defects(rhs, y0, t, method):
    """For each kind of look the largest defect, in what the tolerances allow; the last state; evaluations and looks."""
    options, calls = SolveOptions(method), []

    def counted(t, y):
        calls.append(t)
        return np.asarray(rhs(t, y), float)

    ys, solution = solve_and_keep(counted, y0, t, options)
    evaluations, z_of = len(calls), solution()
    between = z_of.breaks[:-1] + GOLDEN * np.diff(z_of.breaks)
    low, high = z_of.low, z_of.high
    found = {}
    for name, number in LOOKS.items():
        times = between if number is None else low + (high - low) * (np.arange(number) + GOLDEN) / number
        found[name] = max(_defect(rhs, z_of, s, options) for s in times), len(times)
    return found, ys[-1], evaluations


def _defect(rhs, z_of, s, options):
    """How far the slope misses f, over the step in which s is."""
    step = np.diff(np.sort(z_of.breaks))[np.searchsorted(np.sort(z_of.breaks), s, side="right") - 1]
    h = 1e-4 * step
    slope = (z_of(min(s + h, z_of.high)) - z_of(max(s - h, z_of.low))) / (min(s + h, z_of.high) - max(s - h, z_of.low))
    z = z_of(s)
    missed = step * np.abs(slope - np.asarray(rhs(s, z), float))
    return float((missed / (options.rtol * np.abs(z) + options.atol)).max())


def smooth(method, number):
    """The largest defects on random systems, by kind of look."""
    rows = []
    for seed in range(number):
        system = random_system(seed)

        def rhs(t, z, system=system):
            return np.asarray(system.f(t, z, system.params), float)

        found, _, evaluations = defects(rhs, system.z0.astype(float), system.t, method)
        rows.append(([found[name][0] for name in LOOKS], evaluations))
    return dict(zip(LOOKS, np.max([row for row, _ in rows], axis=0))), int(np.median([n for _, n in rows]))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="*", default=METHODS, choices=METHODS)
    parser.add_argument("--random", type=int, default=60, help="random systems")
    options = parser.parse_args(arguments)
    rows, figures = [], []
    for method in options.methods:
        bounds, usual = smooth(method, options.random)
        for w in WIDTHS:
            lost, seen, looks = 0, dict.fromkeys(LOOKS, 0), dict.fromkeys(LOOKS, 0)
            for c in CENTRES:

                def pulse(t, y, c=c, w=w):
                    return np.exp(-(((t - c) / w) ** 2)) + 0 * y

                found, end, _ = defects(pulse, np.zeros(1), np.array([0.0, END]), method)
                if abs(end[0] / (w * np.pi**0.5) - 1) > LOST:
                    lost += 1
                    for name in LOOKS:
                        seen[name] += int(found[name][0] > bounds[name])
                looks = {name: found[name][1] for name in LOOKS}
            rows.append((method, str(w), str(lost), *(str(seen[name]) for name in LOOKS), str(usual)))
            figures.append({"method": method, "w": w, "lost": lost, "seen": seen, "looks": looks, "usual": usual})
    print_table(("method", "width", "lost of 3", *(f"seen: {name}" for name in LOOKS), "NFE, random"), rows, texts=2)
    finish({"pulses": figures})


if __name__ == "__main__":
    main()
