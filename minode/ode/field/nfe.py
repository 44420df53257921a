"""Count the evaluations of f, forward and backward kept apart, and keep what the gauge finds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_active: ContextVar[tuple["NFE", ...]] = ContextVar("active counters", default=())


@dataclass
class NFE:
    """Numbers of function evaluations (NFE) of f.

    Attributes
    ----------
    forward : int
        Evaluations by forward solves (NFE-F).
    backward : int
        Evaluations of f together with its vector-Jacobian products by backward solves (NFE-B), and those of f for the
        gradient in t. Under ``gradient="interpolated"`` products in z and in W count apart. Zero under
        ``gradient="backprop"``, which evaluates nothing again. A Jacobian counts as one for each row, forward too.
    reconstruction_error : float
        Worst distance between a component of a z carried backward and the stored one, relative to the component's size
        (at the end of the interval where it is larger; not less than what the tolerances tell from zero). Above 1e-2 z
        is lost, and above 1e-3 where the tolerances promise better; `ReconstructionWarning` tells if the gradient
        depends on it. Zero under ``gradient="interpolated"``, which carries no z back.
    gauge : int
        Evaluations, as for `backward`, to find out whether the gradient depends on z: zero unless z was lost.
    """

    forward: int = 0
    backward: int = 0
    reconstruction_error: float = 0.0
    gauge: int = 0


@contextmanager
def count_nfe() -> Iterator[NFE]:
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


def counted(fun: Callable[..., Any], counter: str) -> Callable[..., Any]:
    """Return `fun` so that each call adds one to `counter`: "forward", "backward" or "gauge"."""
    counters = _active.get()
    if not counters:
        return fun

    def counting(*args):
        for nfe in counters:
            setattr(nfe, counter, getattr(nfe, counter) + 1)
        return fun(*args)

    return counting


def record_reconstruction(error: float) -> None:
    """Keep the worst reconstruction error of a backward solve."""
    for nfe in _active.get():
        nfe.reconstruction_error = max(nfe.reconstruction_error, error)
