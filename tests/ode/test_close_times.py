"""Times a few units in the last place apart, as merged grids have them: states and gradients as if nothing were."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.integrate import solve_ivp

from minode import SolverError, odeint, solve
from tests.pairs import name_of, pairs
from tests.problems import ADAPTIVE


def radau(rhs, y0, t, rtol, atol):
    return solve_ivp(rhs, (t[0], t[-1]), y0, "Radau", t_eval=t, rtol=rtol, atol=atol).y.T


EACH_WAY = [
    *((method, "adjoint") for method in [*ADAPTIVE, "rk4", radau]),
    *((method, "checkpointed") for method in ("lsoda", "vode", "rk4")),
    *((method, "backprop") for method in ("dopri5-np", "rk4")),
]


def grid(place, origin, ulps):
    """Ascending times from `origin` on, of which two stand `ulps` apart."""

    def neighbour(t):
        return t + ulps * np.spacing(abs(t))

    first, inner, last = origin + 0.1, origin + 0.6, origin + 1.0
    return np.array(
        {
            "first": [first, neighbour(first), last],
            "last": [first, inner, last, neighbour(last)],
            "everywhere": [first, neighbour(first), inner, neighbour(inner), last, neighbour(last)],
            "alone": [inner, neighbour(inner)],
        }[place]
    )


def errors(t, method, gradient):
    """Of the gradient in (z0, rate, t) of a weighting of all states, absolute; the closed form is an exponential."""
    weights = np.random.default_rng(0).normal(size=(len(t), 2))

    def loss(states):
        return lambda inputs: anp.sum(weights * states(*inputs))

    def exact(z0, rate, t):
        return z0 * anp.exp(rate * (anp.sin(t - t_0) - anp.sin(t[0] - t_0)))[:, None]

    def computed(z0, rate, t):
        steps = dict(n_steps=8) if method == "rk4" else {}
        options = dict(method=method, gradient=gradient, rtol=1e-7, atol=1e-8)
        return odeint(lambda s, z, rate: rate * anp.cos(s - t_0) * z, z0, t, rate, **options, **steps)

    t_0, inputs = np.floor(t.min()), (np.array([1.0, -0.5]), 0.7, t)
    both = zip(grad(loss(computed))(inputs), grad(loss(exact))(inputs))
    return [np.abs(np.subtract(*pair)).max() for pair in both]


@pytest.mark.parametrize(
    ("way", "place", "apart"),
    pairs(EACH_WAY, ["first", "last", "everywhere", "alone"], [(0.0, 1), (0.0, 12), (1e6, 1), (1e6, 12)]),
    ids=name_of,
)
def test_the_gradient_is_right(way, place, apart):
    (method, gradient), (origin, ulps) = way, apart
    t = grid(place, origin, ulps)
    assert max(errors(t, method, gradient)) < 1e-5
    assert max(errors(t[::-1], method, gradient)) < 1e-5


@pytest.mark.parametrize("small", [5e-324, 1e-310, 1e-200, 1e-100, 1e-17])
@pytest.mark.parametrize("method", ADAPTIVE)
def test_times_near_zero(method, small):
    for t in ([0.0, small, 1.0], [-small, 0.0, 1.0], [0.0, small]):
        assert max(errors(np.array(t), method, "adjoint")) < 1e-5
        assert max(errors(np.array(t)[::-1], method, "adjoint")) < 1e-5


@pytest.mark.parametrize("method", ADAPTIVE)
def test_neighbours_of_a_huge_time_are_far_apart(method):
    """64 apart, where no number lies between but three: a step would be wrong by far."""
    with pytest.raises(SolverError, match=r"no steps between t = 1e\+17 and .*count t from another origin"):
        solve(lambda t, y: -y, [1.0], [1e17, 1e17 + 64], method=method)
