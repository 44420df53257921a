"""The same vector field, three readings: a residual block, an Euler solver, an ODE.

Each block takes a layer as the vector field f(t, z) and keeps the layer's parameters as its own, so the
very same weights can be read as a ResNet or as a flow.
"""

import autograd.numpy as anp
from autograd.extend import defvjp, primitive

from minode.checks import positive_int
from minode.layers import Layer, kernel_layer
from minode.primitive import odeint


def vector_field(layer):
    """Read a layer as the right-hand side f(t, z, params) that `odeint` takes; it brings the layer along."""

    def f(t, z, params):
        return layer.apply(params, z, t)

    f.layer = layer
    return f


def ResBlock(layer):
    """Residual block z + f(z) (Eqs. 2.8 and 3.2), f at depth 0.

    Parameters
    ----------
    layer : Layer
        Keeps the shape of its input.

    Returns
    -------
    Layer
    """

    init = _shape_keeping(layer)
    if layer.kernel is None:
        return Layer("ResBlock", init, lambda params, x, t=0.0: x + layer.apply(params, x, t), (layer,))

    def kernel(W, x, t):
        y, vjp = layer.kernel(W, x, t)

        def beside_shortcut(g):
            g_W, g_x, g_t = vjp(g)
            return g_W, g + g_x, g_t

        return x + y, beside_shortcut

    return kernel_layer("ResBlock", init, kernel, layer.n_leaves, layers=(layer,), prepare=layer.prepare)


def EulerBlock(layer, n_steps):
    """Euler's method from depth 0 to 1 (Eq. 2.10): `n_steps` residual blocks that share weights, scaled by the step.

    `EulerBlock(layer, 1)` is `ResBlock(layer)`. Gradients run through the steps by backpropagation.

    Parameters
    ----------
    layer : Layer
        Keeps the shape of its input.
    n_steps : int

    Returns
    -------
    Layer
    """
    positive_int(n_steps, "n_steps")
    return _flow("EulerBlock", layer, dict(method="euler", n_steps=n_steps, gradient="backprop"))


def ODEBlock(layer, **options):
    """The flow of dz/dt = f(t, z) from depth 0 to 1 (Eq. 3.4).

    Parameters
    ----------
    layer : Layer
        Keeps the shape of its input.
    **options
        Of `odeint`: method, rtol, atol, gradient, ...

    Returns
    -------
    Layer
    """
    return _flow("ODEBlock", layer, options)


def augment(p):
    """Append `p` zeros to the last axis (Dupont et al. 2019): room for trajectories to pass each other.

    Parameters
    ----------
    p : int

    Returns
    -------
    Layer
        Without parameters.
    """
    positive_int(p, "p")

    def init(rng, input_shape):
        return (*input_shape[:-1], input_shape[-1] + p), ()

    def kernel(W, x, t):
        zeros = anp.zeros((*x.shape[:-1], p), dtype=x.dtype)
        return anp.concatenate([x, zeros], axis=-1), lambda g: ([], g[..., :-p], 0.0)

    return kernel_layer("augment", init, kernel)


@primitive
def _last(z):
    """The last of the states z; autograd's own gradient of ``z[-1]`` adds up entry by entry, as slow as a layer."""
    return z[-1]


defvjp(_last, lambda last, z: lambda g: anp.concatenate([anp.zeros_like(z[:-1]), g[None]]))


def _flow(name, layer, options):
    def apply(params, x, t=0.0):
        return _last(odeint(vector_field(layer), x, [0.0, 1.0], params, **options))

    return Layer(name, _shape_keeping(layer), apply, (layer,))


def _shape_keeping(layer):
    def init(rng, input_shape):
        output_shape, params = layer.init(rng, input_shape)
        if tuple(output_shape) != tuple(input_shape):
            raise ValueError(
                f"the vector field maps shape {tuple(input_shape)} to {tuple(output_shape)}; expected the same shape, "
                "since z and dz/dt live in one space"
            )
        return output_shape, params

    return init
