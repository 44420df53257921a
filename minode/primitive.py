"""`odeint` as an autograd primitive: the door, the forward solve, and the adjoint as its VJP."""

import warnings

import numpy as np
from autograd.extend import Box, defjvp_argnums, defvjp_argnums, primitive
from autograd.tracer import getval

from minode import checks
from minode.adjoint import backward_solve, gradient_scale, time_gradient
from minode.backprop import through_steps
from minode.guard import SolverError
from minode.nfe import counted
from minode.segments import checkpoint_segments
from minode.solvers import NUMPY_METHODS, interval_steps, solve
from minode.trace import evaluator
from minode.trees import parameters, split, unravel

# The tolerance at which a float32 field first costs more evaluations than the same in float64.
FINEST_FLOAT32_RTOL = 1e-6
GRADIENTS = ("adjoint", "checkpointed", "backprop")


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

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt`` in the shape of z, as an array, a nested list or, where z has no axes, a number;
        written with `autograd.numpy` or with minode's layers. It may not assign to entries of arrays. What it is to be
        differentiated by must reach it through its arguments, not by closure.
    z0 : array
        State at ``t[0]``, of any shape. Integers are converted to float64.
    t : array, shape (k,)
        Dimensionless depths l of the wanted states, strictly increasing or decreasing, at least two. Adaptive methods
        step over them and interpolate: where f jumps, solve on each side.
    params : tree of arrays
        W: any nesting of lists, tuples and dicts of arrays or numbers. It reaches `f` with that nesting. Integers and
        booleans are constants, by which `f` may index; where `grad` receives a tree they must not be in it. NamedTuples
        reach `f` too, but autograd cannot differentiate with respect to one: pass its fields, and let `f` make it.
    method : str or callable
        "lsoda", "vode", "dopri5", "dop853", "dopri5-np" (adaptive), "euler", "midpoint", "rk4" (equal steps) or a
        black box ``solver(rhs, y0, t, rtol, atol) -> array (k, n)`` on flat vectors. See `solve`. VODE evaluates `f`
        a little beyond ``t[-1]``, and on the way back before ``t[0]``; use another where it is not defined there.
    rtol, atol : float or array, shape of z0
        Tolerances of an adaptive method for the error of one step; the error at ``t[-1]`` is commonly 1 to 1000 times
        as large.
    gradient : {"adjoint", "checkpointed", "backprop"}
        "adjoint": the augmented system solved backward (Chen et al. 2018; Eqs. 3.10-3.11); memory does not grow with
        the number of evaluations. "checkpointed": the same, restarted from states of the forward solve kept at
        about `checkpoints` equally spaced depths. "backprop": autograd runs through a fixed-step method (the RK-Net of
        Table 3.1) or "dopri5-np"; exact for the discretised system, memory grows with the number of steps.
    adjoint_rtol, adjoint_atol : float or array, shape of z0, optional
        Tolerances of the backward solve; those of the forward solve by default.
    seminorm : bool
        Leave a_W out of the backward solve's error control (Kidger et al. 2021): fewer evaluations.
    max_steps : int
        Most steps of an adaptive method between two times.
    n_steps : int or sequence of int, shape (k - 1,), optional
        Steps of a fixed-step method in each interval of `t`; default 1.
    checkpoints : int
        Number of pieces into which "checkpointed" cuts the whole range of `t`.

    Returns
    -------
    array, shape (k, *z0.shape)
        The states at `t`, in the dtype of `z0`. SciPy's methods compute in float64 whatever the dtype of `f`.

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
    Reverse mode and first derivatives only, except under "backprop"; what `f` itself differentiates, as the energy of a
    Hamiltonian network, does not count. minode's layers have derivatives of any order.
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
    adjoint_atol = atol if adjoint_atol is None else checks.tolerance(adjoint_atol, "adjoint_atol", shape)
    for value, name in [(checkpoints, "checkpoints"), (max_steps, "max_steps")]:
        checks.positive_int(value, name)
    if n_steps is None and z0.dtype.itemsize < 8 and min(np.min(rtol), np.min(adjoint_rtol)) < FINEST_FLOAT32_RTOL:
        warnings.warn(
            f"z0 is {z0.dtype} and rtol below {FINEST_FLOAT32_RTOL:g}: solvers take rounding in f for fast dynamics "
            "and may evaluate it a hundred times as often; loosen rtol and adjoint_rtol, or compute in float64",
            stacklevel=2,
        )

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
    return _odeint(
        *(z0, t, *W),
        f=f,
        nested=nested,
        segments=segments,
        forward=dict(common, rtol=rtol, atol=atol),
        backward=dict(
            common,
            rtol=adjoint_rtol,
            atol=adjoint_atol,
            seminorm=seminorm,
            checkpointed=gradient == "checkpointed",
        ),
        trajectory=[],
    )


