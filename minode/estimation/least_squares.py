"""`least_squares_fit`: a model with known form, fitted to observations, with intervals for its constants."""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from minode.base import checks
from minode.base.trees import is_constant, parameters, tree_map
from minode.base.types import Array, Field, Params, Tree
from minode.estimation.coordinates import Coordinates
from minode.estimation.fit import Fit
from minode.estimation.intervals import covariance_of, interval, warn_of_end, warn_of_solves, warn_of_vague
from minode.estimation.model import OPTIONS, Model
from minode.estimation.observations import Observations
from minode.ode.solvers.guard import SolverError


def least_squares_fit(
    f: Field,
    z0: Array | Callable[[Params], Any],
    t: Array | Sequence[float],
    y: Array,
    params: Params,
    *,
    observe: Callable[[Array, Params], Any] | None = None,
    sigma: Tree = 1.0,
    mask: Array | None = None,
    log: Tree = False,
    bounds: tuple[Tree, Tree] = (-np.inf, np.inf),
    level: float = 0.95,
    max_solves: int = 1000,
    **options: Any,
) -> Fit:
    """Fit the unknown constants of dz/dt = f(t, z, params) to observations, with confidence intervals.

    Parameters
    ----------
    f : callable
        ``f(t, z, params)``, as for `odeint`.
    z0 : array or callable
        State at ``t[0]``. Where it is unknown, or depends on what is: ``z0(params)``, with the unknown part in params.
    t : array, shape (k,)
    y : array
        What was observed: (k, *z0.shape), all components at all times, or what `observe` returns.
    params : tree of arrays
        Where the fit starts. Integers and booleans are constants.
    observe : callable, optional
        ``observe(z, params)`` gets the states at all t, (k, *z0.shape), and returns what is predicted for y, written
        with `autograd.numpy`: ``lambda z, p: z[1:, 0]`` if the first component is seen, from ``t[1]`` on;
        ``lambda z, p: np.log(z)``, for the logarithm of what was counted, if errors are a share of it.
    sigma : float or array, broadcast to y
        Standard deviations of the errors of y, or numbers proportional to them: the factor is estimated.
    mask : array of bool, shape of y, optional
        True where y was observed. What it leaves out may be NaN.
    log : bool or tree of bool
        For which parameters to fit the logarithm: they stay positive, and their intervals are those of the logarithm.
        For rates that are known to a power of ten it is the scale on which a fit gets along.
    bounds : (low, high)
        Numbers, or trees like `params`.
    level : float
        Of the intervals, between 0 and 1.
    max_solves : int
    **options
        method, rtol, atol, max_steps, n_steps, max_step, jumps, check: as for `sensitivities`.

    Returns
    -------
    Fit

    Raises
    ------
    SolverError
        If the equation cannot be solved where the fit starts, or its derivatives cannot be on the way.
    TypeError, ValueError
        For bad arguments, named in the message; if y is not finite where it is observed, or has no more numbers than
        there are parameters; if what is predicted at the start is not finite.

    Warns
    -----
    FitWarning
        If the observations do not determine all parameters, or hardly depend on one where the fit ended; if a parameter
        ended at a bound, or the fit did not converge; if errors of the solves have a part in what is left.
    AccuracyWarning
        If the derivatives at the end depend on the tolerances, and the intervals with them.

    Notes
    -----
    Levenberg and Marquardt's idea with a trust region (Branch, Coleman, Li 1999; SciPy's `least_squares`), the Jacobian
    by `sensitivities`, scaled by its columns. It finds the minimum into whose valley it was put: over many periods
    most starts lead to a wrong one, so begin with the first of them. A start at which the equation can be solved is
    enough: where a trial step leaves that region, a shorter one is tried.

    The intervals take the model for right, errors for independent and normal, and the model for linear as far as the
    intervals reach (Seber, Wild 2003, section 5.1).

    Examples
    --------
    An epidemic, of which the infected were counted, with errors of a few per cent:

    >>> import autograd.numpy as np
    >>> from minode import least_squares_fit, odeint
    >>> def sir(t, z, p):
    ...     s, i = z
    ...     return [-p["contact"] * s * i, p["contact"] * s * i - p["recovery"] * i]
    >>> t, z0, truth = np.arange(0.0, 61.0, 5.0), np.array([0.99, 0.01]), {"contact": 0.4, "recovery": 0.1}
    >>> infected = odeint(sir, z0, t, truth)[1:, 1]
    >>> counted = infected * np.exp(0.05 * np.random.default_rng(0).normal(size=12))
    >>> fit = least_squares_fit(sir, z0, t, np.log(counted), {"contact": 1.0, "recovery": 1.0}, log=True,
    ...                         observe=lambda z, p: np.log(z[1:, 1]))
    >>> fit.holds(truth).tolist()
    [True, True]
    """
    _check_arguments(f, observe, level, max_solves, options)
    params = tree_map(lambda leaf: leaf if is_constant(leaf) else np.asarray(leaf, float), parameters(params, "params"))
    coordinates, observations = Coordinates(params, log), Observations(y, sigma, mask)
    dof = observations.size - len(coordinates.names)
    if dof <= 0:
        raise ValueError(
            f"y has {observations.size} observations for {len(coordinates.names)} parameters; expected more of them: "
            "what is left over tells how large the errors are"
        )
    z0 = z0 if callable(z0) else checks.finite_array(z0, "z0")
    model = Model(f, z0, checks.times(t), observe, observations.shape, options)

    def residuals(x):
        return observations.residuals(model.predict(coordinates.params(x)))[observations.seen]

    def linearise(x, check=False):
        predicted, J = model.linearise(coordinates.params(x), check)
        return predicted, observations.jacobian(J) * coordinates.slopes(x)

    x, bounds = coordinates.start, coordinates.bounds(bounds)
    # Imported late, since SciPy's optimisers take long to load.
    from scipy.optimize import least_squares

    with warnings.catch_warnings():
        # On its way the fit may try where logarithms and the like have no value; only where it ends is it looked at.
        warnings.simplefilter("ignore", RuntimeWarning)
        _check_start(residuals(x))
        tried = _infinite_where_unsolved(residuals, observations.size)
        solution = least_squares(tried, x, lambda x: linearise(x)[1], bounds, x_scale="jac", max_nfev=max_solves)
    warn_of_end(solution, coordinates.names)
    x, rtol = solution.x, float(np.max(options.get("rtol", 1e-6)))
    predicted, J = linearise(x, options.get("check", True))
    left = observations.residuals(predicted)
    variance = float(np.sum(left[observations.seen] ** 2)) / dof
    covariance = covariance_of(J, variance, rtol, coordinates.names)
    warn_of_vague(x, covariance, coordinates.log, coordinates.names)
    warn_of_solves(solution.fun, left[observations.seen], observations.in_deviations(), rtol)
    fitted, low, high = map(coordinates.params, (x, *interval(x, covariance, dof, level)))
    return Fit(
        params=fitted,
        low=low,
        high=high,
        level=level,
        names=coordinates.names,
        x=x,
        covariance=covariance,
        predicted=predicted,
        residuals=left,
        noise=variance**0.5,
        dof=dof,
        solves=solution.nfev,
    )


def _check_arguments(f, observe, level, max_solves, options):
    checks.function(f, "f(t, z, params)")
    if observe is not None:
        checks.function(observe, "observe(z, params)")
    if not checks.positive_float(level, "level", "a part of all cases, such as 0.95") < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, such as 0.95")
    checks.positive_int(max_solves, "max_solves")
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise TypeError(f"unknown option {unknown[0]!r}; expected one of {', '.join(OPTIONS)}")


def _check_start(residuals):
    wrong = np.flatnonzero(~np.isfinite(residuals))
    if wrong.size:
        raise ValueError(
            f"where the fit starts, {wrong.size} of {residuals.size} predictions are not finite; expected params at "
            "which observe(z, params) has a value: see that it takes no logarithm of what may be negative"
        )


def _infinite_where_unsolved(residuals, size):
    """Let residuals be infinite where the equation cannot be solved: the trust region then shrinks."""

    def tried(x):
        with suppress(SolverError):
            return residuals(x)
        return np.full(size, np.inf)

    return tried
