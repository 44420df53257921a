"""What is claimed of the two networks, as rules that numbers can break."""

import numpy as np

from minode.experiments.beyond.ratios import judge_smaller, middle
from minode.experiments.common.claims import Claim
from minode.experiments.common.protocol.rule import judge_bounds
from minode.experiments.common.protocol.small import STATES
from minode.experiments.common.protocol.sweeps import decides
from minode.experiments.common.verdicts import decided, of_seeds

# What the solver may lose of the energy that it integrates, relative to that of the starts.
LOST = 1e-4
# An error that stays as it is grows by less than this factor.
STAYS = STATES


def judge_energy(numbers):
    """Hold the claims against the numbers of all seeds; errors are compared on a logarithmic scale, seed by seed.

    Parameters
    ----------
    numbers : dict of dict of list
        "hamiltonian" and "plain", as `compute` returns them.

    Returns
    -------
    list of Claim
    """
    ours, plain = numbers["hamiltonian"], numbers["plain"]
    growth, plain_growth = (
        np.divide(found["late_energy_error"], found["early_energy_error"]) for found in (ours, plain)
    )
    stays, note = judge_bounds(of_seeds(np.log(growth)), -np.inf, np.log(STAYS))
    factor = STATES if decides("hamiltonian", len(growth)) else None
    return [
        Claim(
            "Hamiltonian: its own energy is kept",
            decided(max(ours["own_drift"]) < LOST),
            f"lost: {max(ours['own_drift']):.0e} at most",
        ),
        Claim(
            "Hamiltonian: the pendulum's energy is off by no more at the end",
            stays,
            f"last third over first third: {middle(growth):.2f}, plain {middle(plain_growth):.2f}{note}",
        ),
        *(
            Claim(text, *judge_smaller(ours[key], plain[key], factor))
            for text, key in (
                ("Hamiltonian: less error of energy at the end than plain", "late_energy_error"),
                ("Hamiltonian: less error of states than plain", "state_error"),
            )
        ),
    ]
