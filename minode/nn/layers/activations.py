"""Elementwise nonlinearities."""

from collections.abc import Callable
from functools import partial

import autograd.numpy as anp
import numpy as np
from autograd.extend import defjvp, defvjp, primitive

from minode.base.types import Array
from minode.nn.layers.layer import Layer, kernel_layer


def elementwise(
    name: str,
    value: Callable[[Array], Array],
    slope: Callable[[Array, Array], Array],
    formula: Callable[[Array], Array] | None = None,
    curvature: Callable[[Array, Array], Array] | None = None,
) -> Layer:
    """Make a layer of a scalar function.

    Parameters
    ----------
    name : str
    value : callable
        ``value(x) -> y``, elementwise, in NumPy.
    slope : callable
        ``slope(x, y) -> dy/dx``, elementwise, in NumPy.
    formula : callable, optional
        ``formula(x) -> y``, the same function as `value`, written with `autograd.numpy`. It is needed for second and
        further derivatives and for forward mode, which raise a TypeError without it. ``autograd.numpy.sin`` itself
        cannot be pickled, but a function that calls it, defined in a module, can.
    curvature : callable, optional
        ``curvature(x, y) -> d2y/dx2``, elementwise, in NumPy. Flows are trained about twice as fast with it.

    Returns
    -------
    Layer
        Without parameters.
    """
    formula = formula and partial(_formula, formula)
    pushforward = curvature and partial(_push, value, slope, curvature)
    return kernel_layer(name, _keep_shape, partial(_run, value, slope), formula=formula, pushforward=pushforward)


def Tanh() -> Layer:
    """Hyperbolic tangent."""
    return elementwise("Tanh", np.tanh, _slope_of_tanh, _tanh, _curvature_of_tanh)


def ReLU() -> Layer:
    """max(x, 0), with slope 0 at 0."""
    push = partial(_push, _positive_part, _step, _no_curvature)
    return kernel_layer("ReLU", _keep_shape, _run_relu, formula=partial(_formula, _relu), pushforward=push)


def Softplus() -> Layer:
    """log(1 + exp(x)), a smooth ReLU."""
    return elementwise("Softplus", _log_one_plus_exp, _logistic, _softplus, _curvature_of_softplus)


def _keep_shape(rng, input_shape):
    return input_shape, ()


def _run(value, slope, W, x, t):
    y = value(x)
    return y, lambda g: ([], g * slope(x, y), 0.0)


def _push(value, slope, curvature, W, s, t):
    x, tangents = s[0], s[1:]
    y = np.empty_like(s)
    y[0] = value(x)
    dydx = slope(x, y[0])
    np.multiply(dydx, tangents, out=y[1:])

    def vjp(g):
        g_s = dydx * g
        g_s[0] += curvature(x, y[0]) * np.einsum("i...,i...->...", g[1:], tangents)
        return [], g_s, 0.0

    return y, vjp


def _run_relu(W, x, t):
    # `vjp` keeps what it refers to. So it asks y, which the next layer keeps as well, and x can go.
    y = _positive_part(x)
    return y, lambda g: ([], g * (y > 0), 0.0)


def _formula(formula, W, x, t):
    return formula(x)


def _slope_of_tanh(x, y):
    return 1 - y * y


def _curvature_of_tanh(x, y):
    return -2 * y * _slope_of_tanh(x, y)


def _positive_part(x):
    # NumPy takes twice as long for ``maximum(x, 0)`` with a number in place of the zeros.
    return np.maximum(x, np.zeros_like(x[:1]))


def _step(x, y):
    return x > 0


def _no_curvature(x, y):
    return np.zeros_like(x)


def _log_one_plus_exp(x):
    return np.logaddexp(x, 0).astype(x.dtype)


def _logistic(x, y):
    # The logistic function of x is 1 - exp(-y), and this form overflows for no x.
    return -anp.expm1(-y)


def _curvature_of_softplus(x, y):
    slope = _logistic(x, y)
    return slope * (1 - slope)


def _differentiable(value, slope):
    """Make a primitive of a scalar function whose slope, written with autograd.numpy, can be differentiated again.

    autograd's own functions do not serve: the derivative of its tanh overflows where cosh(x)**2 does, and that of its
    maximum gives each side half of the slope at a tie.
    """
    # The lambda hides the ufunc, for which autograd would use its own derivative.
    function = primitive(lambda x: value(x))
    defvjp(function, lambda y, x: lambda g: g * slope(x, y))
    defjvp(function, lambda g, y, x: g * slope(x, y))
    return function


_TANH = _differentiable(np.tanh, _slope_of_tanh)
_RELU = _differentiable(_positive_part, _step)
_SOFTPLUS = _differentiable(_log_one_plus_exp, _logistic)


# These functions stand before the primitives, which cannot be pickled.
def _tanh(x):
    return _TANH(x)


def _relu(x):
    return _RELU(x)


def _softplus(x):
    return _SOFTPLUS(x)
