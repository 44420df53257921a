"""What `import minode` offers: few names, imported when they are first used, and none that stands for two things."""

import ast
import importlib
import operator
from pathlib import Path

import pytest

import minode

ROOT = Path(minode.__file__).parent


@pytest.mark.parametrize("name", minode.__all__)
def test_a_public_name_is_what_its_module_defines(name):
    module = importlib.import_module(f"minode.{minode._DEFINED_IN[name]}")
    assert getattr(minode, name) is getattr(module, name)


def test_public_modules_need_no_import_of_their_own(run_script):
    script = "import minode; print(*(getattr(minode, name).__name__ for name in minode._MODULES))"
    assert run_script(script).split() == [f"minode.{module}" for module in minode._MODULES.values()]


def test_all_names_can_be_seen_and_imported_with_a_star(run_script):
    script = "from minode import *; import minode; print(set(minode.__all__) <= set(globals()) & set(dir(minode)))"
    assert run_script(script).strip() == "True"
    assert set(minode._MODULES) <= set(dir(minode))
    assert minode.__all__ == list(minode._DEFINED_IN)


def test_names_that_are_not_there_are_named():
    with pytest.raises(AttributeError, match="module 'minode' has no attribute 'odient'"):
        operator.attrgetter("odient")(minode)
    with pytest.raises(ImportError, match="odient"):
        exec("from minode import odient")
    assert not hasattr(minode, "__path_hooks__")


def test_type_checkers_see_the_same_names():
    block, _ = [
        node for node in ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8")).body if isinstance(node, ast.If)
    ]
    seen = {name.asname or name.name: f"{line.module}.{name.name}" for line in block.body for name in line.names}
    defined = {name: f"minode.{module}.{name}" for name, module in minode._DEFINED_IN.items()}
    assert seen == defined | {name: f"minode.{module}" for name, module in minode._MODULES.items()}


def test_importing_minode_costs_nothing(run_script):
    imported = run_script("import sys, minode; print(*sys.modules)").split()
    assert not {"numpy", "scipy", "autograd"} & set(imported)


def test_modules_and_what_they_define_have_names_of_their_own():
    twice = []
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        # The rooms of an experiment are called after the one function that each has to define, and `odeint` is
        # looked for in a file of that name; `minode.odeint` is the function.
        twice += [path.relative_to(ROOT)] * (path.stem in defined - {"compute", "draw", "odeint"})
    assert twice == []
