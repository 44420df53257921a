"""What is claimed of the two networks, as rules that numbers can break."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, between, decided, of_seeds, paired

# What the solver may lose of the energy that it integrates, relative to that of the starts.
LOST = 1e-4
# An error that stays as it is grows by less than this factor.
STAYS = 1.5


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
    growth = {
        name: np.log(np.divide(found["late_energy_error"], found["early_energy_error"]))
        for name, found in (("ours", ours), ("plain", plain))
    }
    return [
        Claim(
            "Hamiltonian: its own energy is kept",
            decided(max(ours["own_drift"]) < LOST),
            f"lost: {max(ours['own_drift']):.0e} at most",
        ),
        Claim(
            "Hamiltonian: the pendulum's energy is off by no more at the end",
            between(of_seeds(growth["ours"]).interval(), -np.inf, np.log(STAYS)),
            "last third over first third: "
            f"{np.exp(np.mean(growth['ours'])):.2f}, plain {np.exp(np.mean(growth['plain'])):.2f}",
        ),
        *(
            Claim(text, below_zero(paired(np.log(ours[key]), np.log(plain[key]))), _means(ours[key], plain[key]))
            for text, key in (
                ("Hamiltonian: less error of energy at the end than plain", "late_energy_error"),
                ("Hamiltonian: less error of states than plain", "state_error"),
            )
        ),
    ]


def _means(values, others):
    return "{:.2g} and {:.2g}".format(*(np.exp(np.mean(np.log(each))) for each in (values, others)))
