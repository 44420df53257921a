"""The modules read from the top down: each imports only from those above it, and heavy libraries only when needed."""

import ast
from pathlib import Path

import pytest

import minode

ROOT = Path(minode.__file__).parent
# Folders stand for all that is in them.
ORDER = (
    "checks cores blas threads malloc signals progress trees fields trace nfe fixed_step tableau dormand_prince guard "
    "compiled methods solvers gauge segments adjoint backprop primitive closed_forms gradcheck "
    "layers blocks models losses optim files data config batches recipes environment checkpoint runs evaluation "
    "prediction photographs trainer exchange training plots experiments commands cli __main__ __init__"
).split()
HEAVY = {"matplotlib", "pooch", "tqdm", "PIL"}
FOREIGN = {"torch", "torchdiffeq", "jax", "diffrax"}
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def imports(module):
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def place(name):
    """Where a module stands in the order; what `minode` itself exports stands where it is defined."""
    module = name.removeprefix("minode.").split(".")[0]
    return ORDER.index(minode._DEFINED_IN.get(module, module)) if module != "__version__" else 0


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_upward(module):
    own = module.removesuffix(".py").replace("/", ".")
    assert own.split(".")[0] in {"__init__", *ORDER}
    assert not {name for name in imports(module) if name.startswith("minode.") and place(name) > place(own)}


@pytest.mark.parametrize("module", MODULES)
def test_no_other_framework_is_imported(module):
    assert not FOREIGN & {name.split(".")[0] for name in imports(module)}


def test_the_command_starts_without_pictures(run_script):
    imported = run_script("import sys, minode.cli; print(*sys.modules)").split()
    assert not {"matplotlib", "pooch", "PIL"} & set(imported)


def test_import_is_light(run_script):
    imported = run_script("import sys; from minode import odeint; print(*sys.modules)").split()
    assert "minode.solvers" in imported
    assert not (HEAVY | FOREIGN) & set(imported)
