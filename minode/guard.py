"""The guard around every right-hand side that a solver calls.

SciPy's compiled solvers trust the function they are given. Since SciPy 1.17 VODE swallows an exception
raised in it, Ctrl-C included, and reports success with wrong numbers; LSODA integrates through NaN; most reuse
the buffer of y; none may run inside itself. One wrapper closes all of these, for every solver alike.
"""

import math
import threading
from contextlib import contextmanager, nullcontext

import numpy as np
import scipy

from minode import checks
from minode.signals import interrupts_deferred


class SolverError(RuntimeError):
    """The solver could not reach the requested times; no partial solution is returned."""


class GuardedRHS:
    """A right-hand side on flat vectors that cannot mislead its solver.

    The user's function receives a copy of y in the state's shape, and what it returns is checked and copied: it may
    keep, change or return the one and reuse the other. Its first exception is kept for `reraise`, whatever the solver
    makes of it, and ends all calls of user code.

    Parameters
    ----------
    rhs : callable
        ``rhs(t, y) -> dy/dt`` on arrays in the shape of `y0`.
    y0 : array
        Initial state.
    max_evaluations : int
        Evaluations after which the solve is given up.
    copies : bool
        False for a solver that copies by itself where it must: for a large state that is less often.
    """

    def __init__(self, rhs, y0, max_evaluations, copies=True):
        self.rhs, self.y0, self.max_evaluations, self.copies = rhs, y0, max_evaluations, copies
        self.evaluations = 0
        self.last = math.nan, y0
        self.failure = None
        self.inside = False
        self.interrupts = {}

    def __call__(self, t, y):
        if self.failure is not None:
            raise SolverError("the right-hand side was called again after it had failed")
        try:
            try:
                self.inside = True
                if self.interrupts:
                    self.deliver_interrupts()
                return self.evaluate(t, y.reshape(self.y0.shape)).ravel()
            finally:
                self.inside = False
        except BaseException as failure:
            self.failure = failure
            raise

    def quiet(self, t, y):
        """Evaluate for a compiled solver, which would mishandle an exception: from the first one on return zeros.

        A solution that stands still takes the solver to its end within some hundred calls and, unlike NaN, no warning.
        """
        try:
            return self(t, y)
        except BaseException:
            return np.zeros(y.shape)

    def reraise(self):
        """Raise the first exception, if any; its traceback still points into the user's function."""
        try:
            if self.failure is not None:
                raise self.failure
        finally:
            # The traceback refers to this object: the two would keep each other, and all arrays, alive.
            self.failure = None

    def evaluate(self, t, y):
        """Call the user's function on arrays in the state's shape and check what it returns."""
        # Floats do not promote float32 networks, as float64 scalars would.
        t, y = float(t), np.array(y) if self.copies else y
        self.evaluations += 1
        self.last = t, y
        if self.evaluations > self.max_evaluations:
            raise SolverError(
                f"gave up after {self.max_evaluations} evaluations, at t = {t:.6g}; {self.advice('raise max_steps')}"
            )
        returned = self.rhs(t, y)
        dy = np.asarray(returned)
        if dy.dtype.kind not in "fiu":
            raise TypeError(f"the right-hand side returned {checks.describe(returned)}; expected real numbers")
        if dy.shape != self.y0.shape:
            raise ValueError(
                f"the right-hand side returned shape {dy.shape}; expected {self.y0.shape}, the shape of y0"
            )
        # The Runge-Kutta codes keep what they get, and `rhs` may use its own again.
        dy = dy.astype(self.y0.dtype, copy=self.copies)
        # A dot product is the cheapest pass that NaN and infinity survive; it may itself overflow.
        if not math.isfinite(np.vdot(dy, dy)) and not np.isfinite(dy).all():
            raise SolverError(
                f"the right-hand side is {checks.first_nonfinite(dy)}, at t = {t:.6g}; "
                + self.advice(f"|y| is {np.abs(y).max():.3g} there")
            )
        return dy

    def stopped(self, method, reason, max_steps, remedy):
        """Return the error of a solver that gave up."""
        return SolverError(
            f"{method} stopped near t = {self.last[0]:.6g}: {reason.rstrip('.')} (max_steps={max_steps}); "
            + self.advice(remedy)
        )

    def advice(self, otherwise):
        """Advise against a solution that blows up, if y has grown beyond what a smooth flow suggests."""
        start, size = (float(np.abs(y).max()) for y in (self.y0, self.last[1]))
        if size / 1e4 <= max(start, 1):
            return otherwise
        return (
            f"|y| has grown from {start:.3g} to {size:.3g}: the solution seems to blow up there, so end t before that "
            "point or, with fixed steps, raise n_steps"
        )

    def deliver_interrupts(self):
        while self.interrupts:
            signum = next(iter(self.interrupts))
            handler, frame = self.interrupts.pop(signum)
            handler(signum, frame)


class _Running(threading.local):
    method = None


_running = _Running()
# Before 1.17 SciPy's Fortran keeps its state in common blocks, which threads would overwrite.
_OLD_SCIPY = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 17)
_one_at_a_time = threading.Lock() if _OLD_SCIPY else nullcontext()


@contextmanager
def compiled(method, guard):
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
            "compiled solvers are not reentrant; use method='dopri5' or 'dop853' for one of the two"
        )
    with _one_at_a_time, interrupts_deferred(guard):
        _running.method = method
        try:
            yield guard.quiet
        except Warning as warning:
            # SciPy's own, beside its return code, where the user has turned warnings into errors.
            raise SolverError(f"{method} stopped: {warning}") from None
        finally:
            _running.method = None
