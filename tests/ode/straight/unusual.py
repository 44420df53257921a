"""Functions of NumPy in unusual signatures, and ways for a value to leave the trace unseen; `test_replay` solves them.

Each field is replayed, or it is called each time; either way what comes out is the same.
"""

import autograd.numpy as np
import numpy as onp

from minode.nn.layers import elementwise, kernel_layer

MASK, TABLE, TEXT = onp.array([True, False]), onp.array([1.0, 1.0, -2.0, 3.0]), "%s"


# What may be replayed.


def clipped(t, z, W):
    return np.clip(np.dot(W, z), -0.2, 0.2) * np.clip(t, 0.5, 1.0)


def sorted_entries(t, z, W):
    return np.sort(np.dot(W, z)) * t - np.partition(z, 0) * np.max(W @ z)


def cumulated(t, z, W):
    return np.cumsum(np.dot(W, z)) - z.cumsum() * np.cumsum(W, axis=1)[0] * np.prod(W, axis=0) * z.prod()


def by_ellipsis(t, z, W):
    return np.einsum("...i,i", W, z) + W[..., 0] * np.einsum(W, [0, 1], z, [1], [0])


def masked(t, z, W):
    return np.concatenate([z[MASK], z[MASK]]) * np.sum(W * z, axis=0) - z * W[MASK][0]


def by_linear_algebra(t, z, W):
    A = np.eye(2) * (2 + t) + W
    return np.linalg.solve(A, z) - np.linalg.inv(A)[0] * np.linalg.det(W) + np.trace(np.outer(z, z)) * np.diag(W)


def padded(t, z, W):
    return np.tile(z, 2)[1:3] * np.pad(z, 1, mode="constant")[1:3] * t + np.repeat(W[0, :1], 2) * np.roll(z, 1)


def with_ties(t, z, W):
    return np.maximum(z, z[::-1]) * np.minimum(np.dot(W, z), t - 1) + np.max(W, axis=0) * np.abs(z - 0.5)


def remainders(t, z, W):
    return np.dot(W, z) * (t % 0.7) * np.mod(t, 0.3) * ((t - 1) % -0.4) * (abs(t - 1)) ** 1.5


def without_nan(t, z, W):
    return np.nan_to_num(np.dot(W, z) * t) - np.logaddexp(z, t) * np.sinc(z)


def standardised(t, z, W):
    return (z - np.mean(z)) / (np.std(z) + 1.0) + np.var(W, axis=0) * z.mean() - np.linalg.norm(W * z, axis=1)


def turned_around(t, z, W):
    return np.swapaxes(W, 0, 1)[0] * z - np.moveaxis(W, 0, 1)[1] + np.rot90(W)[0] - np.flipud(W)[0] * np.arctan2(z, t)


def summed_by_python(t, z, W):
    return [sum(list(W[0] * z)), sum(tuple(z), t)]


REPLAYED = [
    *(clipped, sorted_entries, cumulated, by_ellipsis, masked, by_linear_algebra, padded, with_ties, remainders),
    *(without_nan, standardised, turned_around, summed_by_python),
]


# What gives a value away, or is no straight code in float64.


def different_entries(t, z, W):
    return np.dot(W, z) * len(dict(zip(np.clip(z, 0.3, 0.5), z)))


def text_of_the_time(t, z, W):
    return np.dot(W, z) * dict(zip("A012", TABLE))[("%s" % t)[:1]]  # noqa: UP031


def text_of_the_time_by_name(t, z, W):
    return np.dot(W, z) * dict(zip("A012", TABLE))[(TEXT % t)[:1]]


def transformed(t, z, W):
    return np.real(np.fft.ifft(np.fft.fft(np.dot(W, z)) * np.exp(-t)))


def complex_between(t, z, W):
    return np.real(np.exp(1j * t + np.dot(W, z)))


def single_between(t, z, W):
    return np.array(np.dot(W, z), dtype="float32") * 1.0


def clipped_at_the_time(t, z, W):
    return np.clip(np.dot(W, z), a_min=-0.2, a_max=t)


def eigenvectors(t, z, W):
    return np.linalg.eigh(W + W.T)[1][:, 0] * z


def overwrites_an_array():
    A = onp.ones(2)
    return lambda t, z, W: np.dot(W, z) * np.add(A, 1e-3, A)


def overwrites_a_default():
    ones = onp.ones(2)

    def f(t, z, W, A=ones):
        return np.dot(W, z) * A.cumsum(0, None, A) / 100.0

    return f


def changes_a_dictionary():
    state = {"n": 0}
    return lambda t, z, W: np.dot(W, z) * (state.update(n=state["n"] + 1) or state["n"])


REFUSED = {
    f.__name__: (lambda f=f: f)
    for f in [
        *(different_entries, text_of_the_time, text_of_the_time_by_name, transformed, complex_between),
        *(single_between, clipped_at_the_time, eigenvectors),
    ]
} | {f.__name__: f for f in (overwrites_an_array, overwrites_a_default, changes_a_dictionary)}


# Layers whose own functions branch: they are run each time.


def _switched(W, x, t):
    sign = 1.0 if t < 1 else -1.0
    return sign * x, lambda g: ([], sign * g, 0.0)


switch = kernel_layer("switch", lambda rng, shape: (shape, ()), _switched)
kink = elementwise("kink", lambda x: onp.where(x > 0.1, x, -3 * x), lambda x, y: onp.where(x > 0.1, 1.0, -3.0))


def layers_that_branch(t, z, W):
    return switch.apply((), kink.apply((), np.dot(W, z), t), t)


REPLAYED.append(layers_that_branch)
