"""Fields that keep an energy: Hamilton's equations of a learned function (Greydanus, Dzamba, Yosinski 2019)."""

from functools import partial

import autograd.numpy as anp
from autograd import grad

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
        ``f(t, z, params)``; the last axis of z holds n positions q, then n momenta p. It raises a ValueError if its
        length is odd. It ignores t.

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
    return partial(_symplectic, energy.apply)


def _symplectic(apply, t, z, params):
    n, odd = divmod(z.shape[-1], 2)
    if odd:
        raise ValueError(f"z has {z.shape[-1]} components; expected an even number, positions q and then momenta p")
    # States in a batch do not know of each other, so that the gradient of the sum has a row for each.
    slopes = grad(lambda z: anp.sum(apply(params, z)))(z)
    return anp.concatenate([slopes[..., n:], -slopes[..., :n]], axis=-1)
