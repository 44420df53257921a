"""What sections 3.2 and 4.2 claim of the ways to a gradient, and what minode claims of its gauge, as rules."""

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import UNDECIDED, below_zero, decided, of_seeds, overall, paired
from minode.gradcheck.check import ADAPTIVE_BOUND

# Relative errors of a gradient (2-norm): not to be used, and nothing to warn of.
WRONG, GOOD = 1e-2, 1e-4
# Below this lambda T the errors of the z that comes back are those of the solver.
GROWING = 10


def judge_gradients(tolerances, rates, smooth, losing, measured):
    """Hold the claims against the numbers.

    Parameters
    ----------
    tolerances, rates : sequence of float
    smooth, losing, measured : dict
        As `section3_2_gradients.compute.compute` returns them.

    Returns
    -------
    list of Claim
        What the thesis does not claim, minode does.
    """
    controlled = np.array(smooth["adjoint"]["error"]) / np.array(tolerances)[:, None]
    error, warned = (np.array(losing["adjoint"][key]) for key in ("error", "warned"))
    wrong = error >= WRONG
    kept = np.array(losing["8 checkpoints"]["error"])
    peaks = {way: np.array(measured[way]["peak_mib"][-1]) for way in ("adjoint", "backprop")}
    growth = growth_exponents(rates, losing["adjoint"]["reconstruction_error"])
    return [
        Claim(
            "adjoint: the tolerance controls its error",
            decided((controlled <= ADAPTIVE_BOUND).all()),
            f"{controlled.min():.1g} to {controlled.max():.1g} times the tolerance",
            True,
        ),
        Claim(
            f"adjoint: z comes back from the last state, up to lambda T = {rates[-1]:g}",
            overall(decided(not lost) for lost in wrong.any(axis=0)),
            f"gradient wrong by {WRONG:.0%} {first(rates, wrong)}; errors of z grow as "
            "exp({:.2f} ± {:.2f} lambda T)".format(*of_seeds(growth)),
            True,
        ),
        _more_error("smooth field", smooth),
        _more_error("contracting fields", losing),
        Claim(
            "backprop: more memory than the adjoint",
            below_zero(paired(peaks["adjoint"], peaks["backprop"])),
            "{:.1f} and {:.1f} MiB at the tightest tolerance".format(*(peaks[way].mean() for way in reversed(peaks))),
            True,
        ),
        Claim(
            f"gauge: warns of each gradient that is wrong by {WRONG:.0%}",
            decided(warned[wrong].all()) if wrong.any() else UNDECIDED,
            f"{warned[wrong].sum()} of {wrong.sum()}; warns {first(rates, warned)}",
            False,
        ),
        Claim(
            f"gauge: silent where the gradient is good to {GOOD:.0e}",
            decided(not warned[error <= GOOD].any()) if (error <= GOOD).any() else UNDECIDED,
            f"{(~warned[error <= GOOD]).sum()} of {(error <= GOOD).sum()}",
            False,
        ),
        Claim(
            f"8 checkpoints: good to {GOOD:.0e} up to lambda T = {rates[-1]:g}",
            decided((kept <= GOOD).all()),
            f"error {kept.max():.0e} at most",
            False,
        ),
    ]


def growth_exponents(rates, reconstruction_errors):
    """By seed, c in exp(c lambda T), the growth of the errors of z."""
    rates, errors = np.array(rates), np.array(reconstruction_errors)
    growing = rates >= GROWING
    return np.polyfit(rates[growing], np.log(errors[growing]), 1)[0].tolist()


def first(rates, happens):
    """Tell from which rate on something happens, as ``from lambda T = 16 on (14 to 18)``: median and range of seeds."""
    found = [rates[np.argmax(column)] for column in np.transpose(happens) if column.any()]
    if not found:
        return "nowhere"
    text = f"from lambda T = {np.median(found):g} on"
    return text if min(found) == max(found) else f"{text} ({min(found):g} to {max(found):g})"


def _more_error(where, found):
    """Judge whether backpropagation errs more than the adjoint, as a mean of logarithms, at the same tolerance."""
    adjoint, backprop = (np.log10(found[way]["error"]).mean(axis=0) for way in ("adjoint", "backprop"))
    less = paired(adjoint, backprop)
    numbers = f"10^({-less.value:+.2f} ± {less.error:.2f}) times the adjoint's, in the geometric mean"
    return Claim(f"backprop: more error than the adjoint, {where}", below_zero(less), numbers, True)
