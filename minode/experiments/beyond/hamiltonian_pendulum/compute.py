"""A pendulum, learned from short trajectories with errors, by the field itself and by its energy.

Both networks have two hidden layers and see the same states, at seven times up to t = 3, each trajectory from its first
observation on. The plain network is the field. The other is the energy H, and the field is made of its gradient
(Greydanus et al. 2019), so that training needs second derivatives of the network: those come out of `odeint`'s adjoint.
Then both go on from new starts, 20 times as long as they were taught.
"""

from typing import Any

import autograd.numpy as anp
import numpy as np

from minode.experiments.beyond.hamiltonian_pendulum.claims import judge_energy
from minode.experiments.beyond.hamiltonian_pendulum.draw import draw, table
from minode.experiments.common.claims import as_records, verdicts_of
from minode.experiments.common.verdicts import overall, tally
from minode.nn.blocks import vector_field
from minode.nn.energy import hamiltonian
from minode.nn.layers import Dense, Tanh, serial
from minode.nn.losses import mse
from minode.nn.optim import Adam
from minode.ode.odeint import odeint
from minode.training.fitting import fit

__all__ = ["SETTINGS", "compute", "draw", "table"]

SETTINGS: dict[str, dict[str, Any]] = {
    "quick": dict(n_updates=20, n_seeds=1),
    "default": dict(n_updates=250),
    "full": dict(n_updates=2000, n_seeds=10),
}
WIDTH, LEARNING_RATE = 24, 1e-2
ENERGY = serial(Dense(WIDTH), Tanh(), Dense(WIDTH), Tanh(), Dense(1))
PLAIN = serial(Dense(WIDTH), Tanh(), Dense(WIDTH), Tanh(), Dense(2))
MODELS = {"hamiltonian": (ENERGY, hamiltonian(ENERGY)), "plain": (PLAIN, vector_field(PLAIN))}
# Released at rest, up to this angle (rad), where the energy is 1.4; at 2 the pendulum would turn over.
WIDEST = 2.0
N_TAUGHT, N_TESTED, ERROR = 20, 10, 0.05
TAUGHT = np.linspace(0.0, 3.0, 7)
AFTERWARDS = np.linspace(0.0, 20 * TAUGHT[-1], 601)
TRAINING = dict(method="dopri5", rtol=1e-4, atol=1e-4)
TESTING = dict(method="dop853", rtol=1e-8, atol=1e-8)


def pendulum(t, z, params=()):
    """A pendulum; z holds angles (rad) and velocities in units of the frequency of small swings."""
    q, p = z[..., :1], z[..., 1:]
    return anp.concatenate([p, -anp.sin(q)], axis=-1)


def energy(z):
    """The pendulum's energy, 0 at rest."""
    return 0.5 * z[..., 1] ** 2 + 1 - np.cos(z[..., 0])


def compute(seed=0, n_updates=250, n_seeds=4):
    """Train both networks, from several draws of trajectories, errors and initial weights.

    Parameters
    ----------
    seed : int
        Of the first; then come the next seeds.
    n_updates : int
        Of Adam, all trajectories in each.
    n_seeds : int

    Returns
    -------
    dict
        "hamiltonian" and "plain": numbers by name, each a list over the seeds; "claims" with a verdict each, "verdict"
        of all, "why"; "curves" holds what is drawn, of the first seed.
    """
    found = {model: [] for model in MODELS}
    curves = {}
    for each in range(seed, seed + n_seeds):
        taught, tested, truth = _data(each)
        for model, (network, field) in MODELS.items():
            params, loss = _train(f"{model}, seed {each}", network, field, taught, each, n_updates)
            path = odeint(field, tested, AFTERWARDS, params, **TESTING)
            found[model].append({"loss": loss, **_errors(path, truth)})
            if model == "hamiltonian":
                found[model][-1]["own_drift"] = _own_drift(params, path)
            if each == seed:
                curves[model] = path
        curves.setdefault("truth", truth)
    numbers = {
        model: {key: [numbers[key] for numbers in of_seeds] for key in of_seeds[0]} for model, of_seeds in found.items()
    }
    numbers |= {"n_updates": n_updates}
    curves |= {"times": AFTERWARDS, "taught": TAUGHT[-1], "energy": energy}
    return numbers | conclude(numbers) | {"curves": curves}


def conclude(numbers):
    """Judge the claims by the numbers, new ones or those on record."""
    claims = judge_energy(numbers)
    verdicts = verdicts_of(claims)
    n_seeds = len(numbers["plain"]["loss"])
    why = f"of {len(claims)} claims over {n_seeds} seeds {tally(verdicts)}"
    return {"claims": as_records(claims), "verdict": overall(verdicts), "why": why}


def _data(seed):
    """Observed trajectories (times, trajectories, 2), new starts, and where these really go."""
    rng = np.random.default_rng(seed)
    starts = rng.uniform(-WIDEST, WIDEST, (N_TAUGHT + N_TESTED, 1)) * [1.0, 0.0]
    exact = odeint(pendulum, starts[:N_TAUGHT], TAUGHT, **TESTING)
    tested = starts[N_TAUGHT:]
    return exact + ERROR * rng.normal(size=exact.shape), tested, odeint(pendulum, tested, AFTERWARDS, **TESTING)


def _train(description, network, field, taught, seed, n_updates):
    _, start = network.init(np.random.default_rng(seed), (2,))

    def loss(params):
        return mse(odeint(field, taught[0], TAUGHT, params, **TRAINING), taught)

    params, history = fit(loss, start, Adam(), LEARNING_RATE, n_updates, description)
    return params, history["loss"][-1]


def _errors(path, truth):
    third = len(path) // 3
    off = energy(path) - energy(truth[0])
    return {
        "early_energy_error": float(np.sqrt(np.mean(off[1 : third + 1] ** 2))),
        "late_energy_error": float(np.sqrt(np.mean(off[-third:] ** 2))),
        "state_error": float(np.sqrt(np.mean((path - truth) ** 2))),
    }


def _own_drift(params, path):
    """How far the learned energy moves along the flow made of it, relative to how it differs from start to start."""
    learned = ENERGY.apply(params, path)[..., 0]
    return float(np.abs(learned - learned[0]).max() / np.ptp(learned[0]))
