"""Problems small enough to be drawn: maps that an ODE cannot learn, and a spiral that it can."""

import numpy as np

from minode.base.checks import generator, positive_int
from minode.base.types import Array
from minode.ode.solvers.black_box import solve


def identity_1d() -> tuple[Array, Array]:
    """The map that any flow can represent: -1 to -1 and 1 to 1 (Fig. 3.4, bottom left).

    Returns
    -------
    x, y : array, shape (2, 1)
    """
    x = np.array([[-1.0], [1.0]])
    return x, x.copy()


def g_1d() -> tuple[Array, Array]:
    """The map that no flow on the line can represent: g_1d(-1) = 1 and g_1d(1) = -1 (section 3.4).

    Returns
    -------
    x, y : array, shape (2, 1)
    """
    x = np.array([[-1.0], [1.0]])
    return x, -x


def g_d(
    rng: np.random.Generator,
    d: int = 2,
    n_inner: int = 1000,
    n_outer: int = 2000,
    radii: tuple[float, float, float] = (0.5, 1.0, 1.5),
) -> tuple[Array, Array]:
    """Points in a ball, with the value -1, and in a shell around it, with the value 1 (Eq. 3.12).

    Parameters
    ----------
    rng : numpy.random.Generator
    d : int
        Dimension.
    n_inner, n_outer : int
        Numbers of points. The default numbers and radii are those of Dupont et al. (2019).
    radii : (r1, r2, r3)
        The ball has |x| <= r1, the shell r2 <= |x| <= r3; 0 < r1 < r2 < r3.

    Returns
    -------
    x : array, shape (n_inner + n_outer, d)
        Uniform in volume, in random order.
    y : array, shape (n_inner + n_outer, 1)

    Raises
    ------
    ValueError
        If the radii do not increase, or a number is below one.
    """
    for value, name in [(d, "d"), (n_inner, "n_inner"), (n_outer, "n_outer")]:
        positive_int(value, name)
    r1, r2, r3 = radii
    if not 0 < r1 < r2 < r3:
        raise ValueError(f"radii is {radii}; expected 0 < r1 < r2 < r3")
    low = np.repeat([0.0, r2], [n_inner, n_outer])
    high = np.repeat([r1, r3], [n_inner, n_outer])
    direction = generator(rng).standard_normal((n_inner + n_outer, d))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    # The power is that of low / high, which is 0 or a moderate number: high**d itself underflows in high dimension.
    radius = high * rng.uniform((low / high) ** d, 1.0) ** (1 / d)
    order = rng.permutation(n_inner + n_outer)
    return (radius[:, None] * direction)[order], np.repeat([[-1.0], [1.0]], [n_inner, n_outer], axis=0)[order]


def spiral(rng: np.random.Generator, n_times: int = 100, noise: float = 0.0) -> tuple[Array, Array]:
    """A damped cubic spiral, dz/dt = z**3 A from z = (2, 0), at equally spaced times (the demo of Chen et al. 2018).

    Parameters
    ----------
    rng : numpy.random.Generator
    n_times : int
        Number of observations on [0, 25], at least two.
    noise : float
        Standard deviation of the noise on each observation.

    Returns
    -------
    t : array, shape (n_times,)
    z : array, shape (n_times, 2)
    """
    A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
    t = np.linspace(0.0, 25.0, n_times)
    z = solve(lambda t, z: z**3 @ A, np.array([2.0, 0.0]), t, rtol=1e-9, atol=1e-9)
    return t, z + noise * generator(rng).standard_normal(z.shape)