@primitive
def _odeint(z0, t, *W, f, nested, segments, forward, backward, trajectory):
    times, observed, n_steps = segments
    evaluate = evaluator(f, nested(W))

    def dynamics(t, z):
        dz = evaluate(t, z.astype(z0.dtype, copy=False))
        if isinstance(dz, Box):
            raise TypeError(
                "f returned a traced value: it uses an array that is being differentiated without receiving it "
                "as an argument; pass it to odeint in params and read it there"
            )
        return dz

    z = solve(counted(dynamics, "forward"), z0, times, n_steps=n_steps, **forward).astype(z0.dtype)
    trajectory.append(z)
    return z[observed]


def _odeint_vjps(argnums, zs, arguments, options):
    z0, t, *W = arguments
    f, backward = options["f"], options["backward"]
    params = options["nested"](W)
    times, observed, n_steps = options["segments"]
    z = options["trajectory"][0]

    def vjps(g):
        if isinstance(g, Box) or isinstance(zs, Box):
            raise TypeError(
                "the adjoint solve is not itself differentiable: for second derivatives use gradient='backprop' "
                "with method='dopri5-np' or one with fixed steps, 'euler', 'midpoint' or 'rk4'"
            )
        if not np.isfinite(g).all():
            raise ValueError(f"the gradient that arrives at odeint's result is {checks.first_nonfinite(g)}")
        g_all = np.zeros(z.shape, z.dtype)
        g_all[observed] = g
        scale = gradient_scale(g_all, backward["rtol"], backward["atol"])
        # dP/dt_0 follows from dP/dz(t_0).
        asked = dict(of_z0=not {0, 1}.isdisjoint(argnums), of_W=max(argnums) > 1)
        solution = backward_solve(f, times, z, params, g_all / scale, n_steps=n_steps, **asked, **backward)
        with np.errstate(over="ignore"):  # What overflows is refused below.
            a0, a_W = (scale * part for part in solution)
            gradients = {0: (a0 + g_all[0]).astype(z0.dtype)}
            if 1 in argnums:
                gradients[1] = time_gradient(f, t, zs, params, g, a0).astype(t.dtype)
            gradients.update(enumerate(unravel(W, a_W), start=2))
        for gradient in gradients.values():
            if not np.isfinite(gradient).all():
                raise SolverError(
                    f"a gradient is {checks.first_nonfinite(gradient)}, in {gradient.dtype}: the backward solve went "
                    "astray, or the flow expands beyond what numbers can hold. Use gradient='checkpointed', tighter "
                    "rtol and atol, or end t earlier"
                )
        return [gradients[argnum] for argnum in argnums]

    return vjps


defvjp_argnums(_odeint, _odeint_vjps)


def _refuse_forward_mode(argnums, gs, zs, arguments, options):
    raise TypeError(
        "the adjoint solve is reverse mode: for forward mode, as make_jvp asks for, use gradient='backprop' with a "
        "fixed-step method or 'dopri5-np'"
    )


defjvp_argnums(_odeint, _refuse_forward_mode)
