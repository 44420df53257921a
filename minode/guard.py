"""The guard around every right-hand side that SciPy calls.

SciPy's compiled solvers trust the function they are given. Since SciPy 1.17 VODE swallows an exception
raised in it, Ctrl-C included, and reports success with wrong numbers; LSODA integrates through NaN; most reuse
the buffer of y; none may run inside itself. One wrapper closes all of these, for every solver alike.
"""

import math
import signal
import threading
from contextlib import contextmanager

import numpy as np

from minode.checks import first_nonfinite


class SolverError(RuntimeError):
    """The solver could not reach the requested times; no partial solution is returned."""


class GuardedRHS:
    """A right-hand side on flat vectors that cannot mislead its solver.

    `rhs` receives a copy of y in the state's shape and may keep or return it. The first exception is kept,
    the solver is fed NaN from then on without another call of user code, and `reraise` raises it when
    the solver has returned.

    Parameters
    ----------
    rhs : callable
        ``rhs(t, y) -> dy/dt`` on arrays in the shape of `y0`.
    y0 : array
        Initial state.
    max_evaluations : int
        Evaluations after which the solve is given up.
    """

    def __init__(self, rhs, y0, max_evaluations):
        self.rhs = rhs
        self.shape, self.dtype = y0.shape, y0.dtype
        self.start = _size(y0)
        self.evaluations = 0
        self.max_evaluations = max_evaluations
        self.failure = None
        self.inside = False
        self.interrupt = None
        self.poison = np.full(y0.size, np.nan)
        self.last = None

    def __call__(self, t, y):
        if self.failure is None:
            try:
                self.inside = True
                if self.interrupt is not None:
                    self.deliver_interrupt()
                dy = self.evaluate(t, y.reshape(self.shape)).ravel()
                self.inside = False
                return dy
            except BaseException as failure:
                self.inside = False
                self.failure = failure
        return self.poison

    def evaluate(self, t, y):
        """Call `rhs` once, outside any solver's reach, and check what it returns."""
        t, y = float(t), np.array(y)
        self.evaluations += 1
        self.last = t, y
        if self.evaluations > self.max_evaluations:
            raise SolverError(f"gave up after {self.max_evaluations} evaluations, at t = {t:.6g}{self.growth()}")
        dy = np.asarray(self.rhs(t, y))
        if dy.dtype.kind not in "fiu":
            raise TypeError(f"the right-hand side returned dtype {dy.dtype}; expected real numbers")
        if dy.shape != self.shape:
            raise ValueError(f"the right-hand side returned shape {dy.shape}; expected {self.shape}, the shape of y0")
        # A fresh array: the Runge-Kutta codes keep what they get, and `rhs` may reuse its own.
        dy = np.array(dy, dtype=self.dtype)
        # A dot product is the cheapest pass that NaN and infinity survive; it may itself overflow.
        if not math.isfinite(np.vdot(dy, dy)) and not np.isfinite(dy).all():
            index = first_nonfinite(dy)
            raise SolverError(
                f"the right-hand side is {dy[index]} at t = {t:.6g}, first at index {list(index)}{self.growth()}"
            )
        return dy

    def growth(self):
        """Say so if the state has grown beyond anything a smooth flow from y0 suggests."""
        if self.last is None or not _size(self.last[1]) > 1e4 * max(self.start, 1):
            return ""
        return (
            f"; |y| has grown from {self.start:.3g} to {_size(self.last[1]):.3g} there: the solution seems to blow up, "
            "so end t before that point"
        )

    def deliver_interrupt(self):
        handler, arguments = self.interrupt
        self.interrupt = None
        handler(*arguments)

    def reraise(self):
        if self.failure is not None:
            # The traceback that the exception carries still points into the user's function.
            raise self.failure


@contextmanager
def interrupts_deferred(guard):
    """Let Ctrl-C raise only inside `guard`, where it is caught, or after the solver has returned.

    Python runs signal handlers between two bytecodes: most often, since the solver's compiled code takes the rest of
    the time, on entry to the callback and before any ``try`` of ours, where the exception would fall to the solver.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return

    def defer(*arguments):
        if guard.inside:
            handler(*arguments)
        else:
            guard.interrupt = handler, arguments

    signal.signal(signal.SIGINT, defer)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if guard.interrupt is not None:
            guard.deliver_interrupt()


_thread = threading.local()


@contextmanager
def not_reentrant(method):
    """Refuse a compiled solver inside another one: SciPy hangs, or answers wrongly without a word.

    Raises
    ------
    SolverError
        If this thread is already inside such a solve.
    """
    outer = getattr(_thread, "method", None)
    if outer is not None:
        raise SolverError(
            f"a {method} solve was started inside the right-hand side of a {outer} solve, and SciPy's compiled solvers "
            "are not reentrant; use method='dopri5' or 'dop853' for one of the two"
        )
    _thread.method = method
    try:
        yield
    finally:
        _thread.method = None


def _size(y):
    return float(np.abs(y).max())
