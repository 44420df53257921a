"""Energies of two networks: the rules, the pendulum, and a small training that is repeatable."""

import copy

import numpy as np
import pytest
from autograd import grad
from scipy.integrate import solve_ivp

from minode.experiments.beyond.hamiltonian_pendulum import compute as pendulums
from minode.experiments.beyond.hamiltonian_pendulum.claims import judge_energy
from minode.nn.losses import mse
from minode.ode.odeint import odeint
from tests.experiments.beyond.small_runs import assert_complete_and_repeatable

GOOD = {
    "hamiltonian": {
        "own_drift": [1e-6, 2e-6, 1e-6],
        "early_energy_error": [0.01, 0.012, 0.011],
        "late_energy_error": [0.01, 0.013, 0.011],
        "state_error": [0.2, 0.3, 0.25],
    },
    "plain": {
        "early_energy_error": [0.05, 0.06, 0.04],
        "late_energy_error": [0.2, 0.3, 0.1],
        "state_error": [0.8, 1.0, 0.9],
    },
}
CLAIMS = ["own energy", "stays", "less error of energy", "less error of states"]


def verdicts(numbers):
    return dict(zip(CLAIMS, (claim.verdict for claim in judge_energy(numbers)), strict=True))


def test_every_claim_can_hold():
    assert set(verdicts(GOOD).values()) == {"holds"}


@pytest.mark.parametrize(
    ("name", "values", "broken"),
    [
        ("own_drift", [1e-6, 1e-3, 1e-6], {"own energy": "does not hold"}),
        ("early_energy_error", [0.001, 0.0012, 0.0011], {"stays": "does not hold"}),
        ("early_energy_error", [0.01, 0.0012, 0.011], {"stays": "undecided"}),
        ("state_error", [1.2, 1.3, 1.5], {"less error of states": "does not hold"}),
        ("state_error", [0.2, 1.3, 0.9], {"less error of states": "undecided"}),
    ],
)
def test_a_verdict_depends_on_its_numbers_alone(name, values, broken):
    numbers = copy.deepcopy(GOOD)
    numbers["hamiltonian"][name] = values
    assert {key: value for key, value in verdicts(numbers).items() if value != "holds"} == broken


def test_a_plain_network_with_less_error_of_energy_breaks_the_claim():
    numbers = copy.deepcopy(GOOD)
    numbers["plain"]["late_energy_error"] = [0.001, 0.002, 0.001]
    assert verdicts(numbers)["less error of energy"] == "does not hold"


def test_the_pendulum_is_that_of_scipy_and_keeps_its_energy():
    z0 = np.array([[1.5, 0.0], [-0.3, 0.2]])
    z = odeint(pendulums.pendulum, z0, [0.0, 20.0], **pendulums.TESTING)
    reference = solve_ivp(lambda t, z: [z[1], -np.sin(z[0])], (0, 20), z0[0], rtol=1e-9, atol=1e-9).y[:, -1]
    np.testing.assert_allclose(z[-1, 0], reference, atol=1e-5)
    np.testing.assert_allclose(pendulums.energy(z[-1]), pendulums.energy(z0), atol=1e-6)


def test_the_gradient_that_trains_the_energy_is_that_of_finite_differences():
    network, field = pendulums.MODELS["hamiltonian"]
    taught, _, _ = pendulums._data(0)
    _, params = network.init(np.random.default_rng(0), (2,))
    tight = dict(method="dopri5", rtol=1e-9, atol=1e-9)

    def loss(scale):
        scaled = [tuple(scale * leaf for leaf in layer) for layer in params]
        return mse(odeint(field, taught[0], pendulums.TAUGHT[:3], scaled, **tight), taught[:3])

    assert grad(loss)(1.1) == pytest.approx((loss(1.1 + 1e-5) - loss(1.1 - 1e-5)) / 2e-5, rel=1e-6)


def test_a_small_training_is_complete_and_repeatable(tmp_path, monkeypatch):
    monkeypatch.setattr(pendulums, "AFTERWARDS", pendulums.AFTERWARDS[:31])
    assert "error of energy" in assert_complete_and_repeatable(
        pendulums, tmp_path / "hamiltonian.png", seed=1, n_updates=2, n_seeds=1
    )
