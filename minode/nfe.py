"""Count the evaluations of f, forward and backward kept apart, and gauge the backward solve."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

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
        Worst distance between a z carried backward and the z that was there, relative to the latter
        (2-norm over the whole state).
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


def gauge_reconstruction(error, rtol, atol):
    """Keep the worst reconstruction error in every active count."""
    for nfe in _active.get():
        nfe.reconstruction_error = max(nfe.reconstruction_error, error)
