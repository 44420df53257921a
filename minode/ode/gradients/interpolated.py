"""The adjoint where z need not find its way back: it is read from the forward solution.

Solved backward, z runs away where the flow contracts forward. The adjoint does not:

    da/dt = -a . df/dz (t, z(t), W)        (3.7)

is a linear system, as stable backward as the flow is forward. So the forward solution is kept as a function of t, and
of the augmented system (3.10) only a is solved, with the first row replaced by a look-up (Hindmarsh et al. 2005; Kim et
al. 2021). Nothing depends on a_W, so that Eq. 3.9 is an integral over what is then known,

    a_W(t_0) = - int a . df/dW (t, z(t), W) dt,

and the solver does not carry its many components. The price is memory: a few states for each accepted step of the
forward solve, and as many of a between two observations. No graph of any evaluation is kept.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from minode.base.trees import ravel
from minode.base.types import Array, Field, Params
from minode.ode.field.evaluations import linearise
from minode.ode.field.jumps import one_sided
from minode.ode.field.nfe import counted
from minode.ode.gradients.gauge import Gauge
from minode.ode.gradients.quadrature import integral
from minode.ode.gradients.second_opinion import Doubts
from minode.ode.gradients.segments import stops
from minode.ode.solution.trajectory import solve_and_keep
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.implicit import Jacobian, field_jacobian
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.options import SolveOptions

# The quadrature first takes so many steps of the solvers for one panel, since it has more nodes than they have stages.
STEPS = 4
# If the quadrature leaves a larger part of dP/dW open, that is an error, not a gradient.
UNSETTLED = 1e-3


def adjoint_dynamics(
    f: Field, z_of: Interpolant, params: Params, dtype: Any, doubts: Doubts
) -> tuple[Callable[[float, Array], Array], Callable[[Callable[[float], Array], float], Array], Jacobian]:
    """Eq. 3.7, and the integrand of Eq. 3.9.

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``.
    z_of : Interpolant
        The forward solution.
    params : tree of arrays
    dtype
        In which f is evaluated.
    doubts : Doubts
        Gets to know what speaks for a second opinion.

    Returns
    -------
    da : callable
        ``da(t, a) -> -a . df/dz``, in the shape of a. Beyond the range of the solution it takes z at the end, for
        solvers that step over the last time.
    da_W : callable
        ``da_W(a_of, t) -> -a . df/dW``, flat, with a the value of the function `a_of`.
    jacobian : callable
        ``jacobian(t, a) -> array (n, n)`` of da in a, which is minus the transposed df/dz, whatever a.
    """
    by_z, by_W = linearise(f, params, of="z"), linearise(f, params, of="W")

    def products(evaluate, t, a):
        t = float(min(max(t, z_of.low), z_of.high))
        z = z_of(t)
        if doubts.looks():
            doubts.on_the_way(z, a)
        _, pullback = evaluate(t, z.astype(dtype, copy=False))
        return pullback(-a.astype(dtype, copy=False))

    def da(t, a):
        return products(by_z, t, a)[0]

    def da_W(a_of, t):
        return np.concatenate([product.ravel() for product in products(by_W, t, a_of(t))])

    of_f = field_jacobian(by_z, z_of.shape, dtype, "backward")

    def jacobian(t, a):
        t = min(max(t, z_of.low), z_of.high)
        return -of_f(t, z_of(t)).T

    return counted(da, "backward"), counted(da_W, "backward"), jacobian


def interpolated_solve(
    f: Field,
    t: Array,
    z: Array,
    z_of: Interpolant,
    params: Params,
    g: Array,
    options: SolveOptions,
    *,
    of_W: bool = True,
    doubts: Doubts | None = None,
) -> tuple[Array, Array]:
    """Solve the adjoint from t[-1] down to t[0], with z read from the forward solution.

    Parameters
    ----------
    f, t, z, params, g
        As for `adjoint.backward_solve`; jumps of f are among `t`.
    z_of : Interpolant
        The forward solution.
    options : SolveOptions
        Tolerances of a, in its shape. The smallest entry of `rtol` is also that of the integral a_W.
    of_W : bool
        Whether dP/dW is asked for.
    doubts : Doubts, optional
        Gets to know what speaks for a second opinion.

    Returns
    -------
    a0, a_W : array
        As from `adjoint.backward_solve`; a_W is zero if it is not asked for.

    Raises
    ------
    SolverError
        If a solve does not come to its end, or a_W is an integral that no quadrature settles.

    Warns
    -----
    ReconstructionWarning
        If the gradients are absurdly large.
    """
    doubts = doubts or Doubts(options)
    doubts.observe(z, g)
    da, da_W, jacobian = adjoint_dynamics(f, z_of, params, z.dtype, doubts)
    a, W = np.zeros(z[0].shape, z.dtype), ravel(params)
    options, rtol = replace(options, jacobian=jacobian), float(np.min(options.rtol))
    a_W, unsettled = np.zeros(W.size), np.zeros(W.size)
    for i, j in pairwise(stops(t, g, options.jumps, pieces=1)):
        a = a + g[i]
        if not a.any():
            continue  # Nothing observed so far: both integrals are zero.
        try:
            here = replace(options, max_steps=options.max_steps * (i - j))
            (_, a), solution = solve_and_keep(da, a, t[[i, j]], here)
            if of_W and W.size:
                a_of = solution()
                integrand = one_sided(partial(da_W, a_of), t[[i, j]], options.jumps)
                found, missed = integral(integrand, _panels(a_of.breaks, z_of.breaks), rtol)
                a_W, unsettled = a_W + found, unsettled + missed
        except SolverError as error:
            problem = f"backward solve from t = {t[i]:.6g} to {t[j]:.6g} of a: {error.problem}"
            raise SolverError(problem, _remedy(error)) from error
        a = a.astype(z.dtype, copy=False)
    if np.linalg.norm(unsettled) > UNSETTLED * np.linalg.norm(a_W):
        raise SolverError(
            "the integral of a . df/dW, the gradient in params, does not settle: its parts cancel, or f is noisy",
            "tighten rtol and atol, or use gradient='checkpointed'",
        )
    if np.abs(a).max(initial=0.0) < np.max(options.atol) / rtol:
        doubts.magnified(np.inf)  # It has decayed to where the absolute tolerance rules.
    Gauge(z, g, W, options, doubts).report(a, a_W, checkpointed=False)
    return a, a_W


def _panels(breaks, others):
    """Every few of the monotone `breaks` and of the `others` that lie between them, in the direction of `breaks`."""
    start, end = breaks[0], breaks[-1]
    inner = np.unique([*breaks[1:-1], *others[(others > min(start, end)) & (others < max(start, end))]])
    return [start, *inner[:: 1 if end > start else -1][STEPS - 1 :: STEPS].tolist(), end]


def _remedy(error):
    """What helps against the `error` of a solve for a where the forward solve went well."""
    if error.remedy is None:
        return "f has no finite derivative there"
    return f"{error.remedy} (backward adjoint_rtol and adjoint_atol)"
