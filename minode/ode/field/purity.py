"""Functions whose value is decided by their arguments alone, and found to be so from their code.

A recording of what a function does is right only as long as it would do the same again. To watch it run is no proof: a
branch may first be taken tomorrow, on a clock, a counter or a random number. So the code itself is read. A function is
accepted if

1. there is no branch in it: no `if`, no comparison, no `and` or `or`, no `while`, `try`, `with` or `assert`. It may
   loop over what has a length that does not change, such as layers in `params`;
2. it changes nothing but its local variables, and makes no functions;
3. each name it reads from outside is a number, a string, a small array, a tuple of these, a differentiable function of
   autograd's, a layer of minode's, or a function that is itself accepted.

What it computes with are then arguments, constants and results of known functions, by induction. None of these tells it
a value, only shapes: what tells values (`float`, `bool`, `np.argmax`, `np.sign`) is not among what it may call. So the
same operations follow for all arguments of the same nesting, shapes and types. Names can be bound to other things and
arrays can be overwritten from outside, by another function, an event or a thread. What was read is therefore compared
before each use, arrays by their bytes. Anything that is not listed below, such as an instruction of a Python to come,
is refused.
"""

import dis
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from operator import attrgetter, itemgetter, methodcaller
from types import CodeType, FunctionType, ModuleType
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import VJPNode, primitive_vjps
from autograd.numpy import numpy_wrapper
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.tracer import notrace_primitives

INSTRUCTIONS = frozenset(
    """
    NOP RESUME CACHE PRECALL PUSH_NULL POP_TOP EXTENDED_ARG COPY SWAP ROT_TWO ROT_THREE ROT_FOUR DUP_TOP DUP_TOP_TWO
    LOAD_CONST LOAD_SMALL_INT LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW STORE_FAST
    LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST_STORE_FAST STORE_FAST_LOAD_FAST COPY_FREE_VARS
    LOAD_GLOBAL LOAD_DEREF LOAD_ATTR LOAD_METHOD KW_NAMES CALL CALL_KW CALL_FUNCTION CALL_FUNCTION_KW CALL_METHOD
    UNARY_NEGATIVE UNARY_POSITIVE BINARY_ADD BINARY_SUBTRACT BINARY_MULTIPLY BINARY_TRUE_DIVIDE BINARY_POWER BINARY_OP
    BINARY_MATRIX_MULTIPLY BINARY_MODULO BINARY_SUBSCR BINARY_SLICE BUILD_TUPLE BUILD_LIST BUILD_SLICE LIST_EXTEND
    UNPACK_SEQUENCE GET_ITER FOR_ITER END_FOR POP_ITER JUMP_BACKWARD JUMP_ABSOLUTE NOT_TAKEN RETURN_VALUE RETURN_CONST
    """.split()
)
# In place, they would change arrays.
OPERATORS = {"+", "-", "*", "/", "%", "**", "@", "[]"}
ATTRIBUTES = {"T", "shape", "ndim", "size", "dtype", "items", "keys", "values"} | {
    *("cumsum", "mean", "prod", "ravel", "reshape", "squeeze", "std", "sum", "swapaxes", "transpose", "var")
}
BUILTINS = {abs, dict, enumerate, len, list, range, reversed, sum, tuple, zip}
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


def is_primitive(fun: Callable) -> bool:
    """Whether `fun` is a differentiable function of autograd's own."""
    special = sys.modules.get("autograd.scipy.special")
    return fun in PRIMITIVES or (special is not None and fun in _differentiable(special))


