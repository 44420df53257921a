"""`solve_until`: a solve up to an event, where a function of the state crosses zero, differentiable like any other.

The time t* is found on plain numbers, as a root along the solution. There one step of Newton's method,

    t_event = t* - event(t*, z(t*), W) / rate,    rate = d event(t, z(t), W) / dt,

goes through `odeint`. It moves t* by as little as the tolerances allow, and its derivative is that of the implicit
function theorem: the event happens earlier by as much as event has grown, over its rate (Chen, Amos, Nickel 2021).
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box, defjvp, defvjp, primitive
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import parameters, tree_map
from minode.base.types import Array, Field, Params, Tree
from minode.ode.field.event_values import check_traced, event_value
from minode.ode.odeint import odeint
from minode.ode.solution.forward import adaptive_options
from minode.ode.solution.search import first_event
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.options import SolveOptions
from minode.ode.states import is_tree, raveled
from minode.ode.tracing.fields import number

SEARCH = {"method", "rtol", "atol", "max_steps", "n_steps", "max_step", "jumps"}
# Newton's step leaves out its square. Where it is not so small a part of the solver's step that this is below rounding,
# since the search and `odeint` differ, it is repeated. In the end this part must do: LSODA's result has a noise of the
# size of its tolerances when its last time moves.
NEAR, NEWTON_STEPS, NEAR_ENOUGH = 1e-6, 4, 1e-3


def solve_until(
    f: Field,
    z0: Tree,
    t: Array | Sequence[float],
    params: Params = (),
    *,
    event: Callable[[float, Tree, Params], Any],
    direction: int = 0,
    **options: Any,
) -> tuple[Array, Tree]:
    """Solve dz/dt = f(t, z, W), z(t[0]) = z0, until an event, differentiably in z0, params and t[0].

    Parameters
    ----------
    f, z0, params
        As for `odeint`; z0 may be a tree.
    t : array, shape (k,)
        The event is sought from ``t[0]`` to ``t[-1]``, in either direction; times between have no part in it.
    event : callable
        ``event(t, z, params) -> number``, which crosses zero where the event is. It is written with `autograd.numpy`,
        as `f` is, and reads `params` as `f` does.
    direction : {-1, 0, 1}
        1 for an event that increases through zero on the way from ``t[0]``, -1 for one that decreases, 0 for both.
    **options
        Those of `odeint`, with an adaptive method or a solver of your own, and every `gradient`.

    Returns
    -------
    t_event : number
        The time of the first event. That on which the start lies, within the tolerances, does not count.
    z_event : array or tree, like z0
        The state there.

    Raises
    ------
    SolverError
        If there is no event up to ``t[-1]``: the message says how far the search came and how near to zero `event`. If
        `event` touches zero, rather than crossing it, within what the tolerances tell. As `odeint`.
    TypeError, ValueError
        For bad arguments, named in the message; if `event` returns anything but one finite number, or jumps over zero;
        if `event` is differentiated and autograd cannot see all of it.

    Notes
    -----
    `event` is evaluated eight times a step, and followed where it turns back before zero. Two zeros much closer than
    that are not seen: set `max_step`. The first of several events is one of the minimum of functions that are positive
    before them. The search goes forward in stretches of at most a hundred steps and makes them
    shorter where they fail, so that f may blow up or be undefined (NaN, ValueError) shortly after the event; but not
    with "vode", which steps over it. All in all it costs three to six times what `odeint` up to the event does, and the
    gradient no more than there. `max_steps` bounds all steps of the search. First derivatives only.

    Examples
    --------
    A ball falls from ten metres and bounces twice, each time at 0.8 of its speed:

    >>> import autograd.numpy as np
    >>> from autograd import grad
    >>> from minode import solve_until
    >>> def fall(t, z, g):
    ...     return np.array([z[1], -g])
    >>> def second_bounce(g):
    ...     t, z = 0.0, np.array([10.0, 0.0])
    ...     for _ in range(2):
    ...         t, z = solve_until(fall, z, [t, t + 100.0], g, event=lambda t, z, g: z[0], direction=-1)
    ...         z = np.array([0.0, -0.8 * z[1]])
    ...     return t
    >>> round(float(second_bounce(9.81)), 5), round(float(2.6 * np.sqrt(20 / 9.81)), 5)
    (3.71239, 3.71239)
    >>> round(float(grad(second_bounce)(9.81)), 5), round(float(-1.3 * np.sqrt(20 / 9.81) / 9.81), 5)
    (-0.18921, -0.18921)
    """
    inspect.signature(odeint).bind(f, z0, t, params, **options)
    checks.function(f, "f(t, z, params)")
    checks.function(event, "event(t, z, params)")
    if isinstance(direction, bool) or direction not in (-1, 0, 1):
        raise ValueError(f"direction is {direction!r}; expected 1 (event increases), -1 (it decreases) or 0 (either)")
    if not is_tree(z0):
        return _solve_until(f, z0, t, params, event, direction, options)
    state, flat_field, options = raveled(f, z0, options)

    def flat_event(t, y, params):
        return event(t, state.tree(y), params)

    t_event, y = _solve_until(flat_field, state.y0, t, params, flat_event, direction, options)
    return t_event, state.tree(y)


def _solve_until(f, z0, t, params, event, direction, options):
    z0, t, params = checks.finite_array(z0, "z0"), checks.times(t), parameters(params, "params")
    if len(t) < 2:
        raise ValueError("t has one entry; expected at least two, the start and the last time to look at")
    plain_z0, plain_t, plain = getval(z0), getval(t).astype(float), tree_map(getval, params)
    search = SolveOptions(**{name: options[name] for name in options.keys() & SEARCH})
    search = adaptive_options(search, plain_z0, plain_t)

    def g(t, z):
        return float(getval(event_value(event, t, z.astype(plain_z0.dtype), plain)))

    found = first_event(f, g, plain_z0, plain_t, plain, search, direction)
    at, options = found.t, dict(options)
    scale = max(abs(found.step), 1e-3 * abs(at - plain_t[0]))
    for near in [NEAR] * NEWTON_STEPS + [NEAR_ENOUGH]:
        options["jumps"] = search.jumps[np.abs(search.jumps - plain_t[0]) <= abs(at - plain_t[0])]
        z = odeint(f, z0, anp.stack([t[0], at]), params, **options)[-1]
        value = event_value(event, at, z, params)
        step = float(getval(value)) / found.rate
        if abs(step) <= near * scale:
            break
        at -= step
    else:
        raise SolverError(
            f"the event near t = {found.t:.6g} is not found again by a solve from t[0]: its time changes by {step:.3g}",
            "tighten rtol and atol",
        )
    if isinstance(z, Box) or isinstance(value, Box):
        check_traced(event, at, getval(z), plain, found.slope, found.rate)
    t_event = _newton(value, at, found.rate)
    return t_event, z + found.slope.astype(plain_z0.dtype) * number(t_event - at)


@primitive
def _newton(value, t, rate):
    return t - np.float64(value) / rate


def _first_only(*values):
    if any(isinstance(value, Box) for value in values):
        raise TypeError("the time of an event has no second derivatives: its derivative is that of one Newton step")


def _vjp(ans, value, t, rate):
    def vjp(g):
        _first_only(ans, g)
        return -g / rate

    return vjp


def _jvp(g, ans, value, t, rate):
    _first_only(ans, g)
    return -g / rate


defvjp(_newton, _vjp, argnums=(0,))
defjvp(_newton, _jvp, argnums=(0,))
