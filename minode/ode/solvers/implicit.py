"""Radau and BDF for stiff problems: implicit methods, whose steps solve equations with the Jacobian of f."""

import numpy as np
from scipy.integrate import BDF, Radau
from scipy.sparse import block_diag, csc_array

from minode.ode.field.nfe import counted
from minode.ode.field.trace import linearise
from minode.ode.solvers.stepping import stepped

# n x n numbers are kept five times, and factored at each change of the step: 160 MB and a second or two at that size.
LARGEST = 2000
# Below it n products with unit vectors, exact; above, the forward solves take differences, which cost a third.
EXACT = 100


def _with_any_rtol(method):
    """SciPy derives Newton's tolerance from a single rtol; in the error of a step there may be one a component."""

    class Solver(method):
        def __init__(self, *arguments, rtol, **options):
            super().__init__(*arguments, rtol=np.min(rtol), **options)
            if np.ndim(rtol):
                self.rtol = rtol

    return Solver


_Radau, _BDF = map(_with_any_rtol, (Radau, BDF))


def radau(guard, y0, t, rtol, atol, max_steps, pieces=None, jacobian=None):
    """Radau IIA of order 5 (Hairer, Wanner 1996); between steps its polynomial of degree 3."""
    return _implicit("radau", _Radau, guard, y0, t, rtol, atol, max_steps, pieces, jacobian)


def bdf(guard, y0, t, rtol, atol, max_steps, pieces=None, jacobian=None):
    """Backward differentiation of orders 1 to 5 (Shampine, Reichelt 1997)."""
    return _implicit("bdf", _BDF, guard, y0, t, rtol, atol, max_steps, pieces, jacobian)


def _implicit(name, method, guard, y0, t, rtol, atol, max_steps, pieces, jacobian):
    def finite(t, y):
        J = jacobian(t, y.copy())
        numbers = J if isinstance(J, np.ndarray) else J.data
        if not np.isfinite(numbers).all():
            raise guard.error(f"the Jacobian of f has an entry that is not finite, at t = {t:.6g}")
        return J

    exact = {} if jacobian is None else {"jac": finite}
    try:
        return stepped(name, method, guard, y0, t, rtol, atol, max_steps, pieces, **exact)
    except ValueError as refused:
        if "infs or NaNs" not in str(refused):
            raise
        raise guard.error(f"a matrix of {name} has an entry that is not finite, near t = {guard.last[0]:.6g}") from None


def check_size(n, method):
    """Check that n x n numbers are not too many.

    Raises
    ------
    ValueError
        If they are; the message says how many they would be, and what to use instead.
    """
    if n > LARGEST:
        raise ValueError(
            f"method={method!r} with a state of {n} components: it would factor matrices of {n} x {n} numbers, "
            f"{8 * n * n / 2**30:.3g} GiB each; expected at most {LARGEST} components. Use method='lsoda', which "
            "copes with stiffness that does not couple them, or 'dopri5' where the problem is not stiff"
        )


def field_jacobian(evaluate, shape, dtype, counter):
    """Prepare the Jacobian of a field.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(t, z) -> (dz, pullback)`` with ``pullback(a)[0] = a . df/dz``, as `trace.linearise` makes it.
    shape, dtype
        Of z.
    counter : str
        What each product counts as; see `nfe.counted`.

    Returns
    -------
    callable
        ``jacobian(t, z) -> array (n, n)``, entry (i, j) that of df_i / dz_j: one trace, and a product for each row.
    """

    def jacobian(t, z):
        _, pullback = evaluate(float(t), z.reshape(shape).astype(dtype, copy=False))
        pullback, units = counted(pullback, counter), np.eye(z.size, dtype=dtype)
        return np.stack([pullback(unit.reshape(shape))[0].ravel() for unit in units]).astype(float)

    return jacobian


def forward_jacobian(f, params, z0, t0, method):
    """The option ``jacobian`` of a forward solve: exact where n is small and f can be traced, none otherwise."""
    if method not in IMPLICIT or z0.size > EXACT:
        return {}
    jacobian = field_jacobian(linearise(f, params, of="z"), z0.shape, z0.dtype, "forward")
    try:
        jacobian(t0, z0)
    except Exception:
        # f cannot be traced, or has no derivative; differences do without. What f raises by itself the solve will show.
        return {}
    return {"jacobian": jacobian}


def augmented_jacobian(jacobian, n, n_W):
    """The Jacobian of f_aug (Eq. 3.10) but for its blocks below the diagonal, as a sparse matrix.

    These hold second derivatives of f, and df/dW. Newton's iteration does without them: it has z right first, then a,
    then a_W, on which nothing depends.

    Parameters
    ----------
    jacobian : callable
        That of f, on a flat z of n entries.
    n, n_W : int

    Returns
    -------
    callable
        ``(t, s) -> sparse array (2 n + n_W, 2 n + n_W)``
    """

    def blocks(t, s):
        J = jacobian(t, s[:n])
        return csc_array(block_diag([J, -J.T, csc_array((n_W, n_W))], format="csc"))

    return blocks


IMPLICIT = {"radau": radau, "bdf": bdf}
