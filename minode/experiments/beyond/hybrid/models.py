"""Predators and prey in logarithms: the truth with saturated predators, what is known of it, and networks.

The truth is that of Rosenzweig and MacArthur (1963): prey that feed on something finite, and predators that cannot eat
more than they can handle. In logarithms w = (log prey, log predators) its field has a part that is known here, growth
without predators and death without prey, and a part that is not, what is eaten.
"""

import autograd.numpy as anp
import numpy as np

from minode.nn.layers import Dense, Layer, Softplus, Tanh, serial

GROWTH, CAPACITY, DEATH = 1.0, 3.0, 0.4
ATTACK, HANDLING, YIELD = 1.5, 0.6, 0.8
START = np.log([0.5, 0.5])
WIDTH = 10


def model(w, rate):
    """What is known, for the rate at which a predator eats of each prey, which is not."""
    prey, predators = anp.exp(w[..., 0]), anp.exp(w[..., 1])
    return anp.stack([GROWTH * (1 - prey / CAPACITY) - rate * predators, YIELD * rate * prey - DEATH], axis=-1)


def true_rate(w):
    """Of many prey a predator eats a smaller share."""
    return ATTACK / (1 + HANDLING * anp.exp(w[..., 0]))


def truth(t, w, params=()):
    """The field that made the data."""
    return model(w, true_rate(w))


NETWORK = serial(Dense(WIDTH), Tanh(), Dense(2))
# Nobody eats less than nothing.
RATE = serial(Dense(WIDTH), Tanh(), Dense(1), Softplus())


def plain(t, w, params):
    """A network for all."""
    return NETWORK.apply(params, w)


def hybrid(t, w, params):
    """What is known, and a network for the rate."""
    return model(w, RATE.apply(params, w)[..., 0])


MODELS: dict[str, tuple[Layer, object]] = {"hybrid": (RATE, hybrid), "plain": (NETWORK, plain)}
