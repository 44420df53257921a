"""Imports point one way, between folders and between files, and heavy libraries are imported only when needed."""

from graphlib import TopologicalSorter

import pytest

from tests.project.house import FILES, folder, folders, imported_names, imports

# What each floor of the house may stand on.
FLOORS = {
    "base": (),
    "ode": ("base",),
    "gradcheck": ("base", "ode"),
    "estimation": ("base", "ode"),
    "nn": ("base", "ode"),
    "data": ("base", "ode"),
    "training": ("base", "ode", "nn", "data"),
    "experiments": ("base", "ode", "gradcheck", "estimation", "nn", "data", "training"),
    "explore": ("base", "ode", "nn", "data", "training", "experiments"),
    "cli": ("base", "ode", "gradcheck", "nn", "data", "training", "experiments", "explore"),
    "__main__.py": ("cli",),
    "__init__.py": (),
}
# Folders inside a floor, from the bottom up; the floor's own files stand on top, but for those of `data` and `explore`.
INSIDE = {
    "ode": (
        "ode/tracing",
        "ode/straight",
        "ode/field",
        "ode/steps",
        "ode/solvers",
        "ode/solution",
        "ode/gradients",
        "ode",
    ),
    "gradcheck": ("gradcheck/problems", "gradcheck"),
    "nn": ("nn/layers", "nn", "nn/time_series"),
    "data": ("data", "data/time_series", "data/photographs/synthetic", "data/photographs"),
    "training": ("training/setup", "training/saved", "training", "training/sweep"),
    "explore": ("explore", "explore/numbers"),
    "cli": ("cli/commands", "cli/commands/networks", "cli"),
}
HEAVY = {"matplotlib", "pooch", "tqdm", "PIL"}
FOREIGN = {"torch", "torchdiffeq", "jax", "diffrax"}
EXPERIMENTS = sorted({folder(file) for file in FILES if file.endswith("/compute.py")})


def floor(file):
    return file.split("/")[0]


@pytest.mark.parametrize("file", FILES)
def test_floors_stand_on_those_below_them(file):
    # The version is told by the package itself.
    assert {floor(other) for other in imports(file)} <= {floor(file), *FLOORS[floor(file)], "__init__.py"}


@pytest.mark.parametrize("name", INSIDE)
def test_inside_a_floor_folders_stand_on_those_below_them(name):
    order = INSIDE[name]
    files = [file for file in FILES if floor(file) == name]
    assert {folder(file) for file in files} == set(order)
    wrong = [
        (file, other)
        for file in files
        for other in imports(file)
        if floor(other) == name and order.index(folder(other)) > order.index(folder(file))
    ]
    assert wrong == []


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiments_stand_on_what_they_share_and_never_on_each_other(experiment):
    shared = {folder(file) for file in FILES if file.startswith("experiments/common/")}
    allowed = {experiment, folder(experiment), *shared}
    for file in FILES:
        if folder(file) == experiment:
            assert {folder(other) for other in imports(file) if floor(other) == "experiments"} <= allowed


def test_there_are_experiments_in_each_chapter():
    assert {folder(experiment) for experiment in EXPERIMENTS} == {
        "experiments/ch1_motivation",
        "experiments/ch2_resnets",
        "experiments/ch3_nodes",
        "experiments/ch4_images",
        "experiments/beyond",
    }


def test_files_import_each_other_in_no_circle():
    assert len(list(TopologicalSorter({file: imports(file) for file in FILES}).static_order())) == len(FILES)


def test_folders_import_each_other_in_no_circle():
    assert list(TopologicalSorter(folders()).static_order())


@pytest.mark.parametrize("file", FILES)
def test_no_other_framework_is_imported(file):
    assert not FOREIGN & {name.split(".")[0] for name in imported_names(file)}


def test_the_command_starts_without_pictures(run_script):
    imported = run_script("import sys, minode.cli.parser; print(*sys.modules)").split()
    assert not {"matplotlib", "pooch", "PIL"} & set(imported)


def test_the_list_of_what_can_be_reproduced_comes_without_what_computes(run_script):
    imported = run_script("import sys, minode.experiments.gallery; print(*sys.modules)").split()
    assert "minode.experiments.ch3_nodes.fig3_5_rings" in imported
    assert not {"scipy", "autograd", "matplotlib"} & set(imported)


def test_import_is_light(run_script):
    imported = run_script("import sys; from minode import odeint; print(*sys.modules)").split()
    assert "minode.ode.solvers.black_box" in imported
    assert not (HEAVY | FOREIGN) & set(imported)
