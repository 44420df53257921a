"""Elementwise nonlinearities."""

import numpy as np

from minode.layers.layer import kernel_layer


def elementwise(name, value, slope):
    """Make a layer of a scalar function.

    Parameters
    ----------
    name : str
    value : callable
        ``value(x) -> y``, elementwise.
    slope : callable
        ``slope(x, y) -> dy/dx``, elementwise.

    Returns
    -------
    Layer
        Without parameters.
    """

    def init(rng, input_shape):
        return input_shape, ()

    def kernel(W, x, t):
        y = value(x)
        return y, lambda g: ([], g * slope(x, y), 0.0)

    return kernel_layer(name, init, kernel)


def Tanh():
    """Hyperbolic tangent."""
    return elementwise("Tanh", np.tanh, lambda x, y: 1 - y * y)


def ReLU():
    """max(x, 0), with slope 0 at 0."""
    # With a number in place of the zeros NumPy takes twice as long.
    return elementwise("ReLU", lambda x: np.maximum(x, np.zeros_like(x[:1])), lambda x, y: x > 0)


def Softplus():
    """log(1 + exp(x)), a smooth ReLU."""
    # The slope is the logistic function of x, which is 1 - exp(-y): no overflow on either side.
    return elementwise("Softplus", lambda x: np.logaddexp(x, 0).astype(x.dtype), lambda x, y: -np.expm1(-y))
