"""The guard around every right-hand side that a solver calls.

SciPy's compiled solvers trust the function they are given. Since SciPy 1.17 VODE swallows an exception
raised in it, Ctrl-C included, and reports success with wrong numbers; LSODA integrates through NaN; most reuse
the buffer of y. One wrapper guards against all of these, for every solver alike.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minode.base import checks
from minode.base.types import Array


class SolverError(RuntimeError):
    """The solver could not reach the requested times; no partial solution is returned.

    Parameters
    ----------
    problem : str
        What happened, and where.
    remedy : str, optional
        What to do about it.
    cause : {"blow-up", "overshoot"}, optional
        Set where a backward solve needs another remedy than a forward one.
    """

    def __init__(self, problem: str, remedy: str | None = None, cause: str | None = None) -> None:
        super().__init__(problem if remedy is None else f"{problem}; {remedy}")
        self.problem, self.remedy, self.cause = problem, remedy, cause


# A solver that adds up its steps may miss the end by this much, relative to t.
ROUNDING = 8 * np.finfo(float).eps


class GuardedRHS:
    """A right-hand side on flat vectors that cannot mislead its solver.

    The user's function receives a copy of y in the state's shape, and what it returns is checked and copied. So it may
    keep, change or return the y it gets, and reuse what it returned. Its first exception is kept for `reraise`,
    whatever the solver makes of it, and the function is not called again.

    Parameters
    ----------
    rhs : callable
        ``rhs(t, y) -> dy/dt`` on arrays in the shape of `y0`.
    y0 : array
        Initial state.
    max_evaluations : int
        Evaluations after which the solve is given up.
    copies : bool
        False for a solver that itself copies where it must, which for a large state saves time.
    t : array, optional
        Requested times. A time beyond them by rounding counts as their end. An error farther out is reported as an
        overshoot.
    solver : str
        What to call the solver that overshoots.
    """

    def __init__(
        self,
        rhs: Callable[..., Any],
        y0: Array,
        max_evaluations: float,
        copies: bool = True,
        t: Array | Sequence[float] = (-math.inf, math.inf),
        solver: str = "the solver",
    ) -> None:
        self.rhs, self.y0, self.max_evaluations, self.copies, self.solver = rhs, y0, max_evaluations, copies, solver
        self.low, self.high = sorted((float(t[0]), float(t[-1])))
        self.evaluations = 0
        self.last = math.nan, y0
        self.failure: BaseException | None = None
        self.inside = False
        self.interrupts: dict[int, tuple[Any, Any]] = {}

    def __call__(self, t: float, y: Array) -> Array:
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

    def quiet(self, t: float, y: Array) -> Array:
        """Evaluate for a compiled solver, which would mishandle an exception: after the first one return zeros.

        The solution then stands still, so that the solver reaches its end within some hundred calls and, unlike with
        NaN, without a warning.
        """
        try:
            return self(t, y)
        except BaseException:
            return np.zeros(y.shape)

    def reraise(self) -> None:
        """Raise the first exception, if any; its traceback still points into the user's function."""
        try:
            if self.failure is not None:
                raise self.failure
        finally:
            # The traceback refers to this object, so that each would keep the other, and all arrays, alive.
            self.failure = None

    def evaluate(self, t: float, y: Array) -> Array:
        """Call the user's function on arrays in the state's shape and check what it returns."""
        y = np.array(y) if self.copies else y
        t = self.begin(t, y)
        try:
            return self.checked(self.rhs(t, y), t, y)
        except Exception as failure:
            if self.low <= t <= self.high:
                raise
            where = f"t = {t:.6g}, outside the range from {self.low:.6g} to {self.high:.6g}"
            raise SolverError(
                f"{self.solver} evaluated f at {where}, and there f failed ({type(failure).__name__}: {failure})",
                f"{self.solver} steps over the last time and interpolates back; use method='lsoda', 'dopri5', 'dop853' "
                "or 'dopri5-np', which stay inside",
                cause="overshoot",
            ) from failure

    def begin(self, t: float, y: Array) -> float:
        """Count an evaluation, and return its t as the function is to see it."""
        # A NumPy float64 would promote a float32 network to float64; a Python float does not.
        t = float(t)
        if not self.low <= t <= self.high:
            t = self.without_rounding(t)
        self.evaluations += 1
        self.last = t, y
        if self.evaluations > self.max_evaluations:
            raise self.error(f"gave up after {self.max_evaluations} evaluations, at t = {t:.6g}", "raise max_steps")
        return t

    def without_rounding(self, t: float) -> float:
        end = self.low if t < self.low else self.high
        return end if abs(t - end) <= ROUNDING * max(abs(self.low), abs(self.high)) else t

    def checked(self, returned: Any, t: float, y: Array) -> Array:
        dy = np.asarray(returned)
        if dy.dtype.kind not in "fiu":
            raise TypeError(f"the right-hand side returned {checks.described(returned)}; expected real numbers")
        if dy.shape != self.y0.shape:
            raise ValueError(
                f"the right-hand side returned shape {dy.shape}; expected {self.y0.shape}, the shape of y0"
            )
        # The Runge-Kutta codes keep what they get, and `rhs` may reuse its array.
        dy = dy.astype(self.y0.dtype, copy=self.copies)
        self.check_finite(dy, t, y)
        return dy

    def check_finite(self, dy: Array, t: float, y: Array) -> None:
        # A dot product is the cheapest way to find NaN and infinity. As it may itself overflow, a second look follows.
        if not math.isfinite(np.vdot(dy, dy)) and not np.isfinite(dy).all():
            size = np.abs(y).max()
            raise self.error(
                f"the right-hand side is {checks.first_nonfinite(dy)}, at t = {t:.6g} and |y| = {size:.3g}"
            )

    def error(self, problem: str, remedy: str | None = None) -> SolverError:
        """Return the error for `problem`; if the solution blows up, the remedy is the one against that."""
        start, size = (float(np.abs(y).max()) for y in (self.y0, self.last[1]))
        if size / 1e4 <= max(start, 1):
            return SolverError(problem, remedy)
        return SolverError(
            f"{problem}: |y| has grown from {start:.3g} to {size:.3g}, the solution seems to blow up there",
            "end t before that point or, with fixed steps, raise n_steps",
            cause="blow-up",
        )

    def stopped(self, method: Any, reason: str, remedy: str) -> SolverError:
        """Return the error of a solver that gave up."""
        return self.error(f"{method} stopped near t = {self.last[0]:.6g}: {reason.rstrip('.')}", remedy)

    def deliver_interrupts(self) -> None:
        while self.interrupts:
            signum = next(iter(self.interrupts))
            handler, frame = self.interrupts.pop(signum)
            handler(signum, frame)


def all_finite(ys: Array, t: Array) -> Array:
    """Return the states `ys` at `t` if they are finite; a SolverError tells where they are not."""
    finite = np.isfinite(ys).reshape(len(t), -1).all(axis=1)
    if not finite.all():
        i = int(finite.argmin())
        raise SolverError(f"the solution is {checks.first_nonfinite(ys[i])}, at t = {t[i]:.6g}")
    return ys
