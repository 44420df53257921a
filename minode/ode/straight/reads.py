"""What a function without branches reads from outside, and whether it is still what it was.

Names can be bound to other things, and arrays can be overwritten, by another function, an event or a thread, even
during a solve. So what was read is compared before each use, arrays by their bytes. That takes a microsecond.
"""

import builtins
import sys
from collections.abc import Callable
from functools import cache
from operator import attrgetter, itemgetter, methodcaller
from types import FunctionType, ModuleType
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import VJPNode, primitive_vjps
from autograd.numpy import numpy_wrapper
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.tracer import notrace_primitives

from minode.base.types import Array
from minode.ode.straight.purity import ATTRIBUTES, NotPure, formats, names_read

# A dict would compare what it has as keys.
BUILTINS = {abs, enumerate, len, list, range, reversed, sum, tuple, zip}
# Functions of shapes alone, and functions made of primitives, which autograd writes in Python.
OTHERS = "shape ndim size arange zeros ones eye zeros_like ones_like mean var std " + (
    "array stack concatenate hstack vstack column_stack append"
)
NUMBERS = {type(None), bool, int, float, str, np.float64, np.float32, np.int64, np.int32}
# Entries of an array that is compared at each use.
LARGEST = 10_000


@cache
def _differentiable(module):
    without = notrace_primitives[VJPNode]
    return {fun for fun in vars(module).values() if callable(fun) and fun in primitive_vjps and fun not in without}


PRIMITIVES = _differentiable(numpy_wrapper) | _differentiable(anp.linalg) | {ArrayBox.__getitem__}
FUNCTIONS = PRIMITIVES | BUILTINS | {anp.linalg.norm, *(getattr(anp, name) for name in OTHERS.split())}
# Types that are called as known functions are, and attributes that hold them, from modules above this one.
CALLABLE_TYPES: set[type] = set()
HOLDERS: set[tuple[type, str]] = set()
# Types of fields around a field of the user's, which their attribute holds, and that add no branches to it.
WRAPPERS: dict[type, str] = {}


def is_primitive(fun: Callable) -> bool:
    """Whether `fun` is a differentiable function of autograd's own."""
    special = sys.modules.get("autograd.scipy.special")
    return fun in PRIMITIVES or (special is not None and fun in _differentiable(special))


class Reads:
    """What a function that was accepted reads from outside.

    Parameters
    ----------
    f : callable
        The function.

    Raises
    ------
    NotPure
        If it is not accepted.
    """

    def __init__(self, f: Callable) -> None:
        self.values: dict[tuple[int, str], tuple[Callable[[Any], Any], Any, Any]] = {}
        self.arrays: list[tuple[Array, tuple]] = []
        self.functions: list[Callable] = []
        while type(f) in WRAPPERS:
            f = getattr(f, WRAPPERS[type(f)])
        if type(f) not in CALLABLE_TYPES:
            self.add_function(f)

    def unchanged(self) -> bool:
        """Whether all of it is what it was."""
        for read, place, value in self.values.values():
            if read(place) is not value:
                return False
        for array, before in self.arrays:
            if _contents(array) != before:
                return False
        return True

    def read(self, get: Callable[[str], Callable[[Any], Any]], place: Any, name: str) -> Any:
        """Read ``get(name)(place)``, and remember it."""
        read = get(name)
        value = read(place)
        self.values[id(place), name] = read, place, value
        return value

    def add(self, value: Any) -> None:
        """Accept a value that is read, or raise."""
        kind = type(value)
        if formats(value):
            raise NotPure("a text with % is read")
        if kind in NUMBERS or kind in CALLABLE_TYPES:
            return
        if kind is np.ndarray:
            self.add_array(value)
        elif kind is tuple:
            for part in value:
                self.add(part)
        elif kind is FunctionType and value not in FUNCTIONS and not is_primitive(value):
            self.add_function(value)
        elif not (callable(value) and (value in FUNCTIONS or is_primitive(value))):
            raise NotPure(f"a value of type {kind.__name__} is read")

    def add_array(self, array: Array) -> None:
        """Accept an array, or raise."""
        if array.dtype.kind not in "fiub" or array.size > LARGEST:
            raise NotPure(f"an array of {array.size} entries of {array.dtype} is read")
        self.arrays.append((array, _contents(array)))

    def add_function(self, f: Callable) -> None:
        """Accept a function with all it reads, or raise."""
        if type(f) is not FunctionType or vars(f) or f.__builtins__ is not vars(builtins):  # type: ignore[attr-defined]
            raise NotPure(f"a value of type {type(f).__name__} is not a plain function in Python")
        if f in self.functions:
            return
        self.functions.append(f)
        code = self.read(attrgetter, f, "__code__")
        self.add(self.read(attrgetter, f, "__defaults__"))
        by_keyword = self.read(attrgetter, f, "__kwdefaults__") or {}
        for name in by_keyword:
            self.add(self.read(itemgetter, by_keyword, name))
        cells = dict(zip(code.co_freevars, f.__closure__ or ()))
        for name, attributes in names_read(code):
            if name in cells:
                value = self.read(attrgetter, cells[name], "cell_contents")
            elif name in f.__globals__:
                value = self.read(itemgetter, f.__globals__, name)
            else:
                # A global of that name would hide the builtin.
                self.read(lambda name: methodcaller("get", name), f.__globals__, name)
                value = self.read(itemgetter, vars(builtins), name)
            self.add(self.follow(value, attributes))

    def follow(self, value: Any, attributes: tuple[str, ...]) -> Any:
        """Read those attributes of a value that belong to its name: ``np.linalg.norm``, but not ``A.T``."""
        for i, name in enumerate(attributes):
            if type(value) is ModuleType:
                value = self.read(itemgetter, vars(value), name)
            elif (type(value), name) in HOLDERS:
                value = self.read(attrgetter, value, name)
            elif type(value) is np.ndarray and ATTRIBUTES.issuperset(attributes[i:]):
                break
            else:
                raise NotPure(f"the attribute {name} of {type(value).__name__} is read")
        return value


def _contents(array):
    return array.shape, array.dtype, array.tobytes()
