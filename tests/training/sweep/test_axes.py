"""A grid of runs as a user writes it, and what is wrong with it at the door."""

import pytest

from minode.training.sweep.axes import grid, names

AXES = {"model": "node", "recipe": "fast"}


def test_a_grid_has_every_model_with_every_value_and_every_seed():
    runs = grid("mnist", {"model": "node,resnet", "recipe": "fast", "epochs": "2, 3"}, "0-2,7")
    assert len(runs) == 2 * 2 * 4
    assert {(run["model"], run["epochs"], run["seed"]) for run in runs} == {
        (model, epochs, seed) for model in ("node", "resnet") for epochs in (2, 3) for seed in (0, 1, 2, 7)
    }
    assert {(run["data"], run["recipe"]) for run in runs} == {("mnist", "fast")}


def test_names_tell_runs_apart_and_say_no_more():
    runs = grid("mnist", {**AXES, "epochs": "2", "batch_size": "8", "tol": "0.01,0.001"}, "3")
    assert names(runs) == ["mnist-node-fast-tol-0.01-seed-3", "mnist-node-fast-tol-0.001-seed-3"]
    assert names(runs[:1]) == ["mnist-node-fast-seed-3"]
    runs = grid("amr", {"model": "node,mlp", "recipe": "fast,thesis", "subset": "40,50"}, "0-4")
    assert len(set(names(runs))) == len(runs)


def test_tolerance_and_method_go_to_the_models_that_solve_by_them():
    runs = grid("mnist", {"model": "node,resnet", "recipe": "fast", "tol": "0.1,0.2", "method": "rk4"}, "0")
    assert [(run["model"], run.get("tol"), run.get("method")) for run in runs] == [
        ("node", 0.1, "rk4"),
        ("node", 0.2, "rk4"),
        ("resnet", None, None),
    ]
    assert len(set(names(runs))) == 3


@pytest.mark.parametrize(
    ("axes", "seeds", "message"),
    [
        ({}, "9-0", r"seeds is '9-0', of which 9-0 runs backwards; expected 0-9"),
        ({}, "", "seeds is '', so that the grid has no runs"),
        ({}, "1,x", "seeds is '1,x'; expected seeds and ranges"),
        ({}, "-3", "seeds is '-3'; expected seeds and ranges"),
        ({}, "0-4,2", "seeds is '0-4,2', with 2 twice"),
        ({}, "0-99999999999", "expected at most 100,000 seeds"),
        ({"model": ","}, "0", "model is ',', so that the grid has no runs"),
        ({"model": "node,nod"}, "0", "unknown model 'nod'; expected one of 'node', 'resnet'"),
        ({"model": "node,node"}, "0", "with node twice"),
        ({"recipe": "slow"}, "0", "unknown recipe 'slow'"),
        ({"method": "rk5"}, "0", "unknown method 'rk5'"),
        ({"epochs": "2.5"}, "0", "epochs is '2.5'; expected integers"),
        ({"tol": "1e-3,small"}, "0", "tol is '1e-3,small'; expected numbers"),
        ({"model": "resnet,mlp", "tol": "0.1"}, "0", "but the model resnet has no ODE block"),
        ({"epochs": "1,2"}, "0-60000", "the grid has 120,002 runs; expected at most 100,000"),
    ],
)
def test_what_is_no_grid_is_refused(axes, seeds, message):
    with pytest.raises(ValueError, match=message):
        grid("mnist", {**AXES, **axes}, seeds)


def test_an_unknown_data_set_is_refused():
    with pytest.raises(ValueError, match="unknown data set 'cifar'"):
        grid("cifar", AXES, "0")
