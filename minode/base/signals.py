"""Signals: they end a training run cleanly, and exceptions from their handlers do not get lost in a solver."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

# Batch systems and closing terminals end a process with these; not every operating system has both.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Terminated(SystemExit):
    """A signal told the process to end. If nothing catches this, the process ends with exit code 128 + signal.

    Parameters
    ----------
    signum : int
        The signal.
    *message : str
        Text for the user, if there is any.
    """

    def __init__(self, signum: int, *message: str) -> None:
        super().__init__(*message)
        self.signum, self.code = signum, 128 + signum


class Termination:
    """Remembers the signal that arrived: the first one raises `Terminated` at once, later ones change nothing."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.is_held = False

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Handle a signal, as `signal.signal` expects."""
        is_first, self.received = self.received is None, self.received or signum
        if is_first and not self.is_held:
            raise Terminated(signum)

    def hold(self) -> None:
        """Raise nothing from now on, because the run is already ending."""
        self.is_held = True

    def check(self) -> None:
        """Raise again for a signal that was received, since Python drops exceptions raised while it frees objects.

        Raises
        ------
        Terminated
        """
        if self.received is not None:
            raise Terminated(self.received)


@contextmanager
def termination() -> Iterator[Termination]:
    """Let SIGTERM and SIGHUP raise `Terminated` inside a ``with`` block, and restore their handlers after it.

    This concerns only signals that would end the process without a word. A handler that the user set stays, and an
    ignored signal stays ignored, such as SIGHUP under `nohup`. Outside the main thread handlers cannot be set, so
    nothing changes there.

    Yields
    ------
    Termination
    """
    served, former = Termination(), {}
    try:
        for signum in SIGNALS:
            if signal.getsignal(signum) == signal.SIG_DFL:
                with suppress(ValueError):
                    former[signum] = signal.signal(signum, served.handle)
        yield served
    finally:
        for signum, handler in former.items():
            signal.signal(signum, handler)


def with_message(interrupt: BaseException, message: str) -> BaseException:
    """Return the same interrupt with a message; a SystemExit that the user raised is returned unchanged."""
    if isinstance(interrupt, Terminated):
        return Terminated(interrupt.signum, message)
    return KeyboardInterrupt(message) if isinstance(interrupt, KeyboardInterrupt) else interrupt


# Signals whose handlers may raise: Ctrl-C, a batch system that warns or ends, a closing terminal, a time-out.
INTERRUPTS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGALRM", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]


@contextmanager
def interrupts_deferred(guard: Any) -> Iterator[None]:
    """Let signal handlers raise only inside `guard`, which catches the exception, or after the solver has returned.

    Python runs signal handlers between two bytecodes. While a compiled solver works there are none, so a handler mostly
    runs when the solver calls back: on entry to the callback, before any ``try`` of ours. An exception raised there
    would reach the solver, which loses it.
    """
    handlers, has_returned = {}, False
    if threading.current_thread() is threading.main_thread():
        handlers = {signum: handler for signum in INTERRUPTS if callable(handler := signal.getsignal(signum))}

    def defer(signum, frame):
        # A second Ctrl-C raises at once, in case the solver no longer calls the guard.
        if has_returned or guard.inside or (signum == signal.SIGINT and signum in guard.interrupts):
            handlers[signum](signum, frame)
        else:
            guard.interrupts[signum] = handlers[signum], frame

    deferred = []
    try:
        # Python in a browser cannot set handlers, but it has no signals either.
        with suppress(ValueError):
            for signum in handlers:
                signal.signal(signum, defer)
                deferred.append(signum)
        yield
    finally:
        # This comes first: if a handler raised during what follows, the others would stay deferred for ever.
        has_returned = True
        for signum in deferred:
            signal.signal(signum, handlers[signum])
        guard.deliver_interrupts()
