"""The flows of the experiment: their field, their training, and what is measured and drawn of a trained one."""

import warnings

import autograd.numpy as anp
import numpy as np
from scipy.stats import gaussian_kde

from minode.nn.blocks import vector_field
from minode.nn.flows import density_field, log_density, standard_normal
from minode.nn.layers import ConcatDense, Tanh, serial
from minode.nn.optim import Adam
from minode.ode.field.nfe import count_nfe
from minode.ode.gradients.gauge import ReconstructionWarning
from minode.ode.odeint import odeint
from minode.training.fitting import fit

WIDTH, BATCH = 48, 128
NETWORK = serial(ConcatDense(WIDTH), Tanh(), ConcatDense(WIDTH), Tanh(), ConcatDense(2))
FIELD = vector_field(NETWORK)
SOLVER = dict(method="dopri5-np", rtol=1e-3, atol=1e-3)
# Results are judged and drawn at a tolerance that is far below what they are judged by.
FINE = dict(method="dopri5-np", rtol=1e-4, atol=1e-4)
# The learning rate, and until which part of the training.
STAGES = ((1e-2, 0.5), (3e-3, 0.8), (1e-3, 1.0))
BANDWIDTHS = (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
HELD_OUT, DRAWN = 2000, 1500
DEPTHS = np.linspace(0.0, 1.0, 21)
# Points are hardly ever outside of this square. For what vanishes at its rim a sum over the grid is of high order.
SIDE = np.linspace(-5.0, 5.0, 121)


def train(description, points, seed, steps, weight=0.0):
    """Fit a flow to points by maximum likelihood.

    Parameters
    ----------
    description : str
        Label of the progress bar.
    points : array, shape (n, 2)
    seed : int
        Of the initial weights and of the batches.
    steps : int
    weight : float
        Of both costs of Finlay et al. (2020) in the loss.

    Returns
    -------
    params : tree of arrays
    history : dict of lists
        As of `fit`.
    """
    rng = np.random.default_rng(seed)
    _, params = NETWORK.init(rng, (2,))

    def loss(params):
        x = points[rng.integers(len(points), size=BATCH)]
        if not weight:
            return -anp.mean(log_density(FIELD, x, params, **SOLVER))
        log_p, energy, norm = log_density(FIELD, x, params, costs=True, **SOLVER)
        return anp.mean(weight * (energy + norm) - log_p)

    history, begin = {}, 0
    for rate, until in STAGES:
        end = round(until * steps)
        with warnings.catch_warnings():
            # At this tolerance a batch now and then comes back to a few per cent only: it is on record.
            warnings.simplefilter("ignore", ReconstructionWarning)
            params, found = fit(loss, params, Adam(), rate, end - begin, description)
        history = {name: history.get(name, []) + values for name, values in found.items()}
        begin = end
    return params, history


def examine(params, density, points, rng):
    """Measure a trained flow and kernel density estimates from the same points, on points that none has seen.

    The estimate "kde" has the bandwidth of Scott's rule, "tuned_kde" that of `BANDWIDTHS` which is best on other points
    yet, as many as are held out.

    Parameters
    ----------
    params : tree of arrays
    density : Density
    points : array, shape (n, 2)
        What was learned from.
    rng : numpy.random.Generator

    Returns
    -------
    dict of float
        Negative log-likelihoods in nats a point: "nll", "kde", "tuned_kde", "truth"; "mass", of the flow's density on
        the square; "nfe", evaluations of f for the density of the held-out points.
    """
    held_out, validation = density.draw(rng, HELD_OUT), density.draw(rng, HELD_OUT)

    def estimated(bandwidth, x):
        return -float(gaussian_kde(points.T, bandwidth).logpdf(x.T).mean())

    best = min(BANDWIDTHS, key=lambda bandwidth: estimated(bandwidth, validation))
    with count_nfe() as nfe:
        nll = -float(log_density(FIELD, held_out, params, **FINE).mean())
    return {
        "nll": nll,
        "kde": estimated(None, held_out),
        "tuned_kde": estimated(best, held_out),
        "truth": -float(density.log_density(held_out).mean()),
        "mass": float(density_on_square(params).sum() * (SIDE[1] - SIDE[0]) ** 2),
        "nfe": nfe.forward,
    }


def density_on_square(params):
    """The density of a flow on the grid `SIDE` x `SIDE`, rows along y."""
    square = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)
    return np.exp(log_density(FIELD, square, params, **FINE)).reshape(len(SIDE), -1)


def curves(params, points, rng):
    """What is drawn of a trained flow.

    Returns
    -------
    dict
        "points", some that were learned from; "density" on the square; "paths" and "log_p" of samples at `DEPTHS`,
        arrays of shapes (depths, n, 2) and (depths, n).
    """
    z = rng.standard_normal((DRAWN, 2))
    paths, log_p = odeint(density_field(FIELD), (z, standard_normal(z)), DEPTHS, params, **FINE)
    return {"points": points[:DRAWN], "density": density_on_square(params), "paths": paths, "log_p": log_p}
