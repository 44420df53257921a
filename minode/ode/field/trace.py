"""One autograd trace with many roots: the value of f and its vector-Jacobian products at once.

`autograd.make_vjp` differentiates in one argument, or packs several into a traced tuple, which costs
one more node for each. Here every argument gets a root node of its own, so that a single sweep over
the graph gives a . df/dt, a . df/dz and a . df/dW for every leaf of W.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from autograd.core import VJPNode, add_outgrads
from autograd.extend import Box
from autograd.tracer import getval, new_box, trace_stack
from autograd.util import toposort

from minode.base import checks
from minode.base.trees import is_constant, leaves, parameters, rebuild, split
from minode.base.types import Array, Field, Params, Tree, Vjp
from minode.ode.field.fields import checked, field

Linearised: TypeAlias = Callable[[float, Array], tuple[Array, Callable[[Array], list[Array]]]]
"""``(t, z) -> (dz, pullback)``: the value of a field, and the function that gives its vector-Jacobian products."""


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


def traced(fun: Callable[..., Array], args: Sequence[Any]) -> tuple[Array, Callable[[Array], list[Array]]]:
    """Run ``fun(*args)`` once under autograd.

    Returns
    -------
    value : array
    pull : callable
        ``pull(a) -> list``, one gradient an argument, each in the shape of its argument.
    """
    roots = [VJPNode.new_root() for _ in args]
    trace_stack.top += 1
    level = trace_stack.top
    try:
        out = fun(*[new_box(arg, level, root) for arg, root in zip(args, roots)])
    finally:
        # autograd's own context manager leaves the level raised after an exception.
        trace_stack.top -= 1
    if not (isinstance(out, Box) and out._trace == level):
        return out, lambda a: [np.zeros_like(getval(arg)) for arg in args]

    def pull(a):
        gradients = {out._node: (a, False)}
        for node in toposort(out._node):
            if node.parents:
                incoming, _ = gradients.pop(node)
                for parent, gradient in zip(node.parents, node.vjp(incoming)):
                    gradients[parent] = add_outgrads(gradients.get(parent), gradient)
        return [
            gradients[root][0] if root in gradients else np.zeros_like(getval(arg)) for root, arg in zip(roots, args)
        ]

    return out._value, pull


@dataclass(frozen=True, eq=False)
class KernelField:
    """A vector field f(t, z, params) that brings its products: `blocks.vector_field` makes it of a layer.

    Attributes
    ----------
    kernel : callable
        ``kernel(params, z, t) -> dz``, and the same function prepared for many evaluations,
        ``kernel.prepared(params)(z, t) -> (dz, vjp)``; see `layers.kernel`.
    """

    kernel: Any

    def __call__(self, t: float, z: Array, params: Params) -> Array:
        return self.kernel(params, z, t)


def linearise(f: Field, params: Params, of: str = "zW") -> Linearised:
    """Prepare f for many evaluations with vector-Jacobian products in z and W, or in one of them.

    A `KernelField` needs no trace, since its kernel gives the value and the products at once. For small fields the
    trace would cost as much as the arithmetic.

    Parameters
    ----------
    f : callable
        As for `vjp`.
    params : tree of arrays
    of : {"zW", "z", "W"}
        By what to differentiate.

    Returns
    -------
    callable
        ``(t, z) -> (dz, pullback)`` with ``pullback(a) -> [a . df/dz, *a . df/dW]``, an array a leaf of `params` that
        is not constant; only the first of them with "z", only the others with "W".
    """
    kernel = prepared_kernel(f, params)
    W, nested = split(params)

    def by_trace(t, z):
        if of == "z":
            return traced(lambda z: field(f, t, z, params), (z,))
        if of == "W":
            return traced(lambda *W: field(f, t, z, nested(W)), W)
        return traced(lambda z, *W: field(f, t, z, nested(W)), (z, *W))

    def by_kernel(t, z):
        dz, vjp = kernel(z, t)

        def pullback(a):
            a_dfdW, a_dfdz, _ = vjp(a)
            if of == "zW":
                return [a_dfdz, *a_dfdW]
            return [a_dfdz] if of == "z" else a_dfdW

        return checked(dz, z), pullback

    return by_trace if kernel is None else by_kernel


def evaluator(f: Field, params: Params) -> Callable[[float, Array], Array]:
    """Prepare f for many evaluations without products: ``evaluator(f, params)(t, z) -> dz``."""
    kernel = prepared_kernel(f, params)
    return (lambda t, z: field(f, t, z, params)) if kernel is None else (lambda t, z: checked(kernel(z, t)[0], z))


def prepared_kernel(f: Field, params: Params) -> Callable[[Array, float], tuple[Array, Vjp]] | None:
    """The kernel that f is, its weights prepared: ``(z, t) -> (dz, vjp)``; None if f is to be called."""
    # The type must be exact, since a subclass may compute something else. Weights that are themselves traced, by
    # closure, must go through autograd, which finds that. A kernel would give products for constants, too.
    if type(f) is not KernelField or any(isinstance(leaf, Box) or is_constant(leaf) for leaf in leaves(params)):
        return None
    return f.kernel.prepared(params)
