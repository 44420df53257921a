"""The claims about the latent ODE, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, between, of_seeds, paired

PAPER = {"rnn": (0.3937, 0.3202, 0.1813), "latent": (0.1642, 0.1502, 0.1346)}


def judge_errors(numbers):
    """Hold what Chen et al. say of their Table 2 against the errors of all seeds.

    Logarithms of errors are compared, seed by seed, since ratios are what varies.

    Parameters
    ----------
    numbers : dict
        "latent" and "rnn", "sizes" and "n_times", as `compute` returns them.

    Returns
    -------
    list of Claim
    """
    latent, rnn, sizes = numbers["latent"], numbers["rnn"], numbers["sizes"]
    claims = [
        Claim(f"{n} points: the latent ODE {verb} better than the RNN", _lower(latent, rnn, what, n), source=source)
        for what, verb, source in (("beyond", "extrapolates", "Chen et al."), ("within", "interpolates", "ours"))
        for n in sizes
    ]
    fewer = between(of_seeds(latent["nfe"]).interval(), -math.inf, numbers["n_times"])
    falls = below_zero(paired(*(np.log(latent["beyond"][str(n)]) for n in (sizes[-1], sizes[0]))))
    return [
        *claims,
        Claim(f"the latent ODE extrapolates better from {sizes[-1]} points than from {sizes[0]}", falls, source="ours"),
        Claim(f"fewer than {numbers['n_times']} evaluations of f for as many times", fewer, source="ours"),
    ]


def _lower(values, others, what, n):
    return below_zero(paired(np.log(values[what][str(n)]), np.log(others[what][str(n)])))
