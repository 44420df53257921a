"""Optimisers as pairs of functions that take a state and return the next. Optimisers and states can be pickled."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from minode.base.trees import tree_map
from minode.base.types import Params


class Optimizer(NamedTuple):
    """An update rule.

    Attributes
    ----------
    init : callable
        ``init(params) -> state``.
    update : callable
        ``update(params, gradients, state, learning_rate) -> (params, state)``. It changes nothing in place.
    """

    init: Callable
    update: Callable


def SGD(momentum: float = 0.0, weight_decay: float = 0.0, nesterov: bool = False) -> Optimizer:
    """Stochastic gradient descent with momentum, in PyTorch's form: v <- momentum v + g, W <- W - lr v.

    Parameters
    ----------
    momentum : float
    weight_decay : float
        The gradient of weight_decay |W|**2 / 2 is added to g, for all parameters.
    nesterov : bool
        Use Nesterov's momentum, which looks ahead (Sutskever et al. 2013): W <- W - lr (g + momentum v).

    Returns
    -------
    Optimizer
    """
    return Optimizer(_zeros, partial(_sgd_update, momentum, weight_decay, nesterov))


def Adam(beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Optimizer:
    """Adam (Kingma and Ba 2015, Algorithm 1).

    Parameters
    ----------
    beta1, beta2 : float
        Decay rates of the running means of g and g**2.
    epsilon : float
        Added to the square root of the mean of g**2, so that nothing is divided by zero.

    Returns
    -------
    Optimizer
    """
    return Optimizer(_adam_init, partial(_adam_update, beta1, beta2, epsilon))


def moving_average(average: Params, params: Params, updates: int, decay: float) -> Params:
    """Move an average of the weights towards the weights after an update (Polyak and Juditsky 1992).

    Parameters
    ----------
    average, params : trees of arrays
    updates : int
        Number of updates made. After n of them the average goes back over no more than about n / 9, so that it soon
        forgets the first weights.
    decay : float
        The share of the old average in the new one, in the long run.

    Returns
    -------
    tree of arrays
    """
    share = min(decay, (1 + updates) / (10 + updates))
    return tree_map(lambda old, W: share * old + (1 - share) * W, average, params)


def _zeros(params):
    return tree_map(np.zeros_like, params)


def _sgd_update(momentum, weight_decay, nesterov, params, gradients, state, learning_rate):
    if weight_decay:
        gradients = tree_map(lambda g, W: g + weight_decay * W, gradients, params)
    velocity = tree_map(lambda v, g: momentum * v + g, state, gradients)
    direction = tree_map(lambda g, v: g + momentum * v, gradients, velocity) if nesterov else velocity
    return tree_map(lambda W, d: W - learning_rate * d, params, direction), velocity


def _adam_init(params):
    zeros = _zeros(params)
    return 0, zeros, zeros


def _adam_update(beta1, beta2, epsilon, params, gradients, state, learning_rate):
    step, m, v = state
    step += 1
    m = tree_map(lambda m, g: beta1 * m + (1 - beta1) * g, m, gradients)
    v = tree_map(lambda v, g: beta2 * v + (1 - beta2) * g**2, v, gradients)
    scale = learning_rate / (1 - beta1**step)
    params = tree_map(lambda W, m, v: W - scale * m / (np.sqrt(v / (1 - beta2**step)) + epsilon), params, m, v)
    return params, (step, m, v)
