"""Public functions have type hints, in the folders where mypy is told so; mypy itself runs in `.ci/run`."""

import ast

import pytest

from tests.project.house import FILES, ROOT

HINTED = ("base", "cli", "data", "explore", "gradcheck", "nn", "ode", "training")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def public_functions(body, inside=""):
    """Functions of a module and methods of its classes whose names have no leading underscore, and `__init__`."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{node.name}.")
        elif isinstance(node, FUNCTIONS) and (node.name.startswith("__") or not node.name.startswith("_")):
            yield f"{inside}{node.name}", node


def without_hint(name, function):
    """What of a function has no hint: names of arguments, or "return"."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    hints = {each.arg: each.annotation for each in every if each is not None} | {"return": function.returns}
    return [part for part, hint in hints.items() if hint is None and not ("." in name and part == "self")]


def missing(source):
    return {
        name: parts for name, node in public_functions(ast.parse(source).body) if (parts := without_hint(name, node))
    }


@pytest.mark.parametrize("file", [file for file in FILES if file.split("/")[0] in HINTED])
def test_public_functions_have_type_hints(file):
    assert missing((ROOT / file).read_text(encoding="utf-8")) == {}


def test_a_missing_hint_is_found():
    methods = "class A:\n    def h(self, a: int) -> int: ...\n    def i(self): ..."
    source = f"def f(a: int, *b, c=1): ...\ndef _g(a): ...\n{methods}"
    assert missing(source) == {"f": ["c", "b", "return"], "A.i": ["return"]}
