"""Trajectories to be learned from observations: spirals in the plane, predators and prey, a pendulum."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minode.base.checks import finite_array, generator, positive_float, positive_int, times
from minode.base.types import Array
from minode.ode.solvers.black_box import solve

# A spiral's radius shrinks at the one rate while it turns at the other, per unit of time.
SHRINKING, TURNING = 0.1, 0.3 * np.pi


def spirals(rng: np.random.Generator, n: int, t: Array) -> tuple[Array, Array]:
    """Spirals in the plane that wind in, each from a point of its own, half of them clockwise on average.

    Like those of Chen et al. (2018, section 5.1), whose spirals wind outward: what comes next then lies where no
    spiral has been seen.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of spirals.
    t : array, shape (k,)
        Dimensionless times. At 0 the radius is from 1 to 3.

    Returns
    -------
    z : array, shape (n, k, 2)
    sense : array, shape (n,)
        1 where a spiral turns counter-clockwise, -1 where clockwise.
    """
    positive_int(n, "n")
    t = finite_array(t, "t")
    sense = generator(rng).choice([-1.0, 1.0], n)
    start, radius = rng.uniform(0.0, 2 * np.pi, (n, 1)), rng.uniform(1.0, 3.0, (n, 1))
    angle = start + TURNING * sense[:, None] * t
    return (radius * np.exp(-SHRINKING * t))[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1), sense


class System(NamedTuple):
    """An equation in the plane whose constants are known, and the start of the one trajectory that is observed.

    Attributes
    ----------
    rhs : callable
        ``rhs(t, z) -> dz/dt``, for z of shape (..., 2).
    z0 : tuple of float
    span : float
        Observations lie between 0 and this dimensionless time.
    names : tuple of str
        What the components of z are.
    """

    rhs: Callable[[float, Array], Array]
    z0: tuple[float, float]
    span: float
    names: tuple[str, str]

    def states(self, t: Array) -> Array:
        """The true states, shape (k, 2), at increasing times t. A ValueError tells if the first one is not 0."""
        if times(t)[0] != 0:
            raise ValueError(f"t begins with {t[0]}; expected 0, where the start is known")
        return solve(self.rhs, np.array(self.z0), t, rtol=1e-9, atol=1e-9)


def _spiral(t, z):
    return np.stack([-0.1 * z[..., 0] - z[..., 1], z[..., 0] - 0.1 * z[..., 1]], axis=-1)


def _lotka_volterra(t, z):
    return np.stack([z[..., 0] * (1 - z[..., 1]), z[..., 1] * (z[..., 0] - 1)], axis=-1)


def _pendulum(t, z):
    return np.stack([z[..., 1], -np.sin(z[..., 0]) - 0.1 * z[..., 1]], axis=-1)


SYSTEMS = {
    "spiral": System(_spiral, (2.0, 0.0), 13.0, ("$z_1$", "$z_2$")),
    "Lotka-Volterra": System(_lotka_volterra, (2.5, 1.0), 13.0, ("prey", "predators")),
    "damped pendulum": System(_pendulum, (2.5, 0.0), 15.0, ("angle", "angular velocity")),
}


def irregular_times(rng: np.random.Generator, n: int, span: float, gap: tuple[float, float] = (0.5, 0.6)) -> Array:
    """0, and n times drawn uniformly from (0, span) outside of a gap, in their order.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
    span : float
    gap : (begin, end)
        As parts of the span, 0 <= begin <= end <= 1.

    Raises
    ------
    TypeError, ValueError
        If the gap is no such part, the span is not positive, n is below one, or rng is no generator.
    """
    span = positive_float(span, "span", "the time of the observations")
    begin, end = gap
    if not 0 <= begin <= end <= 1:
        raise ValueError(f"gap is {gap}; expected 0 <= begin <= end <= 1, parts of the span")
    t = np.sort(generator(rng).uniform(0.0, 1.0 - (end - begin), positive_int(n, "n")))
    return span * np.concatenate([[0.0], np.where(t > begin, t + end - begin, t)])
