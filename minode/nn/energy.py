"""Fields that keep an energy: Hamilton's equations of a learned function (Greydanus, Dzamba, Yosinski 2019)."""

from functools import partial

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.tracer import getval

from minode.base import checks
from minode.base.types import Field
from minode.nn.layers import Layer


def hamiltonian(energy: Layer) -> Field:
    """Read a layer as the energy H of a system, and make the field of its motion: dq/dt = dH/dp, dp/dt = -dH/dq.

    Along this field dH/dt = dH/dq dH/dp - dH/dp dH/dq = 0, whatever the weights are. The gradient of H is taken inside
    f, and `odeint` differentiates f once more; layers have the derivatives that this needs. Some H of one's own, in
    `autograd.numpy`, has a field like it, see "f may itself be a gradient" in minode/README.md.

    Parameters
    ----------
    energy : Layer
        From the states (..., 2 n) to numbers (..., 1). Smooth: with `ReLU` the field would jump.

    Returns
    -------
    callable
        ``f(t, z, params)``; the last axis of z holds n positions q, then n momenta p. It ignores t. It raises a
        ValueError if z is not such an array, or the layer's output is not one number a state.

    Raises
    ------
    TypeError
        If `energy` is not a layer.

    Examples
    --------
    >>> import numpy as np
    >>> from minode import layers, odeint
    >>> H = layers.serial(layers.Dense(8), layers.Tanh(), layers.Dense(1))
    >>> _, params = H.init(np.random.default_rng(0), (2,))
    >>> z = odeint(hamiltonian(H), np.array([1.0, 0.0]), [0.0, 100.0], params, rtol=1e-9, atol=1e-9)
    >>> bool(abs(np.diff(H.apply(params, z), axis=0)) < 1e-6)
    True
    """
    if not isinstance(energy, Layer):
        raise TypeError(f"energy is {checks.described(energy)}; expected a layer, such as serial(Dense(8), ...)")
    return partial(_symplectic, energy.apply)


def _symplectic(apply, t, z, params):
    shape = np.shape(getval(z))
    n, odd = divmod(shape[-1] if shape else 1, 2)
    if odd:
        raise ValueError(
            f"z has the shape {shape}; expected an even number of components, positions q and then momenta p"
        )

    def total(z):
        H = apply(params, z)
        if H.shape != (*shape[:-1], 1):
            raise ValueError(f"the energy has shape {H.shape}; expected {(*shape[:-1], 1)}, one number a state")
        # States in a batch do not know of each other, so that the gradient of the sum has a row for each.
        return anp.sum(H)

    slopes = grad(total)(z)
    return anp.concatenate([slopes[..., n:], -slopes[..., :n]], axis=-1)
