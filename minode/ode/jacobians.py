"""Jacobians of a solve: its tangents in all directions at once, for least squares."""

from collections.abc import Sequence

import numpy as np
from autograd.extend import Box

from minode.base import checks
from minode.base.trees import is_constant, leaves, parameters, ravel, rebuild, split
from minode.base.types import Array, Field, Params, Tree
from minode.ode.forward_mode import check_size, tangents
from minode.ode.solvers.methods import checked_options
from minode.ode.solvers.options import Method, SolveOptions, Tolerance


def sensitivities(
    f: Field,
    z0: Array,
    t: Array | Sequence[float],
    params: Params = (),
    *,
    method: Method = "lsoda",
    rtol: Tolerance = 1e-6,
    atol: Tolerance = 1e-8,
    max_steps: int = 10_000,
    n_steps: int | Sequence[int] | None = None,
    max_step: float | None = None,
    jumps: Array | Sequence[float] = (),
    check: bool = True,
) -> tuple[Array, Array, Tree]:
    """Solve dz/dt = f(t, z, W), z(t[0]) = z0, with the Jacobians of all states: as least squares wants them.

    Parameters
    ----------
    f, z0, t, params, method, rtol, atol, max_steps, n_steps, max_step, jumps, check
        As for `odeint`, but z0 is an array. The derivatives are under error control, too: each is controlled like a
        state after multiplication by the size of its parameter (at least 1) or by the largest entry of `z0`.

    Returns
    -------
    z : array, shape (k, *z0.shape)
        States at `t`.
    dz_dz0 : array, shape (k, *z0.shape, *z0.shape)
        Entry ``[i, *a, *b]`` is the derivative of ``z[i, *a]`` by ``z0[*b]``.
    dz_dparams : tree like `params`
        Of arrays (k, *z0.shape, *leaf.shape); None for integers and booleans, which are constants.

    Raises
    ------
    SolverError
        As `odeint`.
    TypeError, ValueError
        For bad arguments, named in the message; for a state that is a tree; if the Jacobian of f has more than a
        million entries.

    Warns
    -----
    AccuracyWarning
        If a second solve, at a tenth of the tolerances, differs at some time by half the square root of rtol.
        It is made where the derivatives grow, or the solve is long, and rtol is 1e-5 or finer; see `second_opinion`.

    Notes
    -----
    One solve of z.size * (1 + z.size + W.size) numbers in float64; each evaluation of f comes with z.size
    vector-Jacobian products. With "euler", "midpoint" and "rk4" it is exact for the discretised system.
    A derivative may err by more than the states: after van der Pol's jump at mu = 1000 by most of itself at rtol 1e-6,
    and a warning says so.

    Examples
    --------
    Rates of prey and predators from what was counted of them, by least squares with an exact Jacobian:

    >>> import autograd.numpy as np
    >>> from scipy.optimize import curve_fit, least_squares
    >>> from minode import odeint, sensitivities
    >>> def f(t, z, rates):
    ...     prey, predators = z
    ...     eaten = prey * predators
    ...     return [rates[0] * prey - rates[1] * eaten, rates[1] * eaten - rates[2] * predators]
    >>> z0, t = np.array([1.0, 0.5]), np.linspace(0, 10, 50)
    >>> counted = odeint(f, z0, t, np.array([1.1, 0.8, 0.6]))
    >>> def jac(rates):
    ...     return sensitivities(f, z0, t, rates)[2].reshape(-1, 3)
    >>> fit = least_squares(lambda rates: np.ravel(odeint(f, z0, t, rates) - counted), np.ones(3), jac)
    >>> fit.x.round(4).tolist()
    [1.1, 0.8, 0.6]

    `curve_fit` calls its model with the parameters one by one:

    >>> model = lambda t, *rates: np.ravel(odeint(f, z0, t, np.array(rates)))
    >>> jac = lambda t, *rates: sensitivities(f, z0, t, np.array(rates))[2].reshape(-1, 3)
    >>> rates, covariance = curve_fit(model, t, np.ravel(counted), p0=np.ones(3), jac=jac)
    >>> rates.round(4).tolist()
    [1.1, 0.8, 0.6]
    """
    checks.function(f, "f(t, z, params)")
    if isinstance(z0, (tuple, dict)):
        raise TypeError(
            f"z0 is of type {type(z0).__name__}; sensitivities expects an array: ravel a tree of states into one, and "
            "let f cut it. autograd.make_jvp of odeint takes trees"
        )
    z0, t, params = checks.finite_array(z0, "z0"), checks.times(t), parameters(params, "params")
    if any(isinstance(x, Box) for x in (z0, t, *leaves(params))):
        raise TypeError(
            "sensitivities is not itself differentiable: for second derivatives use odeint with gradient='backprop' "
            "and method='dopri5-np' or one with fixed steps, 'euler', 'midpoint' or 'rk4'"
        )
    W, _ = split(params)
    n, p, shape, k = z0.size, ravel(params).size, z0.shape, len(t)
    check_size(n, p)
    options = SolveOptions(method, rtol, atol, max_steps, n_steps, max_step=max_step, jumps=jumps, check=check)
    options = checked_options(options, shape, t)
    z, S = tangents(f, z0, t, params, np.eye(n + p, n).reshape(-1, *shape), np.eye(n + p, p, -n), options)
    columns = np.moveaxis(S, 1, -1)
    dz_dz0, *dz_dW = np.split(columns, np.cumsum([n, *map(np.size, W)])[:-1], axis=-1)
    of_W = iter([dz.reshape(k, *shape, *leaf.shape) for dz, leaf in zip(dz_dW, W)])
    dz_dparams = rebuild(params, [None if is_constant(leaf) else next(of_W) for leaf in leaves(params)])
    return z, dz_dz0.reshape(k, *shape, *shape), dz_dparams
