"""`odeint`, the door: it checks what it is given, and solves so that autograd can differentiate."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from autograd.tracer import getval

from minode.base import checks
from minode.base.residuals import Residuals
from minode.base.trees import parameters, split
from minode.base.types import Array, Field, Params, Tree
from minode.ode.gradients.backprop import through_steps
from minode.ode.gradients.remedies import users_level
from minode.ode.gradients.segments import checkpoint_segments
from minode.ode.per_sample import with_times_per_sample
from minode.ode.primitive import odeint_by_adjoint
from minode.ode.solvers.fixed_step import NO_INTERPOLANT
from minode.ode.solvers.methods import checked_options
from minode.ode.solvers.options import Method, SolveOptions
from minode.ode.states import with_trees

# The tolerance at which a float32 field first costs more evaluations than the same in float64.
FINEST_FLOAT32_RTOL = 1e-6
TOO_FINE = (
    "z0 is {} and rtol below {:g}: solvers take rounding in f for fast dynamics and may evaluate it a hundred times as "
    "often; loosen rtol and adjoint_rtol, or compute in float64"
)
# With "interpolated" the absolute tolerance by default, over the relative one. The adjoint may decay by orders of
# magnitude on its way to t[0]; much less than this, VODE refuses beside a stiff component.
ATOL_BY_RTOL = 1e-4
GRADIENTS = ("adjoint", "checkpointed", "interpolated", "backprop")


@with_times_per_sample
@with_trees
def odeint(
    f: Field,
    z0: Tree,
    t: Array | Sequence[float],
    params: Params = (),
    *,
    method: Method = "lsoda",
    rtol: Tree = 1e-6,
    atol: Tree = 1e-8,
    gradient: str = "adjoint",
    adjoint_rtol: Tree = None,
    adjoint_atol: Tree = None,
    seminorm: bool = False,
    max_steps: int = 10_000,
    n_steps: int | Sequence[int] | None = None,
    max_step: float | None = None,
    jumps: Array | Sequence[float] = (),
    checkpoints: int = 8,
    check: bool = True,
) -> Tree:
    """Solve dz/dt = f(t, z, W), z(t[0]) = z0 (Eq. 3.4), differentiably in z0, params and every entry of t.

    What most people need::

        z = odeint(f, z0, [0.0, 1.0], params)  # z[-1] is the state at t = 1
        grad(lambda params: loss(odeint(f, z0, t, params)[-1]))(params)
        z, cost = odeint(f, (z0, 0.0), t, params, method="dopri5", rtol=1e-4)  # f returns a pair, too

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt`` in the shape of z: an array, a nested list or, where z has no axes, a number. Write
        it with `autograd.numpy` or with minode's layers, and do not assign to entries of arrays. Whatever it is to be
        differentiated by must reach it through its arguments, not by closure.
    z0 : array or tree of arrays
        State at ``t[0]``, of any shape. Integers are converted to float64. A list of numbers is an array. A tuple, a
        dict, or a list that holds one of these or arrays, is a tree: `f` gets and returns that nesting, the results
        have it, and tolerances are numbers or trees of numbers. See `states`.
    t : array, shape (k,) or (batch, k)
        Dimensionless depths l of the wanted states, strictly increasing or decreasing. Adaptive methods step over them
        and interpolate; where f jumps, see `jumps`. A row for each sample of a batch z0 (batch, ...) observes
        row i of z0 at row i of t; see `per_sample`.
    params : tree of arrays
        W: any nesting of lists, tuples and dicts of arrays or numbers, in which it reaches `f`. Integers and booleans
        are constants, by which `f` may index; a tree that `grad` receives must not hold any. autograd cannot
        differentiate with respect to a NamedTuple: pass its fields, and let `f` make it.
    method, rtol, atol, max_steps, n_steps, max_step
        As for `solve`. "radau" and "bdf" take the Jacobian of `f` by its trace; where it has none, or z more than 100
        entries, differences, at no loss of accuracy. "vode" evaluates `f` a little beyond ``t[-1]``, and on the way
        back before ``t[0]``; use another where `f` is not defined there.
    jumps : sequence of float
        Times at which `f` jumps in t, as for `solve`. They are stepped to forward and backward. They are constants: how
        z moves with a jump is in no gradient. For that solve up to it and on from it, each time with the `f` of one
        side, where it is a t. At an observation that is a jump, dz/dt is that before it. Where the state decides when
        f jumps, see `solve_until`.
    gradient : {"adjoint", "checkpointed", "interpolated", "backprop"}
        "adjoint": the augmented system is solved backward (Chen et al. 2018; Eqs. 3.10-3.11); memory does not grow with
        the number of evaluations. "checkpointed": the same, restarted from states of the forward solve. "interpolated",
        for adaptive methods: z is read from the forward solution and only a is solved backward, which is right where
        the flow contracts or is stiff, by "radau" to the most digits; memory grows by a few states a step. "backprop":
        autograd runs through the steps of a fixed-step method (the RK-Net of Table 3.1) or "dopri5-np"; exact for the
        discretised system, but memory grows with the number of steps.
    adjoint_rtol, adjoint_atol : float or array, shape of z0, optional
        Tolerances of the backward solve; those of the forward solve by default, but for "interpolated" the absolute one
        is 1e-4 of the relative one, times the largest gradient that arrives.
    seminorm : bool
        Leave a_W out of the backward solve's error control (Kidger et al. 2021), for fewer evaluations.
    checkpoints : int
        Number of pieces into which "checkpointed" cuts the whole range of `t`, in about equal lengths. Where the loss
        looks at few of many times, both adjoints merge the intervals between, into about as many pieces.
    check : bool
        Whether gradients in doubt are computed twice, see `AccuracyWarning`; a long training loop may do without.

    Returns
    -------
    array, shape (k, *z0.shape)
        The states at `t`, in the dtype of `z0`, which SciPy's methods compute in float64; for t of shape (batch, k),
        entry [j, i] is that of sample i at t[i, j].

    Raises
    ------
    SolverError
        If a solve, forward or backward, does not reach its end or meets a value that is not finite.
    TypeError, ValueError
        For bad arguments, a bad value of `f` or an `f` that cannot be traced, named in the message. Whatever else `f`
        raises comes out as from `solve`.

    Warns
    -----
    UserWarning
        If `z0` is float32 and a relative tolerance is finer than float32 can serve.
    ReconstructionWarning
        If the backward solve lost z and the gradient depends on it, or a gradient is absurdly large. "adjoint" computes
        z again on the way back, and where the flow contracts by exp(-x) forward, errors grow by exp(x) backward; no
        solver reports that. A component of z counts as lost if it comes back off by a thousandth of its size and by
        much more than the tolerances allow. A second opinion, or another end of the interval, then tells whether the
        gradient depends on it.
    AccuracyWarning
        If gradients in z0 or params differ by half of sqrt(rtol) of their size, 5e-4 by default, from those at a
        tenth of the tolerances. These are computed, for more than the cost of the first, where there are doubts: z came
        back off, errors grow on their way to the observations, a component of z0 is as small as atol, or the forward
        solve took more than 500 evaluations (200 with "interpolated"); never with ``check=False``, at an rtol above
        1e-5, with equal steps, or a solver of your own.

    Notes
    -----
    Two things no warning tells. A solver does not see a pulse of `f` that is short beside its steps: name its times in
    `jumps`, or set `max_step`. And where `f` jumps in z, as at ``where(z > 1, 1.0, 0.0)``, the solution is right but a
    gradient misses how the time of the jump moves. `f` may have kinks in z, but no jumps; an event ends a solve there.

    First derivatives only, except under "backprop". What `f` itself differentiates, as the energy of a Hamiltonian
    network, does not count: minode's layers have derivatives of any order. Forward mode, as by `autograd.make_jvp`,
    solves for one tangent beside z, whatever `gradient` is; `sensitivities` gives whole Jacobians at once.
    An `f` without branches is called a few times a solve and then replayed, where that is sure to be the same: see
    `straight.purity`.
    So that a loss may be small, the backward solve scales small gradients up, to a tenth of adjoint_atol /
    adjoint_rtol. An adjoint_atol below adjoint_rtol times the gradients brings them wholly under the relative
    tolerance, for more evaluations.
    """
    checks.function(f, "f(t, z, params)")
    z0 = checks.finite_array(z0, "z0")
    t = checks.times(t)
    params = parameters(params, "params")
    checks.one_of(gradient, "gradient", GRADIENTS)
    shape = np.shape(z0)
    options = SolveOptions(method, rtol, atol, max_steps, n_steps, max_step=max_step, jumps=jumps, check=check)
    forward = checked_options(options, shape, t)
    backward = replace(
        forward,
        rtol=forward.rtol if adjoint_rtol is None else adjoint_rtol,
        atol=forward.atol if adjoint_atol is None else adjoint_atol,
    )
    backward = checked_options(backward, shape, t, prefix="adjoint_")
    # The atol of z has no meaning for a alone, whose size is that of the gradient. So the gradient is scaled to one.
    unit_gradient = gradient == "interpolated" and adjoint_atol is None
    if unit_gradient:
        backward = replace(backward, atol=ATOL_BY_RTOL * np.min(backward.rtol))
    checks.positive_int(checkpoints, "checkpoints")
    equal_steps, finest = forward.n_steps is not None, min(np.min(forward.rtol), np.min(backward.rtol))
    if not equal_steps and z0.dtype.itemsize < 8 and finest < FINEST_FLOAT32_RTOL:
        warnings.warn(TOO_FINE.format(z0.dtype, FINEST_FLOAT32_RTOL), stacklevel=users_level())
    if gradient == "interpolated" and equal_steps:
        raise ValueError(f"gradient='interpolated': {NO_INTERPOLANT.format(method)}, or gradient='backprop'")
    if gradient == "backprop":
        return through_steps(f, z0, t, params, forward)

    pieces = checkpoints if gradient == "checkpointed" else 1
    times, observed, steps = checkpoint_segments(getval(t), forward.n_steps, pieces, forward.jumps)
    W, nested = split(params)
    return odeint_by_adjoint(
        *(z0, t, *W),
        f=f,
        nested=nested,
        times=times,
        observed=observed,
        forward=replace(forward, n_steps=steps),
        backward=replace(backward, n_steps=steps),
        unit_gradient=unit_gradient,
        gradient=gradient,
        seminorm=seminorm,
        pieces=checkpoints,
        residuals=Residuals(),
    )
