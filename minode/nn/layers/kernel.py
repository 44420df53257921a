"""Kernels: functions in plain NumPy that bring their own vector-Jacobian product, one primitive of autograd each.

``run(W, x, t) -> (y, vjp)`` with ``vjp(g) -> (g_W, g_x, g_t)``, where W lists the leaves of a layer's parameters and
g_W their gradients. What would be done to the same W at every call, `prepare` does once beforehand: a solver evaluates
a vector field many times with the same weights.

A product in plain NumPy cannot be differentiated once more. Each kernel therefore has its *formula* beside it, the same
function in `autograd.numpy`: first derivatives come from the product, all others from the formula.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import autograd.numpy as anp
from autograd import make_jvp
from autograd.extend import Box, defjvp, defjvp_argnums, defvjp, defvjp_argnums, primitive
from autograd.util import subvals

from minode.base.trees import leaves
from minode.ode.field.trace import traced


@dataclass(frozen=True, eq=False)
class Kernel:
    """What `apply` of a layer is where the layer is one kernel: ``apply(params, x, t=0.0) -> y``.

    A call and the kernel are one object, so that neither can be replaced without the other.

    Attributes
    ----------
    name : str
        Of the layer.
    run : callable
        ``run(W, x, t) -> (y, vjp)``; see the module's text.
    n_leaves : int
        Number of arrays in W.
    prepare : callable
        ``prepare(W)`` is what `run` takes for W.
    formula : callable
        ``formula(W, x, t) -> y``, the same function in `autograd.numpy`; without `prepare`.
    """

    name: str
    run: Callable
    n_leaves: int
    prepare: Callable
    formula: Callable

    def __call__(self, params, x, t=0.0):
        return _run(x, t, *self.leaves(params), kernel=self, evaluation=Evaluation())

    def prepared(self, params):
        """Prepare the weights for many evaluations: ``(x, t) -> (y, vjp)``, in plain NumPy."""
        return partial(self.run, self.prepare(self.leaves(params)))

    def leaves(self, params):
        """List the leaves of `params`.

        Raises
        ------
        ValueError
            If their number is not that of the kernel.
        """
        W = leaves(params)
        if len(W) != self.n_leaves:
            raise ValueError(
                f"params of the layer {self.name!r} has {len(W)} arrays; expected {self.n_leaves}, as from its init"
            )
        return W


def as_it_is(W):
    """Prepare nothing."""
    return W


def no_formula(name, W, x, t):
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


class Evaluation:
    """One evaluation of a kernel: autograd hands on the value alone, so the product travels beside it."""

    __slots__ = ("vjp",)


@primitive
def _run(x, t, *W, kernel, evaluation):
    y, evaluation.vjp = kernel.run(kernel.prepare(W), x, t)
    if isinstance(y, Box):
        raise TypeError(
            f"the kernel of the layer {kernel.name!r} returned a traced value: it uses an array that is being "
            "differentiated without receiving it as an argument; make it a parameter of the layer"
        )
    return y


def depth(t):
    """Return t as a number of Python's, which does not promote float32.

    Raises
    ------
    TypeError
        If it is an array of several, as one depth for each image of a batch would be.
    """
    try:
        return float(t)
    except TypeError:
        raise TypeError(f"t is {t!r}; expected one number, the depth of the whole batch") from None


@primitive
def times_depth(t, M):
    """The depth t times an array M, in the dtype of M: for formulas."""
    return depth(t) * M


defvjp(times_depth, lambda y, t, M: lambda g: anp.sum(g * M), lambda y, t, M: lambda g: times_depth(t, g))
defjvp(times_depth, lambda g, y, t, M: times_depth(g, M), lambda g, y, t, M: times_depth(t, g))


def _formula(kernel, arguments, argnums):
    """The kernel's formula as a function of some of the arguments of `_run`, and the values of these."""

    def formula(*values):
        x, t, *W = subvals(arguments, zip(argnums, values))
        return kernel.formula(W, x, t)

    return formula, tuple(arguments[argnum] for argnum in argnums)


def _run_vjps(argnums, y, arguments, options):
    kernel, vjp = options["kernel"], options["evaluation"].vjp

    def vjps(g):
        # A derivative of this product is wanted where an outer trace follows g, or anything that y is made of.
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
