"""`odeint` as an autograd primitive: the door, the forward solve, and the adjoint as its VJP."""

import warnings

import numpy as np
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import parameters, split
from minode.ode.gradients.backprop import through_steps
from minode.ode.gradients.gauge import users_level
from minode.ode.gradients.interpolated import EQUAL_STEPS
from minode.ode.gradients.segments import checkpoint_segments
from minode.ode.per_sample import with_times_per_sample
from minode.ode.primitive import odeint_by_adjoint
from minode.ode.solvers.black_box import NUMPY_METHODS, interval_steps
from minode.ode.solvers.implicit import IMPLICIT, check_size
from minode.ode.states import with_trees

# The tolerance at which a float32 field first costs more evaluations than the same in float64.
FINEST_FLOAT32_RTOL = 1e-6
GRADIENTS = ("adjoint", "checkpointed", "interpolated", "backprop")


@with_times_per_sample
@with_trees
def odeint(
    f,
    z0,
    t,
    params=(),
    *,
    method="lsoda",
    rtol=1e-6,
    atol=1e-8,
    gradient="adjoint",
    adjoint_rtol=None,
    adjoint_atol=None,
    seminorm=False,
    max_steps=10_000,
    n_steps=None,
    checkpoints=8,
):
    """Solve dz/dt = f(t, z, W), z(t[0]) = z0 (Eq. 3.4), differentiably in z0, params and every entry of t.

    What most people need::

        z = odeint(f, z0, [0.0, 1.0], params)  # z[-1] is the state at t = 1
        grad(lambda params: loss(odeint(f, z0, t, params)[-1]))(params)
        z, cost = odeint(f, (z0, 0.0), t, params, method="dopri5", rtol=1e-4)  # f returns a pair, too

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt`` in the shape of z, as an array, a nested list or, where z has no axes, a number;
        written with `autograd.numpy` or with minode's layers. It may not assign to entries of arrays. What it is to be
        differentiated by must reach it through its arguments, not by closure.
    z0 : array or tree of arrays
        State at ``t[0]``, of any shape. Integers are converted to float64. A list of numbers is an array. A tuple, a
        dict, or a list that holds one of these or arrays, is a tree: `f` gets it, and returns its slopes, in that
        nesting, so do the results come, and tolerances are numbers or trees of such. See `states`.
    t : array, shape (k,) or (batch, k)
        Dimensionless depths l of the wanted states, strictly increasing or decreasing; one alone returns z0 in its
        place. Adaptive methods step over them and interpolate: where f jumps, solve on each side. A row for
        each sample of a batch z0 (batch, ...): the batch is solved on the union of all times, row i of z0 observed at
        row i of t. The rows have one first time; one with fewer times repeats its last. First derivatives by them only.
    params : tree of arrays
        W: any nesting of lists, tuples and dicts of arrays or numbers. It reaches `f` with that nesting. Integers and
        booleans are constants, by which `f` may index; where `grad` receives a tree they must not be in it. NamedTuples
        reach `f` too, but autograd cannot differentiate with respect to one: pass its fields, and let `f` make it.
    method : str or callable
        "lsoda", "vode", "dopri5", "dop853", "dopri5-np" (adaptive), "radau", "bdf" (adaptive, for stiff problems, with
        the Jacobian of `f` by its trace), "euler", "midpoint", "rk4" (equal steps) or a
        black box ``solver(rhs, y0, t, rtol, atol) -> array (k, n)`` on flat vectors. See `solve`. VODE evaluates `f`
        a little beyond ``t[-1]``, and on the way back before ``t[0]``; use another where it is not defined there.
    rtol, atol : float or array, shape of z0
        Tolerances of an adaptive method for the error of one step; the error at ``t[-1]`` is commonly 1 to 1000 times
        as large.
    gradient : {"adjoint", "checkpointed", "interpolated", "backprop"}
        "adjoint": the augmented system solved backward (Chen et al. 2018; Eqs. 3.10-3.11); memory does not grow with
        the number of evaluations. "checkpointed": the same, restarted from states of the forward solve kept at
        about `checkpoints` equally spaced depths. "interpolated": z is read from the forward solution and a alone is
        solved backward, which is right where the flow contracts or is stiff; memory grows with the number of steps, by
        a few states each. For adaptive methods. "backprop": autograd runs through a fixed-step method (the RK-Net of
        Table 3.1) or "dopri5-np"; exact for the discretised system, memory grows with the number of steps.
    adjoint_rtol, adjoint_atol : float or array, shape of z0, optional
        Tolerances of the backward solve; those of the forward solve by default. With "interpolated" the absolute one is
        by default a hundredth of the relative one, times the largest gradient that arrives.
    seminorm : bool
        Leave a_W out of the backward solve's error control (Kidger et al. 2021): fewer evaluations. "interpolated" has
        a_W by quadrature, to the relative tolerance, and does not need it.
    max_steps : int
        Most steps of an adaptive method between two times.
    n_steps : int or sequence of int, shape (k - 1,), optional
        Steps of a fixed-step method in each interval of `t`; default 1.
    checkpoints : int
        Number of pieces into which "checkpointed" cuts the whole range of `t`.

    Returns
    -------
    array, shape (k, *z0.shape)
        The states at `t`, in the dtype of `z0`; for t of shape (batch, k), entry [j, i] is that of sample i at t[i, j].
        SciPy's methods compute in float64 whatever the dtype of `f`.

    Raises
    ------
    SolverError
        If a solve, forward or backward, does not reach its end or meets a value that is not finite.
    TypeError, ValueError
        For bad arguments, a bad value of `f` or an `f` that cannot be traced, named in the message. Whatever else `f`
        raises comes out as it is, or as the cause of a SolverError where a solver called it outside the range of `t`.

    Warns
    -----
    UserWarning
        If `z0` is float32 and a relative tolerance is finer than float32 can serve.
    ReconstructionWarning
        If the backward solve lost z and the gradient depends on it, or a gradient is absurdly large. Gradients by
        "adjoint" are approximate: z is recomputed backward, and where the flow contracts by exp(-x) forward, errors
        grow by exp(x) on the way back. No solver reports that by itself. A component of z counts as lost if it comes
        back off by 1 % of its size and by much more than the tolerances allow; the interval is then solved a second
        and perhaps a third time, to see whether the gradient changes. Errors that follow from loose tolerances, z back,
        are not warned of.

    Notes
    -----
    First derivatives only, except under "backprop"; what `f` itself differentiates, as the energy of a Hamiltonian
    network, does not count. minode's layers have derivatives of any order. Forward mode, as `autograd.make_jvp` asks
    for it, solves for one tangent beside z, whatever `gradient` is; `sensitivities` gives whole Jacobians at once.
    The backward solve sees gradients that are small against adjoint_atol scaled up, so that a loss may be small. They
    are then at a tenth of adjoint_atol / adjoint_rtol; an adjoint_atol below adjoint_rtol times the gradients brings
    them wholly under the relative tolerance, for more evaluations.
    """
    checks.function(f, "f(t, z, params)")
    z0 = checks.finite_array(z0, "z0")
    t = checks.times(t)
    params = parameters(params, "params")
    checks.one_of(gradient, "gradient", GRADIENTS)
    n_steps = interval_steps(n_steps, method, t)
    shape = np.shape(z0)
    rtol, atol = checks.tolerance(rtol, "rtol", shape), checks.tolerance(atol, "atol", shape)
    adjoint_rtol = rtol if adjoint_rtol is None else checks.tolerance(adjoint_rtol, "adjoint_rtol", shape)
    if adjoint_atol is not None:
        adjoint_atol = checks.tolerance(adjoint_atol, "adjoint_atol", shape)
    elif gradient != "interpolated":
        adjoint_atol = atol
    for value, name in [(checkpoints, "checkpoints"), (max_steps, "max_steps")]:
        checks.positive_int(value, name)
    if n_steps is None and z0.dtype.itemsize < 8 and min(np.min(rtol), np.min(adjoint_rtol)) < FINEST_FLOAT32_RTOL:
        warnings.warn(
            f"z0 is {z0.dtype} and rtol below {FINEST_FLOAT32_RTOL:g}: solvers take rounding in f for fast dynamics "
            "and may evaluate it a hundred times as often; loosen rtol and adjoint_rtol, or compute in float64",
            stacklevel=users_level(),
        )
    if method in IMPLICIT:
        check_size(z0.size, method)
    if gradient == "interpolated" and n_steps is not None:
        raise ValueError(EQUAL_STEPS.format(method))
    if gradient == "backprop":
        if method not in NUMPY_METHODS:
            raise ValueError(
                f"gradient='backprop' with method={method!r}: autograd cannot run through a black box; "
                f"expected one of {', '.join(map(repr, NUMPY_METHODS))}, or gradient='adjoint'"
            )
        return through_steps(
            f, z0, t, params, method=method, n_steps=n_steps, rtol=rtol, atol=atol, max_steps=max_steps
        )

    segments = checkpoint_segments(getval(t), n_steps, checkpoints if gradient == "checkpointed" else 1)
    common = dict(method=method, max_steps=max_steps)
    W, nested = split(params)
    return odeint_by_adjoint(
        *(z0, t, *W),
        f=f,
        nested=nested,
        segments=segments,
        forward=dict(common, rtol=rtol, atol=atol),
        backward=dict(common, rtol=adjoint_rtol, atol=adjoint_atol),
        gradient=gradient,
        seminorm=seminorm,
        kept=[],
    )
