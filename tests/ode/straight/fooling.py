"""Fields that a recording would get wrong, and fields that may be replayed; `test_replay` solves them.

Each is made afresh by a function without arguments, since some remember. At the times 0 to 2 all of them take another
turn than at the beginning, most often at t = 1.
"""

import functools
import math
import random
import time
from collections import namedtuple

import autograd.numpy as np
import numpy as onp
from autograd.extend import defvjp, primitive
from autograd.tracer import getval

MATRIX = onp.array([[-0.3, 1.0], [-1.0, -0.2]])
TABLE = onp.array([0.5, -1.0, 2.0])
SWITCH = {"on": False}
LEVEL = 0.5


def linear(t, z, W):
    return np.dot(W, z) * np.cos(t)


# What may be replayed.


def weights_in_layers(t, z, W):
    for row in W:
        z = np.tanh(row * z + np.sin(t))
    return z


def unpacked(t, z, W):
    x, y = z
    return [y * t, -np.sin(x) * W[0, 0]]


def reading_constants(t, z, W, scale=0.5):
    return scale * np.dot(MATRIX, z) + LEVEL * np.dot(W, z) ** 2 / (1 + t**2)


def relu(x):
    return np.maximum(x, 0)


def with_a_helper(t, z, W):
    return relu(np.dot(W, z)) - z


def by_einsum(t, z, W):
    return np.einsum("ij,j->i", W, z) + np.array([t, 0.0])


def by_norm(t, z, W):
    return -z * np.linalg.norm(np.stack([z[0] * W[0], z[1] * W[1]])) + np.full(2, t)


def by_slices(t, z, W):
    return np.concatenate([z[1:] * W[0, 1:], -z[:1] / (1 + t)])


def returns_the_state(t, z, W):
    return z


def of_the_state_alone(t, z, W):
    return -(z**3)


def of_the_weights_alone(t, z, W):
    return W[0] * W[1] + 0 * t


def squares_of_the_time(t, z, W):
    return np.dot(W, z) * t**2 + 1 / (t + 1) ** 3 - (2 * t) % 3


def with_options(t, z, W):
    y = np.sum(W * z, axis=1, keepdims=True)[:, 0] + np.mean(W, axis=0) * np.reshape(z, (2,), order="F")
    return np.einsum("ij,j", W, y, optimize=True) * np.linalg.norm(z, ord=2)


def negative_base(t, z, W):
    return np.dot(W, z) * (t - 3) ** 2


REPLAYED = [
    *(linear, weights_in_layers, unpacked, reading_constants, with_a_helper, by_einsum, by_norm, by_slices),
    *(returns_the_state, of_the_state_alone, of_the_weights_alone, squares_of_the_time, negative_base, with_options),
]


# What must not.


def time_decides(t, z, W):
    if t > 1:
        return -np.dot(W, z)
    return np.dot(W, z)


def time_decides_in_an_expression(t, z, W):
    return np.dot(W, z) * (1.0 if t < 1 else -1.0)


def state_decides(t, z, W):
    return np.dot(W, z) * ((t < 1 and 2) or 3) if z[0] > 0.3 else -z


def state_decides_by_method(t, z, W):
    return np.dot(W, z) * TABLE[z.argmax()]


def chosen_by_where(t, z, W):
    return np.where(z > 0.5, np.dot(W, z), -z * t)


def by_sign(t, z, W):
    return np.sign(z - 0.5) * np.dot(W, z)


def by_floor(t, z, W):
    return np.floor(2 * t) * np.dot(W, z)


def looked_up(t, z, W):
    return TABLE[int(t)] * np.dot(W, z)


def looked_up_by_rounding(t, z, W):
    return TABLE[round(t)] * np.dot(W, z)


def by_a_comparison_as_number(t, z, W):
    return (t > 1) * np.dot(W, z) + z * (z < 0.5)


def by_math(t, z, W):
    return math.exp(-t) * np.dot(W, z)


def by_interp(t, z, W):
    return onp.interp(t, [0, 1, 2], TABLE) * np.dot(W, z)


def by_value(t, z, W):
    return getval(z) * np.dot(W, z)


def by_max_of_python(t, z, W):
    return max(t, 1.0) * np.dot(W, z)


def in_a_loop_while(t, z, W):
    while t > 0.5:
        t = t - 0.5
    return t * np.dot(W, z)


def caught(t, z, W):
    try:
        return TABLE[int(3 * t)] * np.dot(W, z)
    except IndexError:
        return -z


def asserted(t, z, W):
    assert t < 5
    return np.dot(W, z)


def in_a_comprehension(t, z, W):
    return np.array([row[0] * t if t > 1 else row[1] for row in W]) * z


