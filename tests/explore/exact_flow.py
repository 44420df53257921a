"""The flow of a ReLU perceptron of (t, z) without a solver: between kinks its field is affine, its flow an exponential.

Solvers do not serve as a reference to nine digits here. Whether their error control sees a kink depends on which side
of it their evaluations fall, and that on the last bit: at 1e-12 the same solve is off by 5e-10 or by 1e-7.
"""

import numpy as np
from scipy.linalg import expm

# No unit switches twice within a stride; where one switches, its time is found to this precision.
STRIDE, PRECISION = 1e-2, 1e-14


def exact_flow(params, z0, times):
    """Follow one start z0, (n,), from the first of `times` through all of them: states (len(times), n)."""
    layers = [np.vstack([b, W]) for W, b in params[::2]]
    x = np.array([1.0, times[0], *z0])
    states = [x[2:]]
    for end in times[1:]:
        while x[1] < end:
            x = _onward(layers, x, min(STRIDE, end - x[1]))
            if end - x[1] < PRECISION:
                x[1] = end
        states.append(x[2:])
    return np.array(states)


def _onward(layers, x, stride):
    """Carry x = (1, t, z) on by a stride, or just past the kink that comes before."""
    generator, units = _piece(layers, x)
    active = units @ x > 0

    def is_other_piece(later):
        return ((units @ later > 0) != active).any()

    before, after, end = 0.0, stride, expm(generator * stride) @ x
    if is_other_piece(end):
        while after - before > PRECISION:
            middle = (before + after) / 2
            there = expm(generator * middle) @ x
            if is_other_piece(there):
                after, end = middle, there
            else:
                before = middle
    return end


def _piece(layers, x):
    """Return G of dx/ds = G x on the piece that x lies in, and what the units' inputs are there, as rows times x."""
    one = np.eye(1, len(x))
    inputs, units = np.eye(len(x)), []
    for layer in layers[:-1]:
        units.append(layer.T @ inputs)
        active = units[-1] @ x > 0
        inputs = np.vstack([one, units[-1] * active[:, None]])
    # t grows by one, and z by the output.
    return np.vstack([0 * one, one, layers[-1].T @ inputs]), np.vstack(units)
