"""The runs that decide: each network with each seed, fixed in advance."""

from typing import NamedTuple


class Sweep(NamedTuple):
    """Runs that decide: each model with each seed.

    Attributes
    ----------
    data : str
    models : tuple of str
    seeds : tuple of int
    fields : dict
        Fields of their configuration (`config.Config`).
    """

    data: str
    models: tuple
    seeds: tuple
    fields: dict

    def command(self):
        """Write the command that makes these runs."""
        options = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in self.fields.items())
        models, seeds = ",".join(self.models), f"{self.seeds[0]}-{self.seeds[-1]}"
        return f"minode sweep {self.data} --model {models} --seeds {seeds} {options}"


FAST = dict(recipe="fast", batch_size=16, learning_rate=0.1)
TEN, FIVE = tuple(range(10, 20)), tuple(range(10, 15))
RIVALS = ("node", "resnet", "resnet-conv", "anode")
# A pilot of the fair ResNet, with seed 100, on the 800 digits of 160 meters, erred on 1.75 % of 800 others.
# As many digits as 160 meters have and as many characters as 600 photographs have, of all meters and vehicles of
# stand-ins as large as the originals. With copies of the letters these are 13 / 7 times as many.
METERS = Sweep("amr", RIVALS, TEN, FAST | dict(epochs=20, subset=800))
PLATES = Sweep("alpr", ("node",), FIVE, FAST | dict(epochs=8, subset=4200))
COPIES = Sweep("alpr-augmented", RIVALS, FIVE, FAST | dict(epochs=8, subset=7800))
DIGITS = Sweep(
    "mnist",
    (
        *("node", "resnet", "no-block", "resnet-conv", "rknet", "one-block", "anode", "mlp"),
        *("node-one-conv", "node-depthwise", "node-tanh"),
    ),
    FIVE,
    FAST | dict(batch_size=32, epochs=5, subset=10_000),
)
# Of Figures 2.3 and 2.5, which train smaller networks on digits of 6x6 pixels: arguments of their `compute`.
SMALL = dict(depths=(8, 32), n_images=10_000, epochs=8, n_seeds=len(TEN))
# Of all experiments that do not take the runs of a sweep from the record. Where nothing but the number of seeds is
# named, the pilots' size decides.
SIZES = {
    "fig2.3": SMALL,
    "fig2.5": SMALL | dict(depths=(8, 20)),
    "fig2.1": dict(epochs=24, n_seeds=5),
    "cost": dict(n_seeds=10, repeats=10),
    "cnf": dict(steps=600, n_seeds=8),
    "series": dict(n_seeds=80),
    "hamiltonian": dict(n_seeds=16),
    "hybrid": dict(n_seeds=20),
}
# A second look takes none of the seeds of the first one: those were 10 to 19, 10 to 33 and 10 to 17.
FIRST_SEED = dict.fromkeys(SIZES, TEN[0]) | {"fig2.5": 20, "series": 34, "hamiltonian": 18}
SWEEPS = (METERS, PLATES, COPIES, DIGITS)
# Meters and vehicles of the stand-ins, which are made with seed 0.
STAND_INS = {"amr": 2000, "alpr": 150}


def seeds_of(name):
    """List the seeds of a size of `SIZES`."""
    return tuple(range(FIRST_SEED[name], FIRST_SEED[name] + SIZES[name]["n_seeds"]))


def decides(name, n_seeds):
    """Tell whether there are as many seeds as the protocol asks for; by fewer nothing is found too small to matter."""
    return n_seeds >= len(seeds_of(name))
