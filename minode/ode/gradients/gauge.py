"""Gauge the backward solve: did z come back to where it had been and, if not, does the gradient feel it?

Where the flow contracts by exp(-x) forward, errors of z grow by exp(x) on the way back. No solver reports it, since
each of its steps is as accurate as asked for. The stored states show it, component by component. What a lost z means
for the gradient depends on the field: that of a linear one is right whatever z is. So where z is lost a second opinion
is asked for. Where none is possible, with equal steps or coarse tolerances, the interval is solved once more, from an
end that differs by what the tolerances allow. A right gradient hardly changes
then. The gradient's error is estimated by its change when z moves as far as it was missed by. So if the second solve
moves z much farther than that, a third one begins nearer to the first.

The constants are calibrated by ``python -m tests.benchmarks.gauge``.
"""

import warnings
from collections.abc import Callable

import numpy as np

from minode.base.types import Array
from minode.ode.field.nfe import record
from minode.ode.gradients.remedies import users_level
from minode.ode.gradients.second_opinion import AccuracyWarning, Doubts
from minode.ode.solvers.options import SolveOptions


class ReconstructionWarning(AccuracyWarning):
    """The backward solve lost z and the gradient depends on it, or it is absurdly large: it is not to be trusted."""


_LOST = (
    "the backward solve lost the trajectory: z came back far from the state stored on the way forward (count_nfe() "
    "tells how far), and the gradient depends on it, so it is not to be trusted. Use gradient='interpolated' with an "
    "adaptive method, {}, tighter rtol and atol for both solves (with fixed steps, more n_steps), or "
    "gradient='backprop' with method='rk4' or 'dopri5-np'"
)
# The texts are constant, so that Python shows each once for a line of the user's, and not at every training step.
LOST_ON_THE_WAY = _LOST.format("gradient='checkpointed'")
LOST_BETWEEN_CHECKPOINTS = _LOST.format("more checkpoints")
ABSURD = (
    "the gradient is absurdly large beside what arrived at the states: a change of z0 or params in the last digit "
    "would change the loss by more than all of it. Either the flow is unstable, and its states are as uncertain, or "
    "the backward solve went astray: compare with gradient='checkpointed', or end t earlier"
)

# z is lost if it comes back off by this part of its size. On smooth fields whose modes contract at different rates the
# gradient is then wrong by a tenth to all of that. Near a limit cycle it is wrong by five times as much: of the
# Brusselator by 2.2 % where z comes back to 0.4 %.
LOST = 1e-3
# z may also be off by so many tolerances, times n**0.25. Tolerances bound the error of one step, and ten of them over a
# whole solve are usual. Most solvers bound a root mean square over n components, and the worst component exceeds it:
# with kinks of ReLU, at tolerance 1e-3, the worst of 75,000 is off by 20 to 33 tolerances in an ordinary training step,
# where n**0.25 is 17.
MARGIN = 10
# The reconstruction error takes a component for so large that what the tolerances allow is at most this part of it.
TOLD = 1e-2
# How much the gradient may change when the end of the interval does. As long as errors are proportional, the change is
# about the gradient's error. Where z is far off it can be less, but gradients wrong by 1 % changed by at least 5e-3.
FELT = 3e-3
# If the second solve moves z by more than FAR times what it was missed by, a nearer end is tried. SOLVES bounds both.
FAR, SOLVES = 3, 2


