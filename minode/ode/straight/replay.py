"""A field that is recorded once a solve and replayed without autograd, where that is sure to be the same.

Most of the time of a small field goes into autograd's boxes and nodes. Where `purity` finds that f performs the same
operations whenever it is called, one evaluation is recorded, with t and z traced, and written down as straight code in
plain NumPy. In all other cases f is called, as ever.

A recording lasts for one solve, forward or backward, and its parameters. Everything is in float64. What f reads from
outside is compared before each replay; if it has changed, or a replay raises, f itself is called. The first evaluations
are compared with f and its products bit by bit. That finds what Python's numbers do otherwise than NumPy's; it is not
what makes replaying right, since a comparison tells nothing of what comes later.

What a layer in f does is not read: its kernel is run at each evaluation. Those that are compared and the recording run
it once more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import numpy as np

from minode.base.trees import leaves, split
from minode.base.types import Array, Field, Params
from minode.ode.straight.purity import formats
from minode.ode.straight.reads import Reads
from minode.ode.straight.straight_code import straight
from minode.ode.tracing.fields import field
from minode.ode.tracing.products import is_real
from minode.ode.tracing.trace import recorded

Evaluate: TypeAlias = Callable[[float, Array], Any]
DOUBLE = np.dtype(np.float64)
# So many evaluations are compared with f.
COMPARED = 2

_off: ContextVar[bool] = ContextVar("no replay", default=False)


@contextmanager
def every_call_made() -> Iterator[None]:
    """Replay nothing inside a ``with`` block, in this thread: tests compare what comes out."""
    token = _off.set(True)
    try:
        yield
    finally:
        _off.reset(token)


def replayed(f: Field, params: Params, of: str, evaluate: Callable[[float, Array], Any]) -> Evaluate:
    """Return a function that does the same as `evaluate`, faster if f can be replayed.

    Parameters
    ----------
    f : callable
        ``f(t, z, params) -> dz/dt``.
    params : tree of arrays
    of : {"", "zW", "z", "W"}
        By what `evaluate` prepares products; with "" it returns dz alone, else dz and a pullback; see `linearise`.
    evaluate : callable
        ``evaluate(t, z)``, which calls f.
    """
    if _off.get():
        return evaluate
    try:
        reads = Reads(f)
        for leaf in leaves(params):
            if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biu":
                reads.add_array(leaf)
        if not all(map(_is_double, split(params)[0])) or not _is_plain(params):
            return evaluate
    except Exception:
        # Whatever is wrong with f, it is for f to say.
        return evaluate
    return Replay(f, params, of, evaluate, reads)


class Replay:
    """One field in one solve, as a function of t and z."""

    def __init__(
        self, f: Field, params: Params, of: str, evaluate: Callable[[float, Array], Any], reads: Reads
    ) -> None:
        self.f, self.params, self.of, self.evaluate, self.reads = f, params, of, evaluate, reads
        self.program: Evaluate | None = None
        self.left = COMPARED

    def __call__(self, t: float, z: Array) -> Any:
        if self.left:
            return self.compared(t, z)
        if self.program is not None and type(t) is float and z.shape == self.shape and z.dtype == DOUBLE:
            try:
                if self.reads.unchanged():
                    found = self.program(t, z)
                    if (found[0] if self.of else found).dtype == DOUBLE:
                        return found
            except Exception:
                # Python's numbers raise where NumPy's warn, or the other way round.
                return self.evaluate(t, z)
        return self.evaluate(t, z)

    def compared(self, t: float, z: Array) -> Any:
        """Evaluate f, and hold the recording against it."""
        self.left -= 1
        copy = z.copy()
        found = self.evaluate(t, z)
        try:
            with np.errstate(all="ignore"):
                if not self.reads.unchanged():
                    # f overwrote what it reads: not one call more.
                    self.give_up()
                    return found
                if self.program is None:
                    self.shape, self.program = z.shape, self.recording(float(t), copy)
                again = self.program(t, copy)
                same = self.reads.unchanged() and _same(*((found[0], again[0]) if self.of else (found, again)))
        except Exception:
            same = False
        if not same:
            self.give_up()
        if not (same and self.of):
            return found

        def pullback(a):
            products = found[1](a)
            try:
                with np.errstate(all="ignore"):
                    same = all(map(_same, products, again[1](a)))
            except Exception:
                same = False
            if not same:
                self.give_up()
            return products

        return found[0], pullback

    def recording(self, t: float, z: Array) -> Evaluate:
        """Write down what f does."""
        W, nested = split(self.params)
        # What it overwrites, if anything, is not recorded.
        out, tape = recorded(lambda t, z, *W: field(self.f, t, z, nested(W)), (t, _read_only(z), *map(_read_only, W)))
        return straight(out, tape, (t, z, *W), self.of)

    def give_up(self) -> None:
        """Call f from now on."""
        self.program, self.left = None, 0


def _is_double(leaf):
    return is_real(leaf) and leaf.dtype == DOUBLE


def _is_plain(tree):
    if type(tree) in (list, tuple):
        return all(map(_is_plain, tree))
    if type(tree) is dict:
        return not any(map(formats, tree)) and all(map(_is_plain, tree.values()))
    return not isinstance(tree, (list, tuple, dict))


def _read_only(array):
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _same(one, other):
    return np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=True)
