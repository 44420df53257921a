"""One autograd trace with many roots: the value of f and its vector-Jacobian products at once.

`autograd.make_vjp` differentiates in one argument, or packs several into a traced tuple, which costs
one more node for each. Here every argument gets a root node of its own, so that a single sweep over
the graph gives a . df/dt, a . df/dz and a . df/dW for every leaf of W.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import VJPNode, primitive_vjps, vspace
from autograd.extend import Box
from autograd.tracer import Node, getval, new_box, notrace_primitives, trace_stack

from minode.base import checks
from minode.base.trees import is_constant, leaves, parameters, rebuild, split
from minode.base.types import Array, Field, Params, Tree
from minode.ode.tracing.fields import field
from minode.ode.tracing.products import RULED, dense, rules, unbroadcast


def vjp(
    f: Field, t: float, z: Array, params: Params = ()
) -> tuple[Array, Callable[[Array], tuple[Array, Array, Tree]]]:
    """Evaluate f(t, z, params) and prepare its vector-Jacobian products.

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``, written with `autograd.numpy` or with the layers of minode.
    t : float
        Dimensionless depth (l in the thesis).
    z : array
        State, of any shape.
    params : tree of arrays
        Any nesting of lists, tuples and dicts of arrays; integers and booleans in it are constants.

    Returns
    -------
    dz : array, shape of z
    pullback : callable
        ``pullback(a) -> (a . df/dt, a . df/dz, a . df/dW)``, a number, an array like `z` and a
        tree like `params`: the products of Eqs. 3.7 and 3.9 without their minus sign; None for constants.

    Raises
    ------
    TypeError, ValueError
        If `f` does not return a real floating array in the shape of `z`, or `a` has another shape.
    """
    z, params = checks.float_array(z, "z"), parameters(params, "params")
    W, nested = split(params)
    dz, pull = traced(lambda t, z, *W: field(f, t, z, nested(W)), (checks.float_array(t, "t"), z, *W))

    def pullback(a):
        a = checks.float_array(a, "a")
        if a.shape != dz.shape:
            raise ValueError(f"a has shape {a.shape}; expected {dz.shape}, the shape of z")
        a_dfdt, a_dfdz, *a_dfdW = pull(a)
        products = iter(a_dfdW)
        return a_dfdt, a_dfdz, rebuild(params, [None if is_constant(W) else next(products) for W in leaves(params)])

    return dz, pullback


class Call(Node):
    """One call of a primitive in a trace.

    Attributes
    ----------
    value : array
        What it returned.
    fun, args, kwargs
        The primitive and its arguments, untraced.
    argnums, parents : tuple
        Which arguments were traced, and the calls or roots they come from.
    tape : list of Call
        All calls of the trace, in their order; None when it has ended.
    place : int
        Where this one stands there.
    vjp : callable, optional
        autograd's product, made at once for primitives which have no rule of ours.
    """

    __slots__ = ("argnums", "args", "fun", "kwargs", "parents", "place", "tape", "value", "vjp")

    tape: list["Call"] | None

    def __init__(
        self, value: Array, fun: Any, args: tuple, kwargs: dict, argnums: tuple, parents: tuple["Call", ...]
    ) -> None:
        self.value, self.fun, self.args, self.kwargs = value, fun, args, kwargs
        self.argnums, self.parents = argnums, parents
        self.enter(parents[0].tape)
        self.vjp = None if fun in RULED else self.product_of_autograd()

    def initialize_root(self, value: Array, tape: list["Call"]) -> None:
        self.value, self.fun, self.parents = value, None, ()
        self.enter(tape)

    def enter(self, tape: list["Call"] | None) -> None:
        """Take the next place on the tape."""
        if tape is None or any(parent.tape is not tape for parent in self.parents):
            raise TypeError("f uses a traced value that it kept from another evaluation; such values must not be kept")
        self.tape, self.place = tape, len(tape)
        tape.append(self)

    def product_of_autograd(self) -> Callable[[Any], Any]:
        """Make autograd's own product ``g -> gradients``, which may be traced again."""
        if self.fun not in primitive_vjps:
            name = getattr(self.fun, "__name__", self.fun)
            raise NotImplementedError(f"VJP of {name} wrt argnums {self.argnums} not defined")
        return primitive_vjps[self.fun](self.argnums, self.value, self.args, self.kwargs)

    def products(self, g: Array) -> Iterable[Any]:
        """The gradients of `parents` from that of the value."""
        found = None if self.vjp else rules(self.fun, self.value, self.args, self.kwargs, self.argnums)
        if found is None or isinstance(g, Box):
            by_autograd = (self.vjp or self.product_of_autograd())(g)
            return [self.in_shape_of(self.args[n], dense(product)) for product, n in zip(by_autograd, self.argnums)]
        return [
            unbroadcast(rule(g, self.value, *self.args, **self.kwargs), np.shape(self.args[n]))
            for rule, n in zip(found, self.argnums)
        ]

    def in_shape_of(self, argument: Any, product: Any) -> Any:
        """Give a product of autograd the shape of its argument; refuse one that has other entries, as some have."""
        if not isinstance(argument, (np.ndarray, np.floating, float)) or np.shape(product) == np.shape(argument):
            return product
        found, shape = np.shape(product), np.shape(argument)
        if [size for size in found if size != 1] == [size for size in shape if size != 1]:
            return anp.reshape(product, shape)
        raise ValueError(
            f"the product of {getattr(self.fun, '__name__', self.fun)} with {self.kwargs} has shape {found}; "
            f"expected {shape}, that of its argument: it is wrong, so f must be written in another way, a norm for "
            "instance without keepdims"
        )


