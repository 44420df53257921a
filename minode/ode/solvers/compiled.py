"""What SciPy's compiled solvers need around them: no solve inside a solve, one thread before 1.17, no warnings."""

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import numpy as np
import scipy

from minode.base.signals import interrupts_deferred
from minode.base.types import Array
from minode.ode.field.statistics import Statistics
from minode.ode.solvers.guard import GuardedRHS, SolverError


class _Running(threading.local):
    method: str | None = None


_running = _Running()
# Before 1.17 SciPy's Fortran keeps its state in common blocks, which threads would overwrite.
_OLD_SCIPY = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 17)
_one_at_a_time: Any = threading.Lock() if _OLD_SCIPY else nullcontext()


@contextmanager
def shielded(method: str, guard: GuardedRHS) -> Iterator[Callable[[float, Array], Array]]:
    """Shield one solve by SciPy's compiled solver `method`.

    Yields
    ------
    callable
        ``guard.quiet``, the right-hand side for that solver.

    Raises
    ------
    SolverError
        If this thread is already inside a compiled solve: SciPy hangs there, or answers wrongly without a word.
    """
    if _running.method is not None:
        raise SolverError(
            f"a {method} solve was started inside the right-hand side of a {_running.method} solve, and SciPy's "
            "compiled solvers are not reentrant",
            "use method='dopri5', 'dop853' or 'dopri5-np' for one of the two",
        )
    with _one_at_a_time, interrupts_deferred(guard), _without_warnings_of_the_solver(guard):
        _running.method = method
        try:
            yield guard.quiet
        finally:
            _running.method = None


@contextmanager
def _without_warnings_of_the_solver(guard):
    """Ignore SciPy's warnings: its return code says the same, and becomes an error of ours.

    `warnings.catch_warnings` would replace the filters of all threads, also those that the user's function sets, and
    forget which warnings were shown once. Instead, one entry in the list of filters ignores what this thread warns of
    while the solver, not the user's function, is at work. It is taken out by its identity, so nothing else changes.
    """
    entry = ("ignore", _WarningsOf(guard), Warning, None, 0)
    filters = warnings.filters
    filters.insert(0, entry)
    try:
        yield
    finally:
        # Unless the user's function has reset the filters.
        with suppress(ValueError):
            filters.remove(entry)


class _WarningsOf:
    """Stands where a filter of warnings has the pattern of their text."""

    def __init__(self, guard):
        self.guard, self.thread = guard, threading.get_ident()

    def match(self, text):
        return threading.get_ident() == self.thread and not self.guard.inside


def told_by_lsoda(info: dict[str, Any], t0: float, origin: float) -> Statistics:
    """What SciPy's `odeint` tells of LSODA's steps from t0; of its changes of method, the last before each time.

    Times are counted from the `origin`.
    """
    switched = [float(s) for s in dict.fromkeys(info["tsw"]) if s not in (0.0, t0)]
    # It begins with Adams' method, and there are but two.
    switches = tuple((origin + s, ("bdf", "adams")[i % 2]) for i, s in enumerate(switched))
    return Statistics(None, int(info["nst"][-1]), None, int(info["nje"][-1]), switches=switches)


def told_by_vode(solver: Any, guard: GuardedRHS) -> Statistics:
    """What VODE counts in its array of integers (IWORK: NST, NFE, NJE, NCFN, NETF), where SciPy has it.

    SciPy has no public name for it, so that it must hold the number of evaluations that the guard has counted.
    """
    counts = getattr(solver._integrator, "iwork", np.zeros(0))
    if len(counts) < 22 or counts[11] != guard.evaluations:
        return Statistics()
    return Statistics(None, int(counts[10]), int(counts[20] + counts[21]), int(counts[12]), switches=())
