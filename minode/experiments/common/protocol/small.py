"""The decisions of experiments that train networks of their own, in minutes, or none."""

import math

from minode.experiments.common.protocol.decision import MEAN, PAIRED, Decision
from minode.experiments.common.protocol.sweeps import seeds_of

# What matters: of errors by epoch, in points; of densities, in nats a point, which is also what regularisation may
# cost; of evaluations, a step of dopri5. Errors of paths vary by factors. Twofold they matter, and of states of a
# pendulum, where an error is also said to stay if it grows by less, already by half as much again.
# Responses of layers are of the order of one.
DEPTH, RESPONSE, NATS, STEP, RATIO, STATES = 2.0, 0.05, 0.05, 6.0, 2.0, 1.5
ERRORS = "error of the last three epochs"
BEYOND = "logarithm of the error beyond the data, first less second"


def _of(name, claim, quantity, pilot, matters=None, unit=""):
    return Decision(claim, quantity, MEAN if matters is None else PAIRED, seeds_of(name), matters, unit, pilot)


def _factor(name, claim, quantity, pilot, factor=RATIO):
    return _of(name, claim, quantity, pilot, round(math.log(factor), 2), f"(a factor of {factor:g})")


def _flow(claim, pilot):
    quantity = "negative log-likelihood of other points, first less second"
    return _of("cnf", claim, quantity, pilot, NATS, "nats")


def _near(name, pilot):
    quantity = "negative log-likelihood of other points less that of the truth, in nats; holds below 0.1"
    return _of("cnf", f"{name}: 0.1 nat from the truth at most", quantity, pilot)


def _series(claim, quantity, pilot):
    return _of("series", claim, quantity, pilot)


SMALL_DECISIONS = {
    "fig2.1": tuple(
        _of("fig2.1", f"plain 8: less {images} error than plain 20", ERRORS, pilot, DEPTH, "points")
        for images, pilot in (("training", (-29.77, -28.49, -31.57)), ("test", (-28.67, -27.80, -29.27)))
    ),
    "fig2.3": tuple(
        _of("fig2.3", f"{depth} layers: residual ones respond less than plain ones", "mean response", pilot, RESPONSE)
        for depth, pilot in ((8, (0.0192, -0.0026, 0.0289)), (32, (-0.0217, -0.0055, 0.0129)))
    ),
    # The pilots have 32 layers in place of 20.
    "fig2.5": tuple(
        _of("fig2.5", f"{claim} {images} error than {other}", ERRORS, pilot, DEPTH, "points")
        for claim, other, pilots in (
            ("plain 8: less", "plain 20", ((), ())),
            ("residual 20: less", "residual 8", ((-7.25, 22.69, -7.19), (1.0, 17.27, -9.66))),
            ("residual 20: less", "plain 20", ((), ())),
        )
        for images, pilot in zip(("training", "validation"), pilots)
    ),
    "cost": (
        _of(
            "cost",
            "NODE's block: a product costs about as much as f",
            "logarithm of what a product takes over what f takes, CPU time, median of repetitions; holds from -0.69 to "
            "0.69, a factor of two. Of the pilot it was the fastest repetition",
            (0.693, 0.673, 0.706, 0.576, 0.566),
        ),
    ),
    "cnf": (
        _near("two moons", (0.0891, 0.0650, 0.0727)),
        _near("picture", (0.0984, 0.1104, 0.0798)),
        _flow("picture: likelier than a kernel estimate", (-0.0703, -0.0288, -0.0908)),
        _of(
            "cnf",
            "regularised: fewer evaluations",
            "evaluations for the density of other points, first less second",
            (-24.0, -12.0, -12.0),
            STEP,
            "evaluations",
        ),
        _flow("two moons: likelier than the best kernel estimate*", (0.0193, 0.0015, 0.0210)),
        _flow("eight Gaussians: likelier than the best kernel estimate*", (0.0022, -0.0282, -0.0215)),
        _flow("picture: likelier than the best kernel estimate*", (0.0560, 0.0817, 0.0281)),
    ),
    "series": (
        _series(
            "Lotka-Volterra: extrapolated to a fifth of the spread",
            "error beyond the data, in units of the spread; holds below 0.2",
            (0.0805, 0.2563, 0.1640),
        ),
        *(
            _factor("series", f"{name}: extrapolated better than by the residual network*", BEYOND, pilot)
            for name, pilot in (
                ("spiral", (-0.597, -0.020, -0.074)),
                ("Lotka-Volterra", (-0.687, 0.841, -0.153)),
                ("damped pendulum", (-0.470, 0.143, -0.132)),
            )
        ),
        *(
            _series(f"{name}: in the gap no worse than the noise*", "error in the gap; holds below 0.05", pilot)
            for name, pilot in (("spiral", (0.0471, 0.0235, 0.0500)), ("damped pendulum", (0.0598, 0.0243, 0.0416)))
        ),
        *(
            _series(
                f"{name}: the vector field learned to a tenth*",
                "error of the field along the true path, relative; holds below 0.1",
                pilot,
            )
            for name, pilot in (
                ("Lotka-Volterra", (0.1752, 0.1039, 0.1278)),
                ("damped pendulum", (0.1249, 0.1225, 0.1084)),
            )
        ),
    ),
    "hamiltonian": (
        _factor(
            "hamiltonian",
            "Hamiltonian: less error of states than plain",
            "logarithm of the error of states, first less second",
            (0.142, -0.129, -0.345, 0.288),
            STATES,
        ),
    ),
    "hybrid": (
        _factor(
            "hybrid",
            "hybrid: less error beyond the data than the network alone",
            BEYOND,
            (-1.564, -0.966, 0.643, -0.317, -0.220),
        ),
    ),
}
