"""`trajectory`: a solve as a function of t, with what its solver tells of its steps."""

from collections.abc import Callable, Sequence

from autograd.extend import Box

from minode.base import checks
from minode.base.trees import leaves, parameters
from minode.base.types import Array, Field, Params, Tree
from minode.ode.field.statistics import Statistics
from minode.ode.solution.forward import adaptive_options, asked_in_each_step, solved
from minode.ode.solvers.interpolant import Interpolant
from minode.ode.solvers.options import Method, SolveOptions
from minode.ode.states import is_tree, raveled

NOT_DIFFERENTIABLE = (
    "{} is being differentiated, and a trajectory is not differentiable: its polynomials are plain numbers. Ask odeint "
    "for the states at the wanted times, which is differentiable in z0, params and every time"
)


class Trajectory:
    """The solution of an initial value problem as a function of t; `trajectory` makes it.

    Attributes
    ----------
    statistics : Statistics
        Steps accepted and rejected, evaluations, times of steps, changes of method: what the solver tells of itself.
    """

    def __init__(self, of_t: Interpolant, nested: Callable[[Array], Tree], statistics: Statistics) -> None:
        self.statistics = statistics
        self._of_t, self._nested = of_t, nested

    def __call__(self, t: float | Array | Sequence[float]) -> Tree:
        """Return the state at a time, or the states at an array of times, whose axes then come first.

        Raises
        ------
        TypeError
            If `t` is being differentiated.
        ValueError
            If a time is NaN or outside the range that was solved.
        """
        t = checks.float_array(t, "t")
        if isinstance(t, Box):
            raise TypeError(NOT_DIFFERENTIABLE.format("t"))
        return self._nested(self._of_t(t))


def trajectory(
    f: Field,
    z0: Tree,
    t: Array | Sequence[float],
    params: Params = (),
    *,
    method: Method = "lsoda",
    rtol: Tree = 1e-6,
    atol: Tree = 1e-8,
    max_steps: int = 10_000,
    max_step: float | None = None,
    jumps: Array | Sequence[float] = (),
) -> Trajectory:
    """Solve dz/dt = f(t, z, W), z(t[0]) = z0, and return the solution as a function of t, cheap to call.

    Parameters
    ----------
    f, z0, t, params, rtol, atol, max_steps, max_step, jumps
        As for `odeint`. The range is that from ``t[0]`` to ``t[-1]``, in either direction.
    method : str or callable
        An adaptive method, or a solver of your own, as for `solve`.

    Returns
    -------
    Trajectory
        ``solution(t)`` for a number or an array of times in any order; `Trajectory.statistics` tells of its steps. It
        is not differentiable: `odeint` is.

    Raises
    ------
    SolverError
        As `odeint`; and if no polynomials agree with the solver within the tolerances.
    TypeError, ValueError
        For bad arguments, named in the message; for a method with equal steps; if an argument is being differentiated.

    Notes
    -----
    The polynomials between steps err by about as much as the solve does. "lsoda", "vode" and solvers of your own do not
    tell their steps: for them the solution is sampled by two or more further solves, which are not in the statistics.

    Examples
    --------
    >>> import numpy as np
    >>> from minode import trajectory
    >>> solution = trajectory(lambda t, z, W: [z[1], -z[0]], [1.0, 0.0], [0.0, 10.0], method="dop853")
    >>> solution(np.pi).round(4).tolist()
    [-1.0, -0.0]
    >>> solution(np.linspace(0, 10, 1000)).shape
    (1000, 2)
    >>> solution.statistics.steps == len(solution.statistics.step_times)
    True
    """
    checks.function(f, "f(t, z, params)")
    tolerances, nested = {"rtol": rtol, "atol": atol}, lambda y: y
    if is_tree(z0):
        state, f, tolerances = raveled(f, z0, tolerances)
        z0, nested = state.y0, state.tree
    z0, t, params = checks.finite_array(z0, "z0"), checks.times(t), parameters(params, "params")
    for name, value in (("z0", z0), ("t", t), *(("params", leaf) for leaf in leaves(params))):
        if isinstance(value, Box):
            raise TypeError(NOT_DIFFERENTIABLE.format(name))
    options = SolveOptions(method, max_steps=max_steps, max_step=max_step, jumps=jumps, **tolerances)
    options = adaptive_options(options, z0, t)
    if len(t) == 1:
        return Trajectory(Interpolant([t[0], t[0]], [lambda s: z0.ravel()], z0.shape), nested, Statistics())
    of_t, told = solved(f, z0, t, params, options, called=[])
    statistics = asked_in_each_step(f, z0, t, params, options, told)
    return Trajectory(of_t, lambda y: nested(y.astype(z0.dtype, copy=False)), statistics)
