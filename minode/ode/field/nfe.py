"""Count the evaluations of f, forward and backward kept apart, and keep what the checks of a gradient find."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_active: ContextVar[tuple["NFE | _Check", ...]] = ContextVar("active counters", default=())


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
        Evaluations that check the gradient: of the gauge, where z was lost, and of a second opinion, where one is due.
    gradient_error : float
        Worst relative distance of a gradient, or of a Jacobian, from a second opinion; zero if none was due. See
        `second_opinion`.
    """

    forward: int = 0
    backward: int = 0
    reconstruction_error: float = 0.0
    gauge: int = 0
    gradient_error: float = 0.0

    def add(self, counter: str) -> None:
        """Count one evaluation."""
        setattr(self, counter, getattr(self, counter) + 1)

    def keep(self, name: str, error: float) -> None:
        """Keep the worst of the errors of this name."""
        setattr(self, name, max(getattr(self, name), error))


class TooMany(Exception):
    """A check of a gradient has taken more evaluations than it may."""


class _Check:
    """Stands for all counters while a gradient is checked: what it evaluates is counted as "gauge", up to a limit."""

    def __init__(self, counters, limit):
        self.counters, self.left = counters, limit

    def add(self, counter):
        self.left -= 1
        if self.left < 0:
            raise TooMany
        for counts in self.counters:
            counts.add("gauge")

    def keep(self, name, error):
        """What a check finds on its own way is not what it was made for."""


@contextmanager
def counted_as_check(limit: int) -> Iterator[None]:
    """Count all evaluations inside a ``with`` block as "gauge"; the one after `limit` raises `TooMany`."""
    token = _active.set((_Check(_active.get(), limit),))
    try:
        yield
    finally:
        _active.reset(token)


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
            nfe.add(counter)
        return fun(*args)

    return counting


def record(name: str, error: float) -> None:
    """Keep the worst "reconstruction_error" of a backward solve, or "gradient_error" that a second opinion finds."""
    for nfe in _active.get():
        nfe.keep(name, error)
