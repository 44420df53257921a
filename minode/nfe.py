"""Count the evaluations of f, forward and backward kept apart, and gauge the backward solve."""

import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

_active = ContextVar("active counters", default=())


class ReconstructionWarning(UserWarning):
    """The backward solve lost z, so the gradient is not to be trusted."""


@dataclass
class NFE:
    """Numbers of function evaluations (NFE) of f.

    Attributes
    ----------
    forward : int
        Evaluations by forward solves (NFE-F).
    backward : int
        Evaluations of f together with its vector-Jacobian products by backward solves (NFE-B), and
        those of f for the gradient in t. Zero under ``gradient="backprop"``, which evaluates nothing again.
    reconstruction_error : float
        Worst distance between a z carried backward and the z that was there, relative to the latter (2-norm over the
        whole state: one sample lost in a large batch hardly shows).
    """

    forward: int = 0
    backward: int = 0
    reconstruction_error: float = 0.0


@contextmanager
def count_nfe():
    """Count what is evaluated inside a ``with`` block, in this thread.

    Yields
    ------
    NFE
        Live counts; blocks may nest, and each sees all that happens inside it.

    Examples
    --------
    >>> with count_nfe() as nfe:
    ...     loss, g = value_and_grad(loss_fn)(params)
    >>> nfe.forward, nfe.backward, nfe.reconstruction_error
    """
    nfe = NFE()
    token = _active.set((*_active.get(), nfe))
    try:
        yield nfe
    finally:
        _active.reset(token)


def counted(fun, direction):
    """Return `fun` so that each call adds one to `direction`, "forward" or "backward"."""
    counters = _active.get()
    if not counters:
        return fun

    def counting(*args):
        for nfe in counters:
            setattr(nfe, direction, getattr(nfe, direction) + 1)
        return fun(*args)

    return counting


# On smooth fields whose modes contract at different rates the gradient is wrong by a tenth to all of the relative error
# of the reconstructed z: below one per cent of z it is good to a few times 1e-3. Kinks of ReLU add to it: at tol 1e-3 a
# small convolutional field errs by 3 to 17 % with z off by 1 to 3 %, and hardly less by backpropagation.
LOST = 1e-2
# Tolerances bound the error of one step; ten of them over a whole solve are nothing unusual.
MARGIN = 10


def gauge_reconstruction(z_back, z, rtol, atol):
    """Compare the z that a backward solve arrived at with the z that was there, and warn if it was lost.

    Parameters
    ----------
    z_back, z : array
        Reconstructed and stored state.
    rtol, atol : float or array
        Tolerances of the backward solve.
    """
    distance, size = np.linalg.norm(z_back - z), np.linalg.norm(z)
    error = float(distance / size) if size else float(distance)
    for nfe in _active.get():
        nfe.reconstruction_error = max(nfe.reconstruction_error, error)
    promised = np.max(rtol) * size + np.max(atol) * np.sqrt(z.size)
    if distance > max(LOST * size, MARGIN * promised):
        # The text is constant so that Python shows it once a line of the user's, not once a training step.
        warnings.warn(
            "the backward solve lost the trajectory: z came back far from the state stored on the way forward "
            "(count_nfe() tells how far), so the gradient is not to be trusted. Use gradient='checkpointed', tighter "
            "rtol and atol for both solves, or gradient='backprop' with method='rk4'",
            ReconstructionWarning,
            stacklevel=_users_level(),
        )


def _users_level():
    """The stacklevel at which a warning names the line that asked for the gradient, outside minode and autograd."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ("minode", "autograd"):
        frame, level = frame.f_back, level + 1
    return level
