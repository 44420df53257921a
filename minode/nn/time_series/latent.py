"""The latent ODE of Chen et al. (2018, section 5.1): a variational autoencoder of time series.

A recurrent network reads a series backward in time and tells a Gaussian q(z0 | x) of latent states; a state drawn from
it flows along an ODE; a decoder makes of it what is observed, at any time. It is trained by the evidence lower bound

    ELBO = E[sum_j log N(x_j; decoder(z(t_j)), noise**2)] - KL(q(z0 | x) || N(0, I)) <= log p(x).
"""

from typing import Any, NamedTuple

import autograd.numpy as anp
import numpy as np

from minode.base.checks import finite_array, positive_float, positive_int
from minode.base.types import Array, Params
from minode.nn.blocks import vector_field
from minode.nn.layers import Dense, Layer, Tanh, serial
from minode.nn.time_series.padded import entries_backward, seen_values
from minode.nn.time_series.recurrent import GRU
from minode.ode.odeint import odeint

LOG_2_PI = float(np.log(2 * np.pi))


class LatentODE(NamedTuple):
    """The parts of a latent ODE; `latent_ode` makes them.

    Attributes
    ----------
    reader : Layer
        Recurrent, backward in time.
    head : Layer
        From the state of the reader to mean and log std of z0.
    field : Layer
        The right-hand side of the latent ODE.
    decoder : Layer
        From a latent state to the mean of an observation.
    options : dict
        Of `odeint`.
    """

    reader: Layer
    head: Layer
    field: Layer
    decoder: Layer
    options: dict[str, Any]

    def init(self, rng: np.random.Generator, features: int) -> Params:
        """Draw initial parameters for series of so many features: those of reader, head, field and decoder."""
        (_, units), reader = self.reader.init(rng, (1, 2 + features))
        (twice,), head = self.head.init(rng, (units,))
        _, field = self.field.init(rng, (twice // 2,))
        _, decoder = self.decoder.init(rng, (twice // 2,))
        return [reader, head, field, decoder]

    def encode(self, params: Params, entries: Array) -> tuple[Array, Array]:
        """Mean and log std of q(z0 | x), shapes (batch, latent), for entries as from `entries_backward`.

        A ValueError names a series that is empty.
        """
        empty = np.flatnonzero(~(entries[..., 0] > 0).any(axis=1))
        if empty.size:
            raise ValueError(f"series {empty[0]} has no observation; expected at least one to encode it by")
        both = self.head.apply(params[1], self.reader.apply(params[0], entries)[:, 0])
        latent = both.shape[1] // 2
        return both[:, :latent], both[:, latent:]

    def flow(self, params: Params, z0: Array, t: Array) -> Array:
        """Solve from latent states z0 (batch, latent), for z at t: (k, batch, latent). See `odeint` for t and k."""
        return odeint(vector_field(self.field), z0, t, params[2], **self.options)

    def decode(self, params: Params, z: Array) -> Array:
        """The means of observations, shape (..., features), at latent states (..., latent)."""
        return self.decoder.apply(params[3], z)


def latent_ode(features: int, latent: int = 4, units: int = 25, hidden: int = 20, **options: Any) -> LatentODE:
    """Make a latent ODE. The default sizes are those of Chen et al. (2018, section 5.1).

    Parameters
    ----------
    features, latent : int
        Dimensions of an observation and of z.
    units, hidden : int
        Of the reader, a `GRU`, and of the one hidden layer of field and decoder.
    **options
        Of `odeint`: method, rtol, gradient, ...

    Returns
    -------
    LatentODE
    """
    for value, name in ((features, "features"), (latent, "latent"), (units, "units"), (hidden, "hidden")):
        positive_int(value, name)
    field, decoder = (serial(Dense(hidden), Tanh(), Dense(size)) for size in (latent, features))
    return LatentODE(GRU(units, backward=True), Dense(2 * latent), field, decoder, options)


def gaussian_kl(mean: Array, log_std: Array) -> Array:
    """KL(N(mean, std**2) || N(0, I)) = sum (mean**2 + std**2 - 1) / 2 - log std, over the last axis."""
    return anp.sum((mean**2 + anp.exp(2 * log_std) - 1) / 2 - log_std, axis=-1)


def log_likelihood(prediction: Array, values: Array, mask: Array, noise: float) -> Array:
    """log N(values; prediction, noise**2) of each series, summed over its observations and their features.

    Parameters
    ----------
    prediction : array, shape (k, batch, features)
        Times come first, as from `odeint`.
    values, mask
        As in `data.time_series.series.Series`.
    noise : float
        Standard deviation of an observation.

    Returns
    -------
    array, shape (batch,)

    Raises
    ------
    ValueError
        If noise is not positive, shapes do not fit, or a value is not finite where the mask is True.
    """
    positive_float(noise, "noise", "the standard deviation of an observation")
    batch, k, features = values.shape
    if prediction.shape != (k, batch, features):
        raise ValueError(f"prediction has shape {prediction.shape}; expected {(k, batch, features)}, times first")
    misfit = (anp.swapaxes(prediction, 0, 1) - seen_values(values, mask)) / noise
    each = misfit**2 + LOG_2_PI + 2 * np.log(noise)
    return -0.5 * anp.sum(each * mask[..., None], axis=(1, 2))


def elbo(
    model: LatentODE,
    params: Params,
    series: tuple[Array, Array, Array],
    draws: Array,
    noise: float,
    start: float = 0.0,
    kl_weight: float = 1.0,
    seen: Array | slice = slice(None),
) -> float:
    """The evidence lower bound, estimated with one draw of z0 for each series, and averaged over the series.

    Parameters
    ----------
    model : LatentODE
    params : tree of arrays
    series : (times, values, mask)
        Such as a `data.time_series.series.Series`.
    draws : array, shape (batch, latent)
        Standard normal numbers: z0 = mean + std * draws (Kingma and Welling 2014).
    noise : float
        Standard deviation of an observation.
    start : float
        The time of z0; no observation is earlier.
    kl_weight : float
        Below 1 at the beginning of a training, the divergence does not yet pull q(z0 | x) to the prior.
    seen : array of int or slice
        Columns of the series by which the likelihood is estimated, in their order; all by default. Drawn at random they
        leave the estimate unbiased, and the solve has fewer times.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        For bad arguments, named in the message.
    """
    mean, log_std = model.encode(params, entries_backward(*series, start))
    times, values, mask = map(np.asarray, series)
    draws, weight = finite_array(draws, "draws"), finite_array(kl_weight, "kl_weight")
    if draws.shape != mean.shape:
        raise ValueError(f"draws has shape {draws.shape}; expected {mean.shape}, numbers of their own for each series")
    t = np.concatenate([np.full((len(times), 1), start), times[:, seen]], axis=1)
    z = model.flow(params, mean + anp.exp(log_std) * draws, t)[1:]
    likelihood = log_likelihood(model.decode(params, z), values[:, seen], mask[:, seen], noise)
    scale = times.shape[1] / t[:, 1:].shape[1]
    return anp.mean(scale * likelihood - weight * gaussian_kl(mean, log_std))
