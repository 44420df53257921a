"""Signals: those that end a training run end it cleanly, and what their handlers raise is not lost in a solver."""

import signal
import threading
from contextlib import contextmanager, suppress

# With which batch systems and closing terminals end a process; not every system has both.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Terminated(SystemExit):
    """The process was told to end by a signal; if nothing catches this it does, with exit code 128 + signal.

    Parameters
    ----------
    signum : int
        The signal.
    *message : str
        What there is to say.
    """

    def __init__(self, signum, *message):
        super().__init__(*message)
        self.signum, self.code = signum, 128 + signum


class Termination:
    """What has been received: the first signal raises `Terminated`, at once, and further ones change nothing."""

    def __init__(self):
        self.received, self.is_held = None, False

    def handle(self, signum, frame):
        """Serve a signal."""
        is_first, self.received = self.received is None, self.received or signum
        if is_first and not self.is_held:
            raise Terminated(signum)

    def hold(self):
        """Raise nothing from now on: what is done now is the end already."""
        self.is_held = True

    def check(self):
        """Raise what was received, again: an exception is lost where Python frees objects, say.

        Raises
        ------
        Terminated
        """
        if self.received is not None:
            raise Terminated(self.received)


@contextmanager
def termination():
    """Let SIGTERM and SIGHUP raise `Terminated` inside a ``with`` block, and put back their handlers after it.

    Only where they would end the process without a word: a handler of the user's stays, and so does a signal that is
    ignored, as SIGHUP is under `nohup`. Where handlers cannot be set, as outside of the main thread, nothing changes.

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


def with_message(interrupt, message):
    """Return a KeyboardInterrupt or `Terminated` that says more; any other SystemExit, the user's own, as it is."""
    if isinstance(interrupt, Terminated):
        return Terminated(interrupt.signum, message)
    return KeyboardInterrupt(message) if isinstance(interrupt, KeyboardInterrupt) else interrupt


# Their handlers may raise: Ctrl-C, a batch system that ends or warns, a terminal that closes, an alarm for a time-out.
INTERRUPTS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGALRM", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]


@contextmanager
def interrupts_deferred(guard):
    """Let handlers of signals raise only inside `guard`, where it is caught, or after the solver has returned.

    Python runs signal handlers between two bytecodes: most often, since the solver's compiled code takes the rest of
    the time, on entry to the callback and before any ``try`` of ours, where the exception would fall to the solver.
    """
    handlers, has_returned = {}, False
    if threading.current_thread() is threading.main_thread():
        handlers = {signum: handler for signum in INTERRUPTS if callable(handler := signal.getsignal(signum))}

    def defer(signum, frame):
        # A second Ctrl-C is for a solver that no longer calls the guard.
        if has_returned or guard.inside or (signum == signal.SIGINT and signum in guard.interrupts):
            handlers[signum](signum, frame)
        else:
            guard.interrupts[signum] = handlers[signum], frame

    deferred = []
    try:
        # Some Pythons, as a browser's, do not let handlers be set: there are no signals, either.
        with suppress(ValueError):
            for signum in handlers:
                signal.signal(signum, defer)
                deferred.append(signum)
        yield
    finally:
        # First, since a handler that raises amid what follows would leave others deferred for ever.
        has_returned = True
        for signum in deferred:
            signal.signal(signum, handlers[signum])
        guard.deliver_interrupts()