class NotPure(Exception):
    """The code was not found to be free of side effects and branches."""


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
        self.values: list[tuple[Callable[[Any], Any], Any, Any]] = []
        self.arrays: list[tuple[np.ndarray, tuple]] = []
        self.functions: list[Callable] = []
        self.add_function(f)

    def unchanged(self) -> bool:
        """Whether all of it is what it was."""
        for read, place, value in self.values:
            if read(place) is not value:
                return False
        for array, before in self.arrays:
            if _contents(array) != before:
                return False
        return True

    def add(self, value: Any) -> None:
        """Accept a value that is read, or raise."""
        kind = type(value)
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

    def add_array(self, array: np.ndarray) -> None:
        """Accept an array, which is compared from now on, or raise."""
        if array.dtype.kind not in "fiub" or array.size > LARGEST:
            raise NotPure(f"an array of {array.size} entries of {array.dtype} is read")
        self.arrays.append((array, _contents(array)))

    def add_function(self, f: Callable) -> None:
        """Accept a function with all it reads, or raise."""
        if type(f) is not FunctionType:
            raise NotPure(f"{type(f).__name__} is not a function in Python")
        if f in self.functions:
            return
        self.functions.append(f)
        if vars(f):
            raise NotPure("a function has attributes")
        for name in ("__code__", "__defaults__", "__kwdefaults__"):
            self.values.append((attrgetter(name), f, getattr(f, name)))
        self.add(f.__defaults__)
        self.add(tuple((f.__kwdefaults__ or {}).values()))
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or ()))
        for name, attributes in names_read(f.__code__):
            if name in cells:
                self.add(self.follow(attrgetter("cell_contents"), cells[name], attributes))
            elif name in f.__globals__:
                self.add(self.follow(itemgetter(name), f.__globals__, attributes))
            else:
                # A global of that name would hide the builtin.
                self.values.append((methodcaller("get", name), f.__globals__, None))
                self.add(self.follow(itemgetter(name), f.__builtins__, attributes))

    def follow(self, read: Callable[[Any], Any], place: Any, attributes: tuple[str, ...]) -> Any:
        """Read a value and those of its attributes that belong to the name: ``np.linalg.norm``, not ``A.T``."""
        value = read(place)
        self.values.append((read, place, value))
        for i, name in enumerate(attributes):
            if type(value) is ModuleType:
                place, read = vars(value), itemgetter(name)
            elif (type(value), name) in HOLDERS:
                place, read = value, attrgetter(name)
            elif type(value) is np.ndarray and ATTRIBUTES.issuperset(attributes[i:]):
                break
            else:
                raise NotPure(f"the attribute {name} of {type(value).__name__} is read")
            value = read(place)
            self.values.append((read, place, value))
        return value


def _contents(array):
    return array.shape, array.dtype, array.tobytes()


@lru_cache(maxsize=256)
def names_read(code: CodeType) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names that `code` reads from outside, each with the attributes that are taken of it.

    Raises
    ------
    NotPure
        If there is an instruction that is not listed, or a table of exceptions.
    """
    if getattr(code, "co_exceptiontable", b"") or code.co_cellvars:
        raise NotPure("exceptions are caught, or functions are made")
    if any(type(constant) is tuple and "out" in constant for constant in code.co_consts):
        raise NotPure("results are written to an array")
    return tuple(_names(list(dis.get_instructions(code))))


def _names(instructions) -> Iterator[tuple[str, tuple[str, ...]]]:
    for i, instruction in enumerate(instructions):
        name = instruction.opname
        if name not in INSTRUCTIONS or (name == "BINARY_OP" and instruction.argrepr not in OPERATORS):
            raise NotPure(f"there is an instruction {name} {instruction.argrepr}")
        if name in ("LOAD_GLOBAL", "LOAD_DEREF"):
            attributes = []
            for following in instructions[i + 1 :]:
                if following.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
                    break
                attributes.append(following.argval)
            yield instruction.argval, tuple(attributes)
        elif name in ("LOAD_ATTR", "LOAD_METHOD") and not _continues(instructions[:i]):
            if instruction.argval not in ATTRIBUTES:
                raise NotPure(f"the attribute {instruction.argval} is read")


def _continues(before):
    """Whether an attribute follows a name from outside, through other attributes."""
    for instruction in reversed(before):
        if instruction.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            return instruction.opname in ("LOAD_GLOBAL", "LOAD_DEREF")
    return False
