"""Gradients by forward sensitivities: nothing is solved backward, so no error can come from a backward solve."""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csc_array

from minode.base.trees import ravel, tree_map, unravel
from minode.base.types import Array
from minode.gradcheck.problems.closed_forms import Problem

H = 1e-30
# A problem counts as stiff if DOP853 needs more evaluations than this.
MANY_EVALUATIONS = 20_000


class _Stiff(Exception):
    pass


def forward_sensitivities(problem: Problem, g: Array) -> Array:
    """Compute the gradient of sum(g * z) from S = dz(t) / d(z0, params), by dS/dt = df/dz S + df/dp beside dz/dt = f.

    df/dz and df/dp are computed by complex steps, which are exact up to rounding. So f must be analytic.

    Parameters
    ----------
    problem : Problem
        Its z0 is a vector.
    g : array, shape (k, n)
        Weights of the states at the times of the problem.

    Returns
    -------
    array, shape (n + p,)
        The gradient in z0, then in the raveled params.
    """
    n, W = problem.z0.size, ravel(problem.params).astype(float)
    # `unravel` gives leaves the dtypes of its pattern, which must be complex here.
    pattern = tree_map(lambda leaf: leaf + 0j, problem.params)
    m = n + W.size

    def complex_field(t, z, w):
        return np.array(problem.f(t, z, unravel(pattern, w)))

    def jacobian(t, z):
        columns = [complex_field(t, z + 1j * H * e, W + 0j) for e in np.eye(n)]
        columns += [complex_field(t, z + 0j, W + 1j * H * e) for e in np.eye(W.size)]
        return np.stack(columns, axis=1).imag / H

    def rhs(t, y):
        z, S = y[:n], y[n:].reshape(m, n).T
        J = jacobian(t, z)
        dS = J[:, :n] @ S
        dS[:, n:] += J[:, n:]
        return np.concatenate([complex_field(t, z, W).real, dS.T.ravel()])

    def blocks(t, y):
        """Newton's matrix without d(df/dz S)/dz, which is below the diagonal; to omit it costs an iteration at most."""
        return csc_array(np.kron(np.eye(1 + m), jacobian(t, y[:n])[:, :n]))

    calls = 0

    def counted(t, y):
        nonlocal calls
        calls += 1
        if calls > MANY_EVALUATIONS:
            raise _Stiff
        return rhs(t, y)

    y0 = np.concatenate([problem.z0, np.eye(m, n).ravel()])
    span = problem.t[0], problem.t[-1]
    try:
        solution = solve_ivp(counted, span, y0, "DOP853", t_eval=problem.t, rtol=1e-9, atol=1e-14)
    except _Stiff:
        solution = solve_ivp(rhs, span, y0, "Radau", t_eval=problem.t, rtol=1e-9, atol=1e-14, jac=blocks)
    if not solution.success:
        raise RuntimeError(f"{problem.name}: {solution.message}")
    S = solution.y[n:].T.reshape(len(problem.t), m, n)
    return np.einsum("ki,kji->j", g, S)
