"""A second opinion: is a gradient right, or do its digits depend on the tolerance?

Tolerances bound the error of one step. On its way to the gradient it may grow: along an orbit, through the jump of a
relaxation oscillation, from a seed as small as atol. No single solve shows how far. A second one at a tenth of the
tolerances does: nine tenths of the error are in the difference. It costs more than the first, so it is asked for where
there are doubts: z came back off by more than tolerances, errors that the tolerances allow grow on their way to the
observations, a component of z0 is as small as atol, or the solve was long.

What is right depends on what was asked for. A gradient is held to half the digits of rtol: to 1e-3 at 1e-6, to 1e-4 at
1e-8 and finer. Who asks for few digits wants speed, and gets no second opinion.
"""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from minode.base.types import Array
from minode.ode.field.nfe import counted_as_check, record
from minode.ode.gradients.remedies import users_level
from minode.ode.solvers.options import SolveOptions


class AccuracyWarning(UserWarning):
    """A gradient or Jacobian has fewer right digits than the tolerances let expect."""


# At a coarser rtol, or one so fine that a tenth of it is rounding, no second opinion is asked for.
COARSEST, FINEST = 1e-5, 1e-13
# A gradient is right up to this part of sqrt(rtol). The second solve errs, too, in the same direction: of errors of
# 1.0e-3 the difference shows 0.57 to 1.2e-3.
RIGHT = 0.5
# Four digits are enough for any step of an optimiser.
ENOUGH = 1e-4
# Doubts begin where errors are magnified by this factor, or at so many evaluations forward, of which there may be more
# where z comes back to be looked at. Of 2000 gradients none wrong by a thousandth stayed below both.
MARGIN, LONG, LONG_RETURN = 10.0, 200, 500
# Errors on the way are looked at in each such evaluation: no step has many fewer.
EACH = 4
# The second solve may take so many times the evaluations of the first.
LONGER = 10
# A gradient that is smaller than this part of what arrives, times the smallest z over W for that in W, is rounding.
NOISE = 1e4 * np.finfo(float).eps
TIGHTER = 0.1


class Doubts:
    """What speaks for a second opinion, at no cost.

    Parameters
    ----------
    options : SolveOptions
        Those of the forward solve, with tolerances in the shape of one state.
    evaluations : int
        Of the forward solve.
    possible : bool
        Whether there may be a second opinion.
    silent : bool
        Whether this is itself the second opinion, of which nothing is to be said.
    z0 : array, optional
        A component that atol hides is a doubt, too.
    returns : bool
        Whether z is solved back, so that it can be looked at.

    Attributes
    ----------
    open, lost : bool
        Whether a second opinion is due, and whether it is since z was lost on the way back.
    """

    def __init__(
        self,
        options: SolveOptions,
        evaluations: int = 0,
        possible: bool = False,
        silent: bool = False,
        z0: Array | None = None,
        returns: bool = False,
    ) -> None:
        self.options, self.possible, self.silent = options, possible, silent
        self.most = LONG_RETURN if returns else LONG
        self.open = possible and z0 is not None and bool(smallest(z0) <= np.min(options.atol))
        self.lost, self.reference, self.passed = False, 0.0, 0
        self.took(evaluations)

    def magnified(self, factor: float) -> None:
        """Note that errors were magnified by this factor; NaN is a doubt, too."""
        self.open = self.possible and (self.open or not factor <= MARGIN)

    def took(self, evaluations: int) -> None:
        """Note how many evaluations forward there were."""
        self.open = self.possible and (self.open or evaluations > self.most)

    def observe(self, z: Array, g: Array) -> None:
        """Note what arrives: an error that the tolerances allow at the observations counts so much in the loss."""
        if self.possible:
            self.reference = float((np.abs(g) * self._tolerated(z)).sum())

    def looks(self) -> bool:
        """Whether this evaluation is one that is looked at on the way."""
        self.passed += 1
        return self.possible and not self.open and self.passed % EACH == 0

    def on_the_way(self, z: Array, a: Array) -> None:
        """Note how much an error that the tolerances allow counts if it is made where z is."""
        with np.errstate(all="ignore"):
            self.open = not float((np.abs(a) * self._tolerated(z)).sum()) <= MARGIN * self.reference

    def _tolerated(self, z):
        return self.options.rtol * np.abs(z) + self.options.atol


def is_possible(forward: SolveOptions, backward: SolveOptions) -> bool:
    """Whether it is wanted, and a tenth of the tolerances would tell something: a black box need not heed them."""
    adaptive = forward.n_steps is None and not callable(forward.method)
    return forward.check and adaptive and FINEST <= finest(forward, backward) <= COARSEST


def finest(*options: SolveOptions) -> float:
    """The smallest relative tolerance of the solve for which it is largest."""
    return float(max(np.min(one.rtol) for one in options))


def noise(z: Array, g: Array, W: Array) -> tuple[float, float]:
    """The sizes of gradients in z0 and in W below which they are zero but for rounding."""
    arrived, size = NOISE * float(np.linalg.norm(g)), np.abs(W).max(initial=0.0)
    return arrived, arrived * min(smallest(z[0]), float(np.abs(z).max())) / (size or 1.0)


def smallest(z0: Array) -> float:
    """The size of the smallest component but zero; infinite if there is none."""
    return float(np.abs(z0[z0 != 0]).min(initial=np.inf))


def tightened(options: SolveOptions, hidden: Array | None = None) -> SolveOptions:
    """The options of the second solve, with an absolute tolerance that hides no component of `hidden`."""
    atol = TIGHTER * options.atol
    if hidden is not None:
        atol = np.maximum(np.minimum(atol, options.rtol * smallest(hidden)), np.finfo(float).tiny)
    return replace(options, rtol=TIGHTER * options.rtol, atol=atol, max_steps=2 * options.max_steps)


def disagreement(
    found: Sequence[Array],
    least: Sequence[float],
    again: Callable[[Array | None], Sequence[Array]],
    z0: Array,
    rtol: float,
    most: int,
) -> float:
    """Compare `found` with what comes out at tighter tolerances.

    Parameters
    ----------
    found : sequence of array
    least : sequence of float
        Smaller ones, in the 2-norm, count as so large.
    again : callable
        ``again(hidden) -> sequence of array``, the same ones, by options that are `tightened` so.
    z0 : array
        A component that is a mere rounding may ask for what no solver can do. Then its smallness is disregarded.
    rtol : float
        Relative tolerance of the first solve.
    most : int
        Evaluations of the first solve. The second one is given up after many more.

    Returns
    -------
    float
        The largest relative change, beside that of what is right: above 1 it is wrong. Infinite without an answer.
    """
    better = None
    for hidden in (z0, None):
        # A solve that fails at tighter tolerances, for whatever reason, confirms nothing.
        with suppress(Exception), counted_as_check(LONGER * most + 1000):
            better = again(hidden)
            break
    if better is None:
        return np.inf
    error = max(map(_distance, found, better, least), default=0.0)
    record("gradient_error", error)
    return error / (RIGHT * max(rtol**0.5, ENOUGH))


def _distance(found, better, least):
    with np.errstate(all="ignore"):
        change = float(np.linalg.norm(found - better))
        return change / max(float(np.linalg.norm(better)), least) if change else 0.0


def warn_of_inaccuracy(text: str) -> None:
    """Warn at the line of the user's."""
    warnings.warn(text, AccuracyWarning, stacklevel=users_level())
