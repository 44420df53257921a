"""One vector field read in three ways: as a residual block, as Euler steps, as an ODE.

Each block takes a layer as the vector field f(t, z) and has the layer's parameters as its own. The very same weights
can therefore be read as a ResNet or as a flow.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import def_linear, defvjp, primitive

from minode.base.checks import positive_int
from minode.base.types import Array, Field, Params, Shape
from minode.nn.layers import Layer, kernel_layer, kernel_of
from minode.ode.field.evaluations import KernelField
from minode.ode.odeint import odeint


def vector_field(layer: Layer) -> Field:
    """Read a layer as the right-hand side f(t, z, params) that `odeint` takes.

    A layer that is a kernel becomes a `trace.KernelField`, whose vector-Jacobian products need no trace. A function
    that wraps the result, or an object of a subclass, is treated like any other function: it is called and traced.
    """
    kernel = kernel_of(layer)
    return partial(_apply_at, layer.apply) if kernel is None else KernelField(kernel)


def ResBlock(layer: Layer) -> Layer:
    """Residual block z + f(z) (Eqs. 2.8 and 3.2), with f at depth 0.

    Parameters
    ----------
    layer : Layer
        The vector field f; its output has the shape of its input.

    Returns
    -------
    Layer
    """
    init, part = _ShapeKeepingInit(layer), kernel_of(layer)
    if part is None:
        return Layer("ResBlock", init, partial(_apply_residual, layer.apply), (layer,))
    run, formula = partial(_run_residual, part.run), partial(_residual_formula, part.formula)
    return kernel_layer("ResBlock", init, run, part.n_leaves, layers=(layer,), prepare=part.prepare, formula=formula)


def EulerBlock(layer: Layer, n_steps: int) -> Layer:
    """Euler's method from depth 0 to 1 (Eq. 2.10): `n_steps` residual blocks with shared weights, f scaled by the step.

    `EulerBlock(layer, 1)` is `ResBlock(layer)`. Gradients are backpropagated through the steps.

    Parameters
    ----------
    layer : Layer
        The vector field f; its output has the shape of its input.
    n_steps : int

    Returns
    -------
    Layer
    """
    positive_int(n_steps, "n_steps")
    return _flow("EulerBlock", layer, dict(method="euler", n_steps=n_steps, gradient="backprop"))


def ODEBlock(layer: Layer, **options: Any) -> Layer:
    """The flow of dz/dt = f(t, z) from depth 0 to 1 (Eq. 3.4).

    Parameters
    ----------
    layer : Layer
        The vector field f; its output has the shape of its input.
    **options
        Options of `odeint`: method, rtol, atol, gradient, ...

    Returns
    -------
    Layer
    """
    return _flow("ODEBlock", layer, options)


def augment(p: int) -> Layer:
    """Append `p` zeros to the last axis (Dupont et al. 2019), so that trajectories have room to pass each other.

    Parameters
    ----------
    p : int

    Returns
    -------
    Layer
        Without parameters.
    """
    positive_int(p, "p")

    init, run, formula = (partial(function, p) for function in (_init_augment, _run_augment, _augment_formula))
    return kernel_layer("augment", init, run, formula=formula)


def _apply_at(apply, t, z, params):
    return apply(params, z, t)


def _apply_residual(apply, params, x, t=0.0):
    return x + apply(params, x, t)


def _run_residual(run, W, x, t):
    y, vjp = run(W, x, t)

    def beside_shortcut(g):
        g_W, g_x, g_t = vjp(g)
        return g_W, g + g_x, g_t

    return x + y, beside_shortcut


def _residual_formula(formula, W, x, t):
    return x + formula(W, x, t)


def _init_augment(p, rng, input_shape):
    return (*input_shape[:-1], input_shape[-1] + p), ()


def _run_augment(p, W, x, t):
    return _augment_formula(p, W, x, t), lambda g: ([], g[..., :-p], 0.0)


def _augment_formula(p, W, x, t):
    zeros = anp.zeros((*x.shape[:-1], p), dtype=x.dtype)
    return anp.concatenate([x, zeros], axis=-1)


@primitive
def last_state(z: Array) -> Array:
    """Take the last of the states z; autograd's gradient of ``z[-1]`` adds entry by entry and is as slow as a layer."""
    return z[-1]


defvjp(last_state, lambda last, z: lambda g: anp.concatenate([anp.zeros_like(z[:-1]), g[None]]))
def_linear(last_state)


def _flow(name, layer, options):
    return Layer(name, _ShapeKeepingInit(layer), partial(_apply_flow, vector_field(layer), options), (layer,))


def _apply_flow(field, options, params, x, t=0.0):
    return last_state(odeint(field, x, [0.0, 1.0], params, **options))


@dataclass(frozen=True)
class _ShapeKeepingInit:
    """`init` of a layer that serves as a vector field, whose output must have the shape of its input."""

    layer: Layer

    def __call__(self, rng: np.random.Generator, input_shape: Shape) -> tuple[Shape, Params]:
        output_shape, params = self.layer.init(rng, input_shape)
        if tuple(output_shape) != tuple(input_shape):
            raise ValueError(
                f"the vector field maps shape {tuple(input_shape)} to {tuple(output_shape)}; expected the same shape, "
                "since z and dz/dt live in one space"
            )
        return output_shape, params