def _sum(one: Any, other: Any) -> Any:
    """Add gradients. Where a primitive gives several arrays, as `split` does, its gradient is a list of theirs."""
    return one + other if isinstance(one, np.ndarray) else vspace(one).add(one, other)


# What has no gradient for autograd has none here.
notrace_primitives[Call] = notrace_primitives[VJPNode]


def traced(fun: Callable[..., Array], args: Sequence[Any]) -> tuple[Array, Callable[[Array], list[Array]]]:
    """Run ``fun(*args)`` once under autograd.

    Returns
    -------
    value : array
    pull : callable
        ``pull(a) -> list``, one gradient an argument, each in the shape of its argument.
    """
    out, tape = recorded(fun, args)
    if not isinstance(out, Call):
        return out, lambda a: [np.zeros_like(getval(arg)) for arg in args]

    def pull(a):
        gradients = [None] * len(tape)
        gradients[out.place] = a
        for call in tape[out.place : len(args) - 1 : -1]:
            g, gradients[call.place] = gradients[call.place], None
            if g is not None:
                for parent, product in zip(call.parents, call.products(g)):
                    so_far = gradients[parent.place]
                    gradients[parent.place] = product if so_far is None else _sum(so_far, product)
        return [np.zeros_like(getval(arg)) if g is None else g for g, arg in zip(gradients, args)]

    return out.value, pull


def recorded(fun: Callable[..., Array], args: Sequence[Any]) -> tuple[Any, list[Call]]:
    """Run ``fun(*args)`` once under autograd, every argument a root.

    Returns
    -------
    out : Call or array
        The call that gives the value; if no argument had a part in it, the value.
    tape : list of Call
        Roots, one an argument, and calls in their order.
    """
    tape: list[Call] = []
    roots = [Call.new_root(arg, tape) for arg in args]
    trace_stack.top += 1
    level = trace_stack.top
    try:
        out = fun(*[new_box(arg, level, root) for arg, root in zip(args, roots)])
    finally:
        # autograd's own context manager leaves the level raised after an exception.
        trace_stack.top -= 1
        # Calls that refer to the tape would keep each other alive until the next collection of garbage.
        for call in tape:
            call.tape = None
    return (out._node if isinstance(out, Box) and out._trace == level else out), tape
