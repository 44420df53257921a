"""Radau and BDF for stiff problems: implicit methods, whose steps solve equations with the Jacobian of f."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy.integrate import BDF, Radau
from scipy.sparse import block_diag, csc_array

from minode.base.types import Array, Field, Params, Shape
from minode.ode.field.evaluations import Linearised, linearise
from minode.ode.field.nfe import counted
from minode.ode.solvers.guard import GuardedRHS
from minode.ode.solvers.interpolant import Solution
from minode.ode.solvers.options import Method, SolveOptions
from minode.ode.solvers.stepping import stepped

Jacobian: TypeAlias = Callable[[float, Array], Array]
"""``jacobian(t, y) -> array (n, n)`` on flat states; entry (i, j) is the derivative of dy_i/dt by y_j."""

# SciPy keeps n x n numbers five times and factors them at each change of the step. At this size that takes 160 MB, and
# a second or two.
LARGEST = 2000
# Up to this size the Jacobian is exact, by n products with unit vectors. Beyond, the forward solves take differences,
# which cost a third.
EXACT = 100


def _with_any_rtol(method):
    """Let rtol be an array: SciPy takes a number, from which it derives Newton's tolerance."""

    class Solver(method):
        def __init__(self, *arguments, rtol, **options):
            super().__init__(*arguments, rtol=np.min(rtol), **options)
            if np.ndim(rtol):
                self.rtol = rtol

    return Solver


_Radau: Any = _with_any_rtol(Radau)
_BDF: Any = _with_any_rtol(BDF)

# Radau's nodes in a step, and the largest value in it of the polynomial that is zero there and at the start.
NODES = np.array([0.0, (4 - 6**0.5) / 10, (4 + 6**0.5) / 10, 1.0])
LARGEST_BETWEEN = np.abs(np.prod(np.linspace(0, 1, 401)[:, None] - NODES, axis=1)).max()
# So many tolerances may its polynomial err by, and so often is a step made shorter for it.
BETWEEN, TRIES = 3.0, 12


class _RadauBetweenSteps(_Radau):
    """Radau with steps so short that its polynomial, a cubic, is as good between their ends as the solution at them.

    Radau controls the error at the ends. On the smooth stretches of stiff problems these are right for steps so long
    that no cubic follows the solution. Continued to the start of the step before, the cubic misses the state there by
    what a term of fourth order would add; that term, between the ends, is the error.
    """

    def step(self) -> str | None:
        for _ in range(TRIES):
            before = dict(self.__dict__)
            reason = super().step()
            missed = self._missed_between(before["t_old"], before["y_old"]) if reason is None else 0.0
            if missed <= BETWEEN:
                return reason
            length = abs(self.t - self.t_old)
            counts = {name: getattr(self, name) for name in ("nfev", "njev", "nlu")}
            self.__dict__.update(before, **counts, LU_real=None, LU_complex=None)
            self.h_abs = length * max(0.2, 0.9 * (BETWEEN / missed) ** 0.25)
        return super().step()

    def _missed_between(self, t, y):
        """The error between the ends in tolerances, by the state y at the start t of the step before."""
        if t is None:
            return 0.0
        place = (t - self.t_old) / (self.t - self.t_old)
        share = LARGEST_BETWEEN / np.prod(place - NODES)
        allowed = self.atol + self.rtol * np.maximum(np.abs(self.y), np.abs(self.y_old))
        return float(np.linalg.norm((self.sol(t) - y) * share / allowed)) / self.n**0.5


def radau(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Radau IIA of order 5 (Hairer, Wanner 1996); between steps its polynomial of degree 3, which bounds them then."""
    between = options.dense_output or len(t) > 2
    return _implicit(_RadauBetweenSteps if between else _Radau, guard, y0, t, options)


def bdf(guard: GuardedRHS, y0: Array, t: Array, options: SolveOptions) -> Solution:
    """Backward differentiation of orders 1 to 5 (Shampine, Reichelt 1997)."""
    return _implicit(_BDF, guard, y0, t, options)


def _implicit(solver_type, guard, y0, t, options):
    def finite(t, y):
        J = options.jacobian(t, y.copy())
        numbers = J if isinstance(J, np.ndarray) else J.data
        if not np.isfinite(numbers).all():
            raise guard.error(f"the Jacobian of f has an entry that is not finite, at t = {t:.6g}")
        return J

    exact = {} if options.jacobian is None else {"jac": finite}
    try:
        return stepped(solver_type, guard, y0, t, options, **exact)
    except ValueError as refused:
        if "infs or NaNs" not in str(refused):
            raise
        raise guard.error(
            f"a matrix of {options.method} has an entry that is not finite, near t = {guard.last[0]:.6g}"
        ) from None


def check_size(n: int, method: Method) -> None:
    """Refuse a state whose n x n numbers are too many, by a ValueError."""
    if n > LARGEST:
        raise ValueError(
            f"method={method!r} with a state of {n} components: it would factor matrices of {n} x {n} numbers, "
            f"{8 * n * n / 2**30:.3g} GiB each; expected at most {LARGEST} components. Use method='lsoda', which "
            "copes with stiffness that does not couple them, or 'dopri5' where the problem is not stiff"
        )


def field_jacobian(evaluate: Linearised, shape: Shape, dtype: Any, counter: str) -> Jacobian:
    """Prepare the Jacobian of a field on z of this shape and dtype: one trace, and one product for each row.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(t, z) -> (dz, pullback)`` with ``pullback(a)[0] = a . df/dz``, as `evaluations.linearise` makes it.
    counter : str
        What each product counts as; see `nfe.counted`.
    """

    def jacobian(t, z):
        _, pullback = evaluate(float(t), z.reshape(shape).astype(dtype, copy=False))
        pullback, units = counted(pullback, counter), np.eye(z.size, dtype=dtype)
        return np.stack([pullback(unit.reshape(shape))[0].ravel() for unit in units]).astype(float)

    return jacobian


def forward_jacobian(f: Field, params: Params, z0: Array, t0: float, method: Method) -> Jacobian | None:
    """The Jacobian for a forward solve: exact where n is small and f can be traced, None otherwise."""
    if method not in IMPLICIT or z0.size > EXACT:
        return None
    jacobian = field_jacobian(linearise(f, params, of="z"), z0.shape, z0.dtype, "forward")
    try:
        jacobian(t0, z0)
    except Exception:
        # Where f cannot be traced, or has no derivative, differences will do. Where f itself fails, the solve will too.
        return None
    return jacobian


def augmented_jacobian(jacobian: Jacobian, n: int, n_W: int) -> Callable[[float, Array], Any]:
    """The Jacobian of f_aug (Eq. 3.10) but for its blocks below the diagonal, as a sparse matrix.

    Those blocks hold second derivatives of f, and df/dW. Newton's iteration does not need them: it finds z first, then
    a, then the n_W entries of a_W, on which nothing depends. `jacobian` is that of f, on a flat z of n entries.
    """

    def blocks(t, s):
        J = jacobian(t, s[:n])
        return csc_array(block_diag([J, -J.T, csc_array((n_W, n_W))], format="csc"))

    return blocks


IMPLICIT = {"radau": radau, "bdf": bdf}
