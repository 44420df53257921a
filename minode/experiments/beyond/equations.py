"""Lotka and Volterra's equation and what is observed of it, as several experiments fit it to the pelts."""

import autograd.numpy as anp

# What an hour with a pencil gives for the pelts (thousands, years): a period of ten years, means of 34 and 20.
PELTS_START = {"birth": 0.6, "eaten": 0.03, "growth": 0.02, "death": 0.6, "hare": 30.0, "lynx": 4.0}


def lotka_volterra(t, z, p):
    """Prey and predators (Lotka 1925; Volterra 1926)."""
    prey, predators = z
    met = prey * predators
    return [p["birth"] * prey - p["eaten"] * met, p["growth"] * met - p["death"] * predators]


def log_states(z, p):
    """Observe the logarithms of all states, whose errors are then a share of each."""
    return anp.log(z)


def first_of(params):
    """The unknown numbers of hare and lynx in the first year."""
    return [params["hare"], params["lynx"]]
