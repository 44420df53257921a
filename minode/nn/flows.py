"""Continuous normalizing flows: a field that carries points carries their density, too (Chen et al. 2018, section 4).

If z(t) follows dz/dt = f(t, z), the density along its path obeys the instantaneous change of variables

    d log p(z(t)) / dt = -tr(df/dz)        (Chen et al. 2018, Eq. 8)

so the state of the solver is the pair (z, log p). At depth 0 the points are standard normal, at depth 1 they are data.
The density of data is found on the way back to depth 0, samples are carried forward.

The trace takes d products with the Jacobian, each for all points at once, or one with a vector v of random signs:
E[v . df/dz v] = tr(df/dz) (Hutchinson 1990; Grathwohl et al. 2019). To train a flow the trace itself is differentiated.
Layers push the vectors forward beside the points, as one kernel whose vector-Jacobian product holds the second
derivatives: see `layers.kernel`. Of any other f, autograd differentiates the vector-Jacobian products.
"""

import math
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import Box

from minode.base import checks
from minode.base.types import Array, Field, Params, Shape, Tree
from minode.nn.blocks import last_state
from minode.nn.divergence import check_field, density_slopes
from minode.ode.odeint import odeint
from minode.ode.straight.reads import WRAPPERS

PARTS = ("z", "log p"), ("z", "log p", "kinetic energy", "Jacobian norm")


def log_density(
    f: Field, x: Array, params: Params = (), *, noise: Array | None = None, costs: bool = False, **options: Any
) -> Any:
    """Compute the log-density of a flow at points x, which are carried back from depth 1 to the base at depth 0.

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``, as for `odeint`; each row of dz/dt depends on that row of z alone. Dense layers
        as a `blocks.vector_field` are fastest.
    x : array, shape (batch, d)
    params : tree of arrays
    noise, costs
        As for `density_field`. With noise the result is right on average only, and so is the gradient of its mean.
    **options
        Options of `odeint`: method, rtol, atol, gradient, ...

    Returns
    -------
    log_p : array, shape (batch,)
        In nats; with `costs` a tuple of it and, for each point, the integrals of the kinetic energy and of the Jacobian
        norm over the depth. All are differentiable in `x` and `params`.

    Raises
    ------
    TypeError, ValueError
        As `density_field` and `odeint`; if x is not finite or not a batch of points; and if dz/dt of its first point
        depends on other points, or on chance.
    """
    x = _points(checks.finite_array(x, "x"), "x")
    check_field(f, 1.0, x, params)
    carried = density_field(f, noise, costs)
    start = (x, *(np.zeros(len(x), x.dtype) for _ in carried.parts[1:]))
    # Each integral begins with 0 at depth 1, so that at depth 0 it is minus that from 0 to 1.
    z, *integrals = map(last_state, odeint(carried, start, [1.0, 0.0], params, **options))
    log_p = standard_normal(z) - integrals[0]
    return (log_p, *(-integral for integral in integrals[1:])) if costs else log_p


def sample(
    f: Field, rng: np.random.Generator, shape: Shape, params: Params = (), **options: Any
) -> tuple[Array, Array]:
    """Draw samples of a flow: standard normal points, carried from depth 0 to depth 1.

    Parameters
    ----------
    f, params, **options
        As for `log_density`; the trace is exact.
    rng : numpy.random.Generator
    shape : (n, d)
        Number of samples, and their dimension.

    Returns
    -------
    x : array, shape (n, d)
    log_p : array, shape (n,)
        Their log-densities, in nats.
    """
    z = _points(checks.finite_array(checks.generator(rng).standard_normal(shape), "a sample"), "a sample")
    check_field(f, 0.0, z, params)
    x, log_p = odeint(density_field(f), (z, standard_normal(z)), [0.0, 1.0], params, **options)
    return x[-1], log_p[-1]


def standard_normal(z: Array) -> Array:
    """The log-density of the standard normal distribution at points z (batch, d), in nats, shape (batch,)."""
    return -0.5 * anp.sum(z**2, axis=-1) - 0.5 * math.log(2 * math.pi) * z.shape[-1]


def rademacher(rng: np.random.Generator, shape: Shape) -> Array:
    """Draw an array of random signs, +1.0 and -1.0: the noise of one solve for points of this shape."""
    return checks.generator(rng).choice([-1.0, 1.0], shape)


def density_field(f: Field, noise: Array | None = None, costs: bool = False) -> "DensityField":
    """Make of a field of points that of the state (z, log p), which `odeint` solves in either direction.

    Parameters
    ----------
    f : callable
        As for `log_density`.
    noise : array, shape of z, optional
        Signs +1 and -1, as from `rademacher`, for one solve: the trace is estimated by them, one product in place of d.
        They are copied, since noise that changes within a solve would make the field random: no solver could then
        reach its tolerances, and the way back would be another than the way forward. Without noise it is exact.
    costs : bool
        Whether the state is (z, log p, K, J) with the costs of Finlay et al. (2020), Eqs. 7 and 8, for regularisation:
        the integrals of |f|**2 and of the squared Frobenius norm of df/dz, which with noise is estimated, too.

    Returns
    -------
    DensityField
        ``(t, state, params) -> d(state)/dt``.

    Raises
    ------
    TypeError, ValueError
        If f is not a function, or noise is anything but an array of signs; when it is called, if the parts of the state
        are not z (batch, d) and arrays of shape (batch,), or noise has not the shape of z.
    """
    checks.function(f, "f(t, z, params)")
    parts = PARTS[checks.true_or_false(costs, "costs")]
    signs = None if noise is None else _signs(noise)
    return DensityField(density_slopes(f, signs, costs), parts)


@dataclass(frozen=True, eq=False)
class DensityField:
    """The field of (z, log p). `density_field` makes it.

    Attributes
    ----------
    slopes : callable
        ``slopes(t, z, params)``, dz/dt and the slopes of the other parts of the state as the columns of one array.
    parts : tuple of str
        What the state is made of.
    """

    slopes: Field
    parts: tuple[str, ...]

    def __call__(self, t: float, state: Tree, params: Params) -> Tree:
        if not isinstance(state, (tuple, list)) or len(state) != len(self.parts):
            given = f"{len(state)} parts" if isinstance(state, (tuple, list)) else f"a {type(state).__name__}"
            raise ValueError(f"the state of the flow is {given}; expected the tuple ({', '.join(self.parts)})")
        z, *others = state
        n, d = _points(z, "z, the first part of the state,").shape
        for name, part in zip(self.parts[1:], others):
            if part.shape != (n,):
                raise ValueError(f"the {name} of the state has shape {part.shape}; expected ({n},), a number a point")
        slopes = self.slopes(t, z, params)
        return (slopes[:, :d], *(slopes[:, i] for i in range(d, d + len(others))))


# It branches by shapes alone.
WRAPPERS[DensityField] = "slopes"


def _points(z, name):
    if z.ndim != 2:
        raise ValueError(f"{name} has shape {z.shape}; expected (batch, d), a point a row")
    return z


def _signs(noise):
    if callable(noise) or isinstance(noise, (Box, np.random.Generator)):
        raise TypeError(
            f"noise is {noise!r}; expected an array drawn before the solve, as by rademacher(rng, x.shape): with noise "
            "that changes within a solve the field would be random"
        )
    noise = checks.finite_array(noise, "noise")
    wrong = noise[np.abs(noise) != 1]
    if wrong.size:
        raise ValueError(f"noise has the entry {wrong[0]}; expected signs alone, +1 and -1, as from rademacher")
    return noise.copy()
