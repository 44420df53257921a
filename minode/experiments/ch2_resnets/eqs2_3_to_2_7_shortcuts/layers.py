"""Deep networks by Eqs. 2.3 and 2.4, and the size of the gradient at each of their layers."""

import autograd.numpy as np
from autograd import grad

WIDTH, LAYERS = 16, 64
# Names in figures -> h and g.
VARIANTS = {
    "h, g identities": (lambda z: z, lambda y: y),
    "h = 0.9 z": (lambda z: 0.9 * z, lambda y: y),
    "h = 1.1 z": (lambda z: 1.1 * z, lambda y: y),
    "g = tanh": (lambda z: z, np.tanh),
    "g = ReLU": (lambda z: z, lambda y: np.maximum(y, 0.0)),
}


def residual(z, W):
    """The branch F(z, W) of a layer: one layer of sines, small, since there are many."""
    return np.sin(z @ W) / LAYERS


def draw_layers(seed):
    """Draw the weights of all layers, an input and a gradient at the end, a row a sample.

    Returns
    -------
    weights : list of array, shape (WIDTH, WIDTH)
    z, a : array, shape (WIDTH, WIDTH)
    """
    rng = np.random.default_rng(seed)
    weights = list(rng.standard_normal((LAYERS, WIDTH, WIDTH)) / WIDTH**0.5)
    return weights, *rng.standard_normal((2, WIDTH, WIDTH))


def sizes(layers, z, loss):
    """Measure how large the gradient is at the input of each layer, and behind the last one.

    Parameters
    ----------
    layers : list of callable
    z : array
    loss : callable
        Of what the last layer returns.

    Returns
    -------
    list of float
        2-norms.
    """
    states = [z]
    for layer in layers:
        states.append(layer(states[-1]))

    def perturbed(changes):
        z = states[0] + changes[0]
        for layer, change in zip(layers, changes[1:]):
            z = layer(z) + change
        return loss(z)

    gradients = grad(perturbed)([np.zeros_like(state) for state in states])
    return [float(np.linalg.norm(gradient)) for gradient in gradients]


def sizes_of_variant(name, seed):
    """Sizes of the gradient in a network with h and g of `VARIANTS`."""
    h, g = VARIANTS[name]
    weights, z, a = draw_layers(seed)
    return sizes([lambda z, W=W: g(h(z) + residual(z, W)) for W in weights], z, lambda z: np.sum(a * z))