def by_a_function_inside(t, z, W):
    def rate(s):
        return -1.0 if s > 1 else 1.0

    return rate(t) * np.dot(W, z)


def assigned(t, z, W):
    dz = onp.zeros(2)
    dz[int(t > 1)] = 1.0
    return dz * np.dot(W, z)


def in_place(t, z, W):
    y = np.dot(W, z) * 1.0
    y *= onp.abs(t - 1)
    return y


def by_a_set(t, z, W):
    return np.dot(W, z) * (2.0 if int(t) in {1} else 1.0)


def by_isinstance(t, z, W):
    return np.dot(W, z) * (1.0 if isinstance(t, float) else 2.0)


def by_a_helper_that_branches(t, z, W):
    return np.dot(W, z) * step(t)


def step(t):
    return -1.0 if t > 1 else 1.0


def by_a_dictionary(t, z, W):
    return np.dot(W, z) * {0: 1.0, 1: -1.0, 2: 0.5}[int(t)]


def by_a_global_dictionary(t, z, W):
    SWITCH["on"] = t > 1
    return np.dot(W, z) * (1.0 - 2.0 * SWITCH["on"])


def with_a_text(t, z, W):
    return np.dot(W, z) * len(f"{t:.0f}" * int(t))


def by_the_clock(t, z, W):
    return np.dot(W, z) + 0 * time.time()


def written_to(t, z, W):
    y = onp.zeros(2)
    onp.add(y, t, out=y)
    return y * np.dot(W, z)


def counted():
    calls = []

    def f(t, z, W):
        calls.append(t)
        return np.dot(W, z) * (1.0 if len(calls) < 10 else -1.0)

    return f


def remembered():
    last = 0.0

    def f(t, z, W):
        nonlocal last
        slope = np.dot(W, z) * (1.0 + last)
        last = t
        return slope

    return f


def random_numbers():
    source = random.Random(0)
    return lambda t, z, W: np.dot(W, z) * (1 + 1e-9 * source.random())


def random_numbers_of_numpy():
    source = onp.random.default_rng(0)
    return lambda t, z, W: np.dot(W, z) + 1e-9 * source.normal(size=2)


class Model:
    """A field as a method, and as an object that is called."""

    training = False

    def __init__(self):
        self.calls = 0

    def __call__(self, t, z, W):
        self.calls += 1
        return np.dot(W, z) * (1.0 if self.calls < 10 else -1.0)

    def slope(self, t, z, W):
        return self(t, z, W)


class Rate:
    """Has another value each time it is asked for it."""

    asked = 0

    @property
    def value(self):
        self.asked += 1
        return 1.0 if self.asked < 10 else -1.0


def with_an_object():
    rate = Rate()
    return lambda t, z, W: np.dot(W, z) * rate.value


def by_partial():
    return functools.partial(lambda sign, t, z, W: np.dot(W, z) * (sign if t > 1 else 1.0), -1.0)


def by_a_wrapper():
    @functools.wraps(step)
    def f(t, z, W):
        return np.dot(W, z) * f.__wrapped__(t)

    return f


def by_an_attribute():
    def rate(t):
        return t

    rate.sum = -1.0
    return lambda t, z, W: np.dot(W, z) * rate.sum


def by_a_generator():
    signs = iter([1.0] * 10 + [-1.0] * 10_000)
    return lambda t, z, W: np.dot(W, z) * next(signs)


@primitive
def reversed_gradient(x):
    """A function whose gradient is not that of what it does."""
    return 1.0 * x


defvjp(reversed_gradient, lambda y, x: lambda g: -2.0 * g)


def by_a_primitive_of_the_users(t, z, W):
    return reversed_gradient(np.dot(W, z))


REFUSED = (
    {
        f.__name__: (lambda f=f: f)
        for f in [
            *(time_decides, time_decides_in_an_expression, state_decides, state_decides_by_method, chosen_by_where),
            *(by_sign, by_floor, looked_up, looked_up_by_rounding, by_a_comparison_as_number, by_math, by_interp),
            *(by_value, by_max_of_python, in_a_loop_while, caught, asserted, in_a_comprehension, by_a_function_inside),
            *(assigned, in_place, by_a_set, by_isinstance, by_a_helper_that_branches, by_a_dictionary),
            *(by_a_global_dictionary, with_a_text, by_the_clock, written_to, by_a_primitive_of_the_users),
        ]
    }
    | {
        f.__name__: f
        for f in [
            *(counted, remembered, random_numbers, random_numbers_of_numpy, Model, with_an_object, by_partial),
            *(by_a_wrapper, by_an_attribute, by_a_generator),
        ]
    }
    | {"method": lambda: Model().slope}
)

Pair = namedtuple("Pair", "W w")
