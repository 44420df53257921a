"""The recurrent network beside the latent ODE: it predicts the next observation, and goes on from its predictions."""

import autograd.numpy as anp
import numpy as np

from minode.nn.layers import Dense, Tanh, serial
from minode.nn.time_series.recurrent import GRU, gru_step

UNITS, HIDDEN = 25, 32
READER, HEAD = GRU(UNITS), serial(Dense(HIDDEN), Tanh(), Dense(2))


def init(rng):
    """Draw initial parameters: those of the reader, which sees values and gaps, and of the head."""
    return [READER.init(rng, (1, 4))[1], HEAD.init(rng, (UNITS,))[1]]


def entries(times, values, end):
    """What is read: a weight of one, the values, and the time that passes to the next observation, at last to `end`."""
    after = np.concatenate([times[:, 1:], np.full((len(times), 1), end)], axis=1)
    return np.concatenate([np.ones((*times.shape, 1)), values, (after - times)[..., None]], axis=-1)


def loss(params, times, values, noise):
    """The negative log-likelihood of the next observations, but for a constant, in the mean."""
    states = READER.apply(params[0], entries(times, values, times[0, -1])[:, :-1])
    return anp.mean((HEAD.apply(params[1], states) - values[:, 1:]) ** 2) / noise**2


def predict(params, times, values, within, beyond):
    """Predict at times within the observed ones, each from the observations before it, and beyond them.

    Parameters
    ----------
    params : tree of arrays
    times, values : array, shapes (batch, k) and (batch, k, 2)
    within, beyond : array, shapes (m,) and (n,)
        Beyond, the network reads its own predictions.

    Returns
    -------
    within, beyond : array, shapes (batch, m, 2) and (batch, n, 2)
        NaN where there is no observation before.
    """
    reader, head = params
    read = entries(times, values, beyond[0])
    states = READER.apply(reader, read)
    before = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    # The last observation before each time.
    last = np.sum(times[:, :, None] < within, axis=1) - 1
    row, at = np.arange(len(times))[:, None], np.maximum(last, 0)
    entry = read[row, at]
    entry[..., -1] = within - times[row, at]
    h = gru_step(reader, before[row, at].reshape(-1, UNITS), entry.reshape(-1, 4))
    inside = np.where(last[..., None] < 0, np.nan, HEAD.apply(head, h).reshape(*last.shape, 2))
    h, outside = states[:, -1], []
    for gap in np.diff(beyond, append=beyond[-1]):
        outside.append(HEAD.apply(head, h))
        h = gru_step(reader, h, np.concatenate([np.ones((len(h), 1)), outside[-1], np.full((len(h), 1), gap)], axis=1))
    return inside, np.stack(outside, axis=1)
