"""What solves of 100,000 components leave behind, and what LSODA takes for one."""

import sys

import pytest

from minode.ode.solvers.implicit import IMPLICIT
from minode.ode.solvers.methods import ADAPTIVE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")

RESIDENT = """
import os, sys
import numpy as np
from minode import solve

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

y0 = np.ones(100_000)
"""

SOLVES = """
for _ in range(5):  # Until the allocator has settled.
    solve(lambda t, y: -y, y0, [0, 0.01], method=sys.argv[1], rtol=1e-3, atol=1e-3)
before, after = resident(), []
for _ in range(50):
    solve(lambda t, y: -y, y0, [0, 0.01], method=sys.argv[1], rtol=1e-3, atol=1e-3)
    after.append(resident())
print(max(after) - before)
"""

FAILURES = """
def failing_solve():
    calls = []
    def rhs(t, y):
        calls.append(t)
        if len(calls) == 8:
            raise ValueError
        return -y
    try:
        solve(rhs, y0, [0, 1], method=sys.argv[1])
    except ValueError:
        return
    raise AssertionError("did not fail")

for _ in range(5):
    failing_solve()
before, after = resident(), []
for _ in range(20):
    failing_solve()
    after.append(resident())
print(max(after) - before)
"""

STIFF = """
def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 2**10

rates = np.linspace(1, 1e6, y0.size)
evaluations = []

def rhs(t, y):
    evaluations.append(t)
    return rates * (np.cos(t) - y)

solve(lambda t, y: -y, y0[:600], [0, 0.01])
before = peak()
y = solve(rhs, y0, [0, 1], rtol=1e-3, atol=1e-3)
print(peak() - before, len(evaluations), abs(y[1, -1] - np.cos(1)))
"""


# One vector a solve, left behind, would be 15 MiB and more.
@pytest.mark.parametrize("method", [method for method in ADAPTIVE if method not in IMPLICIT])
@pytest.mark.parametrize("solves", [SOLVES, FAILURES], ids=["successes", "failures"])
def test_solves_return_their_memory(method, solves, run_script):
    assert float(run_script(RESIDENT + solves, method)) < 5


def test_stiff_lsoda_takes_linear_memory(run_script):
    mebibytes, evaluations, error = map(float, run_script(RESIDENT + STIFF).split())
    # In the units of n-vectors: about 20 for LSODA and the guard, where a dense Jacobian would be 100,000.
    assert mebibytes / (8 * 100_000 / 2**20) < 40
    # Adams' method, kept to steps of 1e-6 by stability, would need a million evaluations: it did turn stiff.
    assert evaluations < 1000
    assert error < 1e-2
