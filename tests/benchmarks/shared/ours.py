"""The spiral's loss with `minode.odeint`, its field written in the three ways that minode allows."""

import numpy as np

from tests.benchmarks.shared.spiral import A, flat


def minode(problem, written="one layer", **options):
    """`minode.odeint`, the field written in autograd.numpy, with a network of layers inside, or as one layer."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    from minode import count_nfe, odeint
    from minode.base.trees import leaves

    z0, t, target, weights, rtol, atol = problem
    f, params = MINODE_FIELDS[written](*weights)

    def loss(params):
        return anp.mean((odeint(f, z0, t, params, rtol=rtol, atol=atol, **options) - target) ** 2)

    loss_and_gradient = value_and_grad(loss)

    def gradient():
        value, gradients = loss_and_gradient(params)
        return value, flat(leaves(gradients))

    def count():
        with count_nfe() as nfe:
            gradient()
        return nfe.forward, nfe.backward

    return gradient, count


def in_autograd_numpy(W1, b1, W2, b2):
    """Every operation one of autograd's: the field that autograd's own `odeint` gets."""
    import autograd.numpy as anp

    def f(t, z, params):
        (W1, b1), (W2, b2) = params
        return anp.dot(anp.tanh(anp.dot(z**3, W1) + b1), W2) + b2 + anp.dot(z, A)

    return f, [(W1, b1), (W2, b2)]


def with_layers(W1, b1, W2, b2):
    """The network made of layers, what is around it in autograd.numpy."""
    import autograd.numpy as anp

    from minode.nn.layers import Dense, Tanh, serial

    network = serial(Dense(len(b1)), Tanh(), Dense(2))

    def f(t, z, params):
        return network.apply(params, z**3, t) + anp.dot(z, A)

    return f, [(W1, b1), (), (W2, b2)]


def as_one_layer(W1, b1, W2, b2):
    """The whole field one layer: a network of layers beside the linear term, whose VJP is written here."""
    from minode.nn.blocks import vector_field
    from minode.nn.layers import Dense, Tanh, elementwise, kernel_layer, parallel, serial

    cube = elementwise("Cube", lambda z: z * z * z, lambda z, y: 3 * z * z)
    linear_term = kernel_layer("LinearTerm", None, lambda W, z, t: (np.dot(z, A), lambda g: ([], np.dot(g, A.T), 0.0)))
    layer = parallel(serial(cube, Dense(len(b1)), Tanh(), Dense(2)), linear_term)
    return vector_field(layer), [[(), (W1, b1), (), (W2, b2)], ()]


MINODE_FIELDS = {"autograd.numpy": in_autograd_numpy, "layers": with_layers, "one layer": as_one_layer}
