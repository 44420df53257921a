"""Kernels: functions in plain NumPy with a vector-Jacobian product of their own; each is one primitive of autograd.

A kernel is ``run(W, x, t) -> (y, vjp)`` with ``vjp(g) -> (g_W, g_x, g_t)``. W lists the leaves of a layer's parameters,
and g_W their gradients. A solver evaluates a vector field many times with the same weights. Work that depends on W
alone is therefore done once, beforehand, by `prepare`.

A product in plain NumPy cannot be differentiated again. So each kernel has a *formula* beside it, the same function
written with `autograd.numpy`. First derivatives come from the product, all others from the formula.

Where the Jacobian itself is to be differentiated, as its trace is in a flow, a formula is slow. A *pushforward* carries
tangents along with the points and is a kernel, too: its product holds the second derivatives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import autograd.numpy as anp
from autograd import make_jvp
from autograd.extend import Box, defjvp, defjvp_argnums, defvjp, defvjp_argnums, primitive
from autograd.util import subvals

from minode.base.residuals import Residuals
from minode.base.trees import leaves
from minode.base.types import Array, Params, Vjp
from minode.ode.straight.reads import CALLABLE_TYPES
from minode.ode.straight.straight_code import KERNELS
from minode.ode.tracing.trace import traced


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel as the `apply` of a layer: ``apply(params, x, t=0.0) -> y``.

    The kernel and the function that is called are one object, so that neither can be replaced without the other.

    Attributes
    ----------
    name : str
        Name of the layer.
    run : callable
        ``run(W, x, t) -> (y, vjp)``, as the module's docstring says.
    n_leaves : int
        Number of arrays in W.
    prepare : callable
        `run` takes ``prepare(W)`` in place of W.
    formula : callable
        ``formula(W, x, t) -> y``, the same function in `autograd.numpy`; it takes W itself.
    shard : int, optional
        Number of rows of x at a time that `run` works on; None if it takes all together.
    pushforward : callable, optional
        ``pushforward(W, s, t) -> (y, vjp)`` on a stack s (1 + k, *x.shape) of points x and k tangents v: the stack of y
        and of the products dy/dx . v. It takes ``prepare(W)`` as `run` does, and its `vjp` is like that of `run`.
    """

    name: str
    run: Callable
    n_leaves: int
    prepare: Callable
    formula: Callable
    shard: int | None = None
    pushforward: Callable | None = None

    def __call__(self, params: Params, x: Array, t: float = 0.0) -> Array:
        return _run(x, t, *self.leaves(params), kernel=self, residuals=Residuals())

    def prepared(self, params: Params) -> Callable[[Array, float], tuple[Array, Vjp]]:
        """Prepare the weights for many evaluations; return the function ``(x, t) -> (y, vjp)`` in plain NumPy."""
        return partial(self.run, self.prepare(self.leaves(params)))

    def leaves(self, params: Params) -> list:
        """List the leaves of `params`.

        Raises
        ------
        ValueError
            If there are more or fewer than the kernel has.
        """
        W = leaves(params)
        if len(W) != self.n_leaves:
            raise ValueError(
                f"params of the layer {self.name!r} has {len(W)} arrays; expected {self.n_leaves}, as from its init"
            )
        return W


def as_it_is(W: Sequence[Array]) -> Sequence[Array]:
    """The `prepare` of a kernel that has nothing to prepare."""
    return W


def no_formula(name: str, W: Sequence[Array], x: Array, t: float) -> NoReturn:
    """The formula of a kernel that was given none.

    Raises
    ------
    TypeError
        Always.
    """
    raise TypeError(
        f"the layer {name!r} has a vector-Jacobian product in plain NumPy, whose derivative cannot be taken once more, "
        "and no formula: for second derivatives, and for forward mode, make it with formula=..., the same function in "
        "autograd.numpy, or write the network with autograd.numpy"
    )


@primitive
def _run(x, t, *W, kernel, residuals):
    # The kernel's own vector-Jacobian product is what is kept.
    y, residuals.kept = kernel.run(kernel.prepare(W), x, t)
    if isinstance(y, Box):
        raise TypeError(
            f"the kernel of the layer {kernel.name!r} returned a traced value: it uses an array that is being "
            "differentiated without receiving it as an argument; make it a parameter of the layer"
        )
    return y


def depth(t: float) -> float:
    """Return t as a Python float: unlike a float64 array, it leaves float32 arrays in float32.

    Raises
    ------
    TypeError
        If it is an array of several numbers, such as one depth for each image of a batch.
    """
    try:
        return float(t)
    except TypeError:
        raise TypeError(f"t is {t!r}; expected one number, the depth of the whole batch") from None


@primitive
def times_depth(t: float, M: Array) -> Array:
    """Multiply an array M by the depth t in the dtype of M; formulas use it."""
    return depth(t) * M


defvjp(times_depth, lambda y, t, M: lambda g: anp.sum(g * M), lambda y, t, M: lambda g: times_depth(t, g))
defjvp(times_depth, lambda g, y, t, M: times_depth(g, M), lambda g, y, t, M: times_depth(t, g))


def _formula(kernel, arguments, argnums):
    """Return the kernel's formula as a function of some of the arguments of `_run`, and the values of those."""

    def formula(*values):
        x, t, *W = subvals(arguments, zip(argnums, values))
        return kernel.formula(W, x, t)

    return formula, tuple(arguments[argnum] for argnum in argnums)


def _run_vjps(argnums, y, arguments, options):
    kernel, vjp = options["kernel"], options["residuals"].kept

    def vjps(g):
        # If g or y is traced, an outer differentiation will ask for the derivative of this product.
        if isinstance(g, Box) or isinstance(y, Box):
            _, pull = traced(*_formula(kernel, arguments, argnums))
            return pull(g)
        g_W, g_x, g_t = vjp(g)
        gradients = (g_x, g_t, *g_W)
        return [gradients[argnum] for argnum in argnums]

    return vjps


def _run_jvp(argnums, gs, y, arguments, options):
    formula, values = _formula(options["kernel"], arguments, argnums)
    return make_jvp(lambda values: formula(*values))(values)(tuple(gs))[1]


defvjp_argnums(_run, _run_vjps)
defjvp_argnums(_run, _run_jvp)
# A network within a field of the user's may be replayed.
KERNELS[_run] = lambda kernel, residuals: lambda x, t, *W: kernel.run(kernel.prepare(W), x, t)
CALLABLE_TYPES.add(Kernel)
