"""Systems to differentiate, and truths to hold gradients against, none of which uses an adjoint."""

from functools import cache

import autograd.numpy as anp
import numpy as np
from scipy.integrate import solve_ivp

from minode import odeint
from minode.base.trees import leaves, ravel, rebuild, unravel
from minode.gradcheck.check import central_differences, observed, weights
from minode.gradcheck.problems import closed_forms
from minode.gradcheck.problems.closed_forms import TIMES, Problem

ADAPTIVE = ["lsoda", "vode", "dopri5", "dop853", "dopri5-np"]
FIXED = ["euler", "midpoint", "rk4"]
DIRECTIONS = ["ascending", "descending"]


def decay(t, z, params):
    """Its one parameter is the rate."""
    return -params * z


def lotka_volterra(t, z, params):
    prey, predators = z
    a, b, c, d = params["rates"]
    return [a * prey - b * prey * predators, c * prey * predators - d * predators]


def mlp(t, z, params):
    """A network on each row of z, and on t; all arguments may have more axes in front, as `complex_step` wants."""
    (W, w, b), (V, c) = params
    return anp.matmul(anp.tanh(anp.matmul(z, W) + t * w + b), V) + c


def random_mlp(seed):
    """A batch of a random size through a random network, observed at random times, every other one descending."""
    rng = np.random.default_rng(seed)
    rows, d, hidden, k = rng.integers((1, 1, 2, 2), (4, 4, 7, 5))
    shapes = [[(d, hidden), (1, hidden), (1, hidden)], [(hidden, d), (1, d)]]
    params = [tuple(rng.normal(size=shape) / shape[0] ** 0.5 for shape in layer) for layer in shapes]
    t = np.cumsum(rng.uniform(0.2, 0.8, k))
    return Problem(f"mlp {seed}", mlp, rng.normal(size=(rows, d)), params, t[:: (-1) ** seed], None)


def spiral(t, z, params):
    """torchdiffeq's demonstration, rows of z in the plane."""
    return anp.matmul(z**3, params["A"])


def constant(t, z, params):
    return params["a"] + (z - (params["a"] * t + params["b"])) ** 5


def constant_solution(t, z0, params):
    line = (params["a"] * t + params["b"])[:, None]
    offset = z0 - line[0]
    return line + offset * (1 - 4 * offset**4 * (t - t[0])[:, None]) ** -0.25


def skew(t, z, params):
    return anp.dot(params["U"] - params["U"].T, z)


def skew_solution(t, z0, params):
    """The exponential series; (|A| s)**60 / 60! is below rounding for |A| s up to 8."""
    A, s = params["U"] - params["U"].T, (t - t[0])[:, None]
    term = states = z0 + 0 * s
    for n in range(1, 60):
        term = anp.dot(term, A.T) * s / n
        states = states + term
    return states


def sine(t, z, params):
    return 2 * z / t + t**4 * anp.sin(2 * t) - t**2 + 4 * t**3


def sine_solution(t, z0, params):
    t = t[:, None]
    particular = t**2 * (anp.cos(2 * t) / 4 + t * anp.sin(2 * t) / 2 - t**2 * anp.cos(2 * t) / 2 - t + 2 * t**2)
    return particular + (z0 - particular[0]) * (t / t[0]) ** 2


def exponential(t, z, params):
    return z


def exponential_solution(t, z0, params):
    return z0 * anp.exp(t - t[0])[:, None]


LONG = np.linspace(1, 8, 10)
# The four of torchdiffeq's tests, with solutions from any z0.
TORCHDIFFEQ = {
    "constant": Problem("constant", constant, np.array([3.2]), {"a": 0.2, "b": 3.0}, LONG, constant_solution),
    "skew": Problem(
        "skew", skew, np.ones(10), {"U": np.random.default_rng(3).normal(size=(10, 10)) / 10}, LONG, skew_solution
    ),
    "sine": Problem("sine", sine, sine_solution(np.array([2.0, 1.0]), np.array([3.0]), ())[1], (), LONG, sine_solution),
    "exponential": Problem("exponential", exponential, np.array([1.0, -0.3]), (), LONG, exponential_solution),
}

PROBLEMS = {
    **closed_forms.PROBLEMS,
    **TORCHDIFFEQ,
    "lotka-volterra": Problem(
        "lotka-volterra",
        lotka_volterra,
        np.array([1.0, 0.8]),
        {"rates": np.array([1.5, 1.0, 1.2, 2.0])},
        TIMES,
        None,
    ),
    "mlp": random_mlp(18),
    "spiral": Problem(
        "spiral",
        spiral,
        np.array([[1.2, 0.3], [-0.4, 0.9]]),
        {"A": np.array([[-0.1, 2.0], [-2.0, -0.1]])},
        TIMES,
        None,
    ),
}


@cache
def in_direction(name, direction):
    """The problem ascending in t, or run back from its own end, where it must retrace its states."""
    problem = PROBLEMS[name]
    if direction == "ascending":
        return problem
    end = odeint(problem.f, problem.z0, problem.t, problem.params, method="dop853", rtol=1e-12, atol=1e-12)[-1]
    return problem._replace(z0=end, t=problem.t[::-1])


def loss_of(problem, **options):
    """Loss of (z0, params, t): the weighted states, those at t[0] included, as `odeint` computes them."""
    return observed(problem, lambda t, z0, params: odeint(problem.f, z0, t, params, **options))


def inputs_of(problem):
    return problem.z0, problem.params, problem.t


def states_of(problem, **options):
    return odeint(problem.f, problem.z0, problem.t, problem.params, **options)


@cache
def differences(name, direction):
    """The gradient by central differences around solves at 1e-12."""
    problem = in_direction(name, direction)
    return central_differences(loss_of(problem, method="dop853", rtol=1e-12, atol=1e-12))(inputs_of(problem))


def complex_step(problem, h=1e-30):
    """The gradient by one SciPy solve in which every input, in turn, has the imaginary part h.

    No difference is taken, so nothing cancels: the only error is that of a solve at 1e-12.
    """
    inputs = inputs_of(problem)
    n = ravel(inputs).size
    columns = np.split(1j * h * np.eye(n), np.cumsum([np.size(leaf) for leaf in leaves(inputs)])[:-1], axis=1)
    z, params, t = rebuild(
        inputs, [leaf + column.reshape(n, *np.shape(leaf)) for leaf, column in zip(leaves(inputs), columns)]
    )
    states = [z]
    for start, end in zip(t.T[:-1, :, None, None], t.T[1:, :, None, None]):

        def rhs(s, y, start=start, end=end):
            return ((end - start) * problem.f(start + s * (end - start), y.reshape(z.shape), params)).ravel()

        solution = solve_ivp(rhs, (0, 1), states[-1].ravel(), "DOP853", rtol=1e-12, atol=1e-13)
        states.append(solution.y[:, -1].reshape(z.shape))
    losses = np.tensordot(np.stack(states, axis=1), weights(problem), problem.z0.ndim + 1)
    return unravel(inputs, losses.imag / h)
