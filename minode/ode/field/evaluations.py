"""A field made ready for the thousands of evaluations of a solve, with its products or without."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd.extend import Box

from minode.base.trees import is_constant, leaves, split
from minode.base.types import Array, Field, Params, Vjp
from minode.ode.straight.reads import WRAPPERS
from minode.ode.straight.replay import replayed
from minode.ode.tracing.fields import checked, field
from minode.ode.tracing.trace import traced

Linearised: TypeAlias = Callable[[float, Array], tuple[Array, Callable[[Array], list[Array]]]]
"""``(t, z) -> (dz, pullback)``: the value of a field, and the function that gives its vector-Jacobian products."""


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


# It may itself be wrapped, as in a flow, and the whole is then replayed.
WRAPPERS[KernelField] = "kernel"


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

    return replayed(f, params, of, by_trace) if kernel is None else by_kernel


def evaluator(f: Field, params: Params) -> Callable[[float, Array], Array]:
    """Prepare f for many evaluations without products: ``evaluator(f, params)(t, z) -> dz``."""
    kernel = prepared_kernel(f, params)
    if kernel is not None:
        return lambda t, z: checked(kernel(z, t)[0], z)
    return replayed(f, params, "", lambda t, z: field(f, t, z, params))


def prepared_kernel(f: Field, params: Params) -> Callable[[Array, float], tuple[Array, Vjp]] | None:
    """The kernel that f is, its weights prepared: ``(z, t) -> (dz, vjp)``; None if f is to be called."""
    # The type must be exact, since a subclass may compute something else. Weights that are themselves traced, by
    # closure, must go through autograd, which finds that. A kernel would give products for constants, too.
    if type(f) is not KernelField or any(isinstance(leaf, Box) or is_constant(leaf) for leaf in leaves(params)):
        return None
    return f.kernel.prepared(params)