class Gauge:
    """Watch one backward solve, interval by interval.

    Parameters
    ----------
    z, g : array, shape (k, ...)
        Stored states at the observations, and the gradients that arrived there.
    W : array
        The parameters, flat.
    options : SolveOptions
        Those of the backward solve, with tolerances in the shape of one state.
    doubts : Doubts, optional
        Gets to know how far z came back off. Where a second opinion is possible it replaces the solve from another end.
    of_z0, of_W : bool
        Whether dP/dz(t_0) is asked for, and whether dP/dW is.
    """

    def __init__(
        self,
        z: Array,
        g: Array,
        W: Array,
        options: SolveOptions,
        doubts: Doubts | None = None,
        of_z0: bool = True,
        of_W: bool = True,
    ) -> None:
        self.z, self.g, self.W, self.of_z0, self.of_W = z, g, W, of_z0, of_W
        self.doubts = doubts or Doubts(options)
        self.rtol, self.atol = options.rtol, options.atol
        self.untrusted = False

    def look(self, i: int, solved: tuple[Array, ...], solve_again: Callable[[Array], tuple[Array, ...]]) -> None:
        """Compare what came back at t_i with what was there.

        Parameters
        ----------
        i : int
        solved : tuple of array
            z, a and a_W as the backward solve brought them from t_(i+1) to t_i.
        solve_again : callable
            ``solve_again(z_end)`` repeats that solve from another state at t_(i+1).
        """
        size, tolerated = self._tolerated(i)
        allowed = MARGIN * tolerated
        # A component counts for as large as at its larger end, and for no smaller than the tolerances tell from zero.
        scale, distance = np.maximum(size, allowed / TOLD), np.abs(solved[0] - self.z[i])
        missed = distance / scale
        record("reconstruction_error", float(missed.max(initial=0.0)))
        if self.doubts.possible:
            self.doubts.magnified(float((distance / tolerated).max(initial=0.0)))
        # Written so that NaN counts as lost, too.
        if not (self.untrusted or self.doubts.silent or (distance <= np.maximum(LOST * size, allowed)).all()):
            self.doubts.lost = True
            # An absurdly large gradient needs no second solve, which would take as long as the first.
            self.untrusted = self._is_absurd(i, *solved[1:]) or (
                not self.doubts.possible and self._is_felt(i, solved, solve_again, missed, scale)
            )

    def came_back(self, i: int, z: Array) -> bool:
        """Whether `z` is at t_i where it was, as closely as the tolerances allow."""
        return bool((np.abs(z - self.z[i]) <= MARGIN * self._tolerated(i)[1]).all())

    def _tolerated(self, i):
        """The size of z about t_i, and the error there that the tolerances allow."""
        size = np.maximum(np.abs(self.z[i]), np.abs(self.z[i + 1]))
        return size, size.size**0.25 * (self.rtol * size + self.atol)

    def report(self, a: Array, a_W: Array, checkpointed: bool) -> None:
        """Warn if the gradients at t_0 are not to be trusted; a second opinion is then not due any more."""
        if self.untrusted:
            warn_of_loss(checkpointed)
        elif not self.doubts.silent and self._is_absurd(0, a, a_W):
            warnings.warn(ABSURD, ReconstructionWarning, stacklevel=users_level())
        else:
            return
        self.doubts.possible = self.doubts.open = False

    def _is_felt(self, i, solved, solve_again, missed, scale):
        """Whether the gradient changes by too much if z comes back as far from the first solve as that was from z."""
        share = 1.0
        for _ in range(SOLVES):
            try:
                with np.errstate(all="ignore"):
                    again = solve_again(_nudged(self.z[i + 1], share * self.rtol, share * self.atol))
            except Exception:
                # f may fail in any way at a state far off. An end as good as the first then gives no gradient at all.
                return True
            moved = np.abs(again[0] - solved[0]) / scale
            if not moved.max() > FAR * missed.max():
                break
            # Each component has its own share: one whose end is near zero, where tolerances are coarse, would otherwise
            # shorten all others.
            share = share * np.divide(missed, moved, out=np.ones_like(moved), where=moved > missed)
        if not moved.any():
            # If z comes back the same, the change of the gradient tells nothing.
            return True
        change = max(map(_change, self._gradients(i, *solved[1:]), self._gradients(i, *again[1:])))
        # The forward solve may have erred by more than the tolerances, which hold for one step.
        return not change * max(1.0, missed.max() / moved.max()) <= FELT

    def _gradients(self, i, a, a_W):
        """The gradients that are handed on from t_i, or returned."""
        of_z, of_W = i > 0 or self.of_z0, self.of_W
        return [a + self.g[i]] * of_z + [a_W] * of_W

    def _is_absurd(self, i, a, a_W):
        """Whether changes of z(t_i) or W in their last digit would change the loss by more than all of it.

        The loss is taken for linear in what it sees, g . z. A flow that expands z and its errors alike is not absurd.
        """
        z, g = self.z[i:], self.g[i:]
        arrived = np.abs(g).sum() * max(np.abs(z).max(initial=0.0), np.abs(self.W).max(initial=0.0))
        with np.errstate(over="ignore"):
            felt = max(np.abs(a * z[0]).max(initial=0.0), self.of_W and np.abs(a_W * self.W).max(initial=0.0))
        return bool(felt * np.finfo(z.dtype).eps > arrived)


def _nudged(z, rtol, atol):
    """Change each component by as much as the tolerances allow, in a direction that no field singles out."""
    # A change below rounding would be none.
    sizes = np.maximum(rtol, 10 * np.finfo(z.dtype).eps) * np.abs(z) + atol
    return (z + sizes * np.random.default_rng(0).standard_normal(z.shape)).astype(z.dtype)


def _change(found, again):
    """Distance in the 2-norm, relative to what was found."""
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.linalg.norm(again - found)
        return float(change / np.linalg.norm(found)) if change else 0.0


def warn_of_loss(checkpointed: bool) -> None:
    """Warn that z was lost; the remedies depend on whether there are checkpoints."""
    text = LOST_BETWEEN_CHECKPOINTS if checkpointed else LOST_ON_THE_WAY
    warnings.warn(text, ReconstructionWarning, stacklevel=users_level())
