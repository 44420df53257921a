"""Random systems, by seed: what users might integrate, drawn so that some lose z on the way back and some do not."""

import autograd.numpy as anp
import numpy as np

from minode.gradcheck.problems.closed_forms import Problem


def perceptron(rng):
    """A network with one hidden layer, on the state and the time."""
    d, hidden = rng.integers(2, (4, 6))

    def f(t, z, p):
        return anp.dot(p["V"], anp.tanh(anp.dot(p["W"], z) + p["w"] * t + p["b"]))

    params = {
        "W": rng.normal(size=(hidden, d)),
        "w": rng.normal(size=hidden),
        "b": rng.normal(size=hidden),
        "V": rng.normal(size=(d, hidden)) * rng.uniform(0.5, 3) / hidden**0.5,
    }
    return f, rng.normal(size=d), params, rng.uniform(1, 6)


def slow_fast(rng):
    """A layer with a contraction, strong in half of the components."""
    d = 2 * rng.integers(1, 4)
    rates = np.repeat([rng.uniform(1, 40), rng.uniform(0, 1)], d // 2)
    params = {"W": rng.normal(size=(d, d)) / d**0.5, "b": rng.normal(size=d)}
    return lambda t, z, p: -rates * z + anp.tanh(anp.dot(p["W"], z) + p["b"]), rng.normal(size=d), params, 1.0


def linear(rng):
    """A matrix with a random real or complex spectrum, and a constant."""
    d = rng.integers(2, 6)
    S = rng.normal(size=(d, d)) + 2 * np.eye(d)
    A = S @ np.diag(-rng.uniform(-1, rng.choice([2, 10, 25]), d)) @ np.linalg.inv(S) + rng.normal(size=(d, d))
    return lambda t, z, p: anp.dot(p["A"], z) + p["b"], rng.normal(size=d), {"A": A, "b": rng.normal(size=d)}, 1.0


def from_rest(rng):
    """Damped oscillators, coupled by a tanh, forced from rest."""
    d = rng.integers(1, 4)
    C = rng.normal(size=(d, d)) / d

    def f(t, z, p):
        x, v = z[:d], z[d:]
        forced = p["force"] * anp.sin(p["frequency"] * t) + anp.tanh(anp.dot(C, x))
        return anp.concatenate([v, forced - p["stiffness"] * x - p["damping"] * v])

    params = {
        "force": rng.normal(size=d),
        "frequency": rng.uniform(0.5, 3, d),
        "stiffness": rng.uniform(0.5, 9, d),
        "damping": rng.uniform(0, rng.choice([1, 5, 20]), d),
    }
    return f, np.zeros(2 * d), params, rng.uniform(1, 10)


def reaction(rng):
    """A chain of reactions of rates and amounts of very different size, the last species made by two others."""
    d = rng.integers(3, 6)
    scale = 10.0 ** rng.uniform(-5, 3, d)

    def f(t, z, p):
        x = z / scale
        flow = p["k"] * x[:-1] * (1 + x[1:])
        return scale * (anp.concatenate([-flow, [0.0]]) + anp.concatenate([[0.0], flow]))

    return f, scale * rng.uniform(0, 1, d) * (rng.uniform(size=d) < 0.7), {"k": 10 ** rng.uniform(-1, 1.3, d - 1)}, 1.0


def relaxing(rng):
    """States pulled to a moving target, a slow one that listens to them: z comes back badly, a may not feel it."""
    d = rng.integers(1, 4)
    slow, rates = rng.choice([0, 1, 20]), rng.uniform(1, 40, d)

    def f(t, z, p):
        x, y = z[:d], z[d:]
        return anp.concatenate([-rates * (x - p["c"] * anp.cos(t)), anp.dot(p["w"], x + x**2) - slow * y])

    params = {"c": rng.normal(size=d), "w": rng.normal(size=d)}
    return f, np.append(rng.normal(size=d), rng.choice([0.0, 1.0])), params, rng.uniform(0.3, 1.5)


KINDS = (perceptron, slow_fast, linear, from_rest, reaction, relaxing)


def random_system(seed):
    """The system of a seed; kinds take turns. Every fifth is observed at several times, every fourth runs backward."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    f, z0, params, T = kind(rng)
    t = np.linspace(0, T, 4 if seed % 5 == 0 else 2)
    if seed % 4 == 3:

        def reversed_in_time(s, z, p):
            dz = f(T - s, z, p)
            return -dz if not isinstance(dz, list) else [-c for c in dz]

        return Problem(f"{kind.__name__} {seed}", reversed_in_time, z0, params, t[::-1], None)
    return Problem(f"{kind.__name__} {seed}", f, z0, params, t, None)
