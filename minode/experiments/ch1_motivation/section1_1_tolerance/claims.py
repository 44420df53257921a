"""What sections 1.1 and 3.3 claim of tolerances after training, as rules that numbers can break."""

import math

import numpy as np

from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import below_zero, between, paired

# So many times the tolerance of the training is loose. It was chosen before anything was measured.
LOOSE = 100
# An error that is higher by less than this is the same. Little time is less than this part of it.
SAME, PART = 0.002, 0.5


def judge_tolerances(found):
    """Hold the claims against what the NODE errs and costs at several tolerances.

    Parameters
    ----------
    found : dict
        As in what `compute` returns: "trained_at" and "solvers".

    Returns
    -------
    list of Claim
        Errors are compared image by image, costs batch by batch. Of the loosest tolerance and of one tighter than that
        of the training the thesis does not speak.
    """
    return [
        claim for name, solves in found["solvers"].items() for claim in _of_solver(name, solves, found["trained_at"])
    ]


def _of_solver(name, solves, trained_at):
    at = {solve["tolerance"]: solve for solve in solves}
    trained, loose = at[trained_at], at[nearest(at, LOOSE * trained_at)]
    return [
        _same_error(name, loose, trained, True),
        _less(name, loose, trained, "nfe", "evaluations of f"),
        _less(name, loose, trained, "cpu_seconds", "CPU time"),
        _same_error(name, at[max(at)], trained, False),
        _same_error(name, trained, at[min(at)], False),
    ]


def nearest(tolerances, wanted):
    """Find the tolerance that is nearest to one, on a logarithmic scale."""
    return min(tolerances, key=lambda tolerance: abs(math.log(tolerance / wanted)))


def more_errors(solve, other, n_images):
    """Estimate how many more images, as a part of all, are misread in one solve than in another, image by image."""
    more = paired(*(np.isin(np.arange(n_images), each["wrong_images"]) for each in (solve, other)))
    # If all images are read alike, one of the next may still not be: the spread is at least that of a single one.
    return more._replace(error=max(more.error, 1 / n_images))


def _same_error(name, solve, other, thesis):
    more = more_errors(solve, other, solve["n_images"])
    low, high = (100 * end for end in more.interval())
    return Claim(
        f"{name}, {solve['tolerance']:g}: at most {100 * SAME:g} points more error than at {other['tolerance']:g}",
        between(more.interval(), -math.inf, SAME),
        f"{100 * more.value:+.2f} points ({low:+.2f} to {high:+.2f}), paired by image",
        thesis,
    )


def _less(name, loose, trained, cost, what):
    share = np.sum(loose[cost]) / np.sum(trained[cost])
    return Claim(
        f"{name}, {loose['tolerance']:g}: less than half the {what} at {trained['tolerance']:g}",
        below_zero(paired(loose[cost], trained[cost], PART)),
        f"{share:.2f} of it, paired by batch",
        True,
    )
