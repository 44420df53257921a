"""What is predicted of the observations, and how it moves with the unknown constants."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from autograd.tracer import getval

from minode.base import checks
from minode.base.trees import leaves, split
from minode.base.types import Array, Field, Params
from minode.ode.jacobians import sensitivities
from minode.ode.odeint import odeint
from minode.ode.tracing.trace import traced

OPTIONS = ("method", "rtol", "atol", "max_steps", "n_steps", "max_step", "jumps", "check")


@dataclass(frozen=True, eq=False)
class Model:
    """A field, its initial state, and what is observed of its states.

    Attributes
    ----------
    f, t, options
        As for `sensitivities`; the options by their names.
    z0 : array or callable
        The state at t[0], or ``z0(params)``.
    observe : callable, optional
        ``observe(z, params)``, which gets all states at once; the states themselves by default.
    shape : tuple of int
        What `observe` has to return.
    """

    f: Field
    z0: Any
    t: Array
    observe: Callable[[Array, Params], Any] | None
    shape: tuple
    options: dict

    def predict(self, params: Params) -> Array:
        """Predict the observations."""
        z0, _ = self._initial(params)
        z = odeint(self.f, z0, self.t, params, **self.options)
        return self._observed(z, params) if self.observe is not None else self._checked(z)

    def linearise(self, params: Params, check: bool) -> tuple[Array, Array]:
        """Predict the observations, with their Jacobian.

        Parameters
        ----------
        params : tree of arrays
        check : bool
            Whether the derivatives may get a second opinion.

        Returns
        -------
        predicted : array
        J : array, shape (predicted.size, p)
            Its derivatives by the raveled parameters.
        """
        W, nested = split(params)
        z0, pull_z0 = self._initial(params)
        z, dz_dz0, dz_dparams = sensitivities(self.f, z0, self.t, params, **self.options | {"check": check})
        moved = [dz.reshape(z.size, -1) for dz in leaves(dz_dparams) if dz is not None]
        if pull_z0 is not None:
            rows = [_flat(pull_z0(unit)) for unit in _units(z0.shape)]
            moved = [np.hstack(moved) + dz_dz0.reshape(z.size, z0.size) @ np.stack(rows)]
        by_params = np.hstack(moved)
        if self.observe is None:
            return self._checked(z), by_params
        predicted, pull = traced(lambda z, *W: self._observed(z, nested(W)), (z, *W))
        rows = [pull(unit) for unit in _units(predicted.shape)]
        return predicted, np.stack([by_z.ravel() @ by_params + _flat(by_W) for by_z, *by_W in rows])

    def _initial(self, params):
        """The initial state, and the products with its derivatives by params, if it depends on them."""
        if not callable(self.z0):
            return self.z0, None
        W, nested = split(params)
        z0, pull = traced(lambda *W: checks.float_array(self.z0(nested(W)), "z0(params)"), W)
        return checks.finite_array(z0, "z0(params)"), pull

    def _observed(self, z, params):
        return self._checked(checks.float_array(self.observe(z, params), "observe(z, params)"))

    def _checked(self, predicted):
        if np.shape(getval(predicted)) != self.shape:
            what = "observe(z, params) has" if self.observe is not None else "without observe, the states have"
            raise ValueError(f"{what} shape {np.shape(getval(predicted))}; expected {self.shape}, the shape of y")
        return predicted


def _units(shape):
    return np.eye(int(np.prod(shape))).reshape(-1, *shape)


def _flat(gradients):
    return np.concatenate([np.ravel(gradient) for gradient in gradients])
