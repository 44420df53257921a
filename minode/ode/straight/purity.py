"""Functions without branches: they perform the same operations whenever they are called.

A recording of what a function does is right only as long as it would do the same again. To watch it run is no proof: a
branch may first be taken later, on a clock, a counter or a random number. So the code itself is read. A function is
accepted if

1. there is no branch in it: no `if`, no comparison, no `and` or `or`, no `while`, `try`, `with` or `assert`. It may
   loop over what has a length that does not change, such as layers in `params`;
2. it changes nothing but its local variables, and makes no functions;
3. it formats no text, from which a value could be read;
4. each name it reads from outside is a number, a string, a small array, a tuple of these, a differentiable function of
   autograd's, a layer of minode's, or a function that is itself accepted: see `reads`.

By induction it then computes with arguments, constants and results of known functions alone. None of these tells it a
value, only shapes: what tells values (`float`, `bool`, `np.argmax`, `np.sign`) is not among what it may call. So for
all arguments of the same nesting, shapes and types the same operations follow.

Instructions differ between releases of Python. One that is not listed here, as one of a Python to come, is refused.
"""

import dis
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

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


class NotPure(Exception):
    """A function may do something else next time, or it is not known that it will not."""


def names_read(code: CodeType) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names that `code` reads from outside, each with the attributes that are taken of it.

    Raises
    ------
    NotPure
        If there is an instruction that is not listed, or a table of exceptions.
    """
    found = _names_or_reason(code)
    if isinstance(found, str):
        raise NotPure(found)
    return found


@lru_cache(maxsize=256)
def _names_or_reason(code: CodeType) -> tuple[tuple[str, tuple[str, ...]], ...] | str:
    """Keep either, since a field is solved many times."""
    if getattr(code, "co_exceptiontable", b"") or code.co_cellvars:
        return "exceptions are caught, or functions are made"
    if any(type(constant) is tuple and "out" in constant for constant in code.co_consts):
        return "results are written to an array"
    if any(map(formats, code.co_consts)):
        return "there is a text with %"
    try:
        return tuple(_names(list(dis.get_instructions(code))))
    except NotPure as reason:
        return str(reason)


def formats(constant: Any) -> bool:
    """Whether there is a text in a constant that `%` would fill in."""
    return (
        any(map(formats, constant))
        if type(constant) is tuple
        else type(constant) in (str, bytes) and "%" in str(constant)
    )


def _names(instructions: list[dis.Instruction]) -> Iterator[tuple[str, tuple[str, ...]]]:
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


def _continues(before: list[dis.Instruction]) -> bool:
    """Whether an attribute follows a name from outside, through other attributes."""
    for instruction in reversed(before):
        if instruction.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            return instruction.opname in ("LOAD_GLOBAL", "LOAD_DEREF")
    return False
