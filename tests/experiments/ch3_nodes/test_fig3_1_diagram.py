"""A diagram comes out of the model: its boxes are the model's layers, and the rule can say no."""

import json

import numpy as np
import pytest

from minode.base.trees import leaves
from minode.experiments.ch3_nodes.fig3_1_diagram import claims as diagram_claims
from minode.experiments.ch3_nodes.fig3_1_diagram import compute as diagram
from minode.experiments.common import plots
from minode.nn import models
from minode.nn.blocks import EulerBlock, ODEBlock, ResBlock
from minode.nn.layers import Dense, GroupNorm, Tanh, parallel, serial


@pytest.fixture(scope="module")
def data():
    return diagram.compute()


def innermost(box):
    return [leaf for part in box["parts"] for leaf in innermost(part)] if box["parts"] else [box]


@pytest.mark.parametrize(("model", "count"), [("node", 208_266), ("resnet", 601_482), ("mlp", 238_510)])
def test_boxes_of_any_model_add_up_to_its_parameters(model, count):
    boxes = diagram.describe_boxes(models.build(model), (28, 28, 1))
    assert boxes["parameters"] == sum(box["parameters"] for box in innermost(boxes)) == count
    assert boxes["output"] == [10]


def test_boxes_are_nested_as_the_layers_are():
    model = serial(parallel(Dense(4), serial(Dense(3), Dense(4))), ResBlock(serial(Dense(4), Tanh())), Dense(1))
    sides, block, last = diagram.describe_boxes(model, (2,))["parts"]
    assert [part["name"] for part in sides["parts"]] == ["Dense", "serial"]
    assert [part["input"] for part in sides["parts"]] == [[2], [2]]
    assert [part["name"] for part in block["parts"][0]["parts"]] == ["Dense", "Tanh"]
    assert (last["input"], last["output"], last["parameters"]) == ([4], [1], 5)


@pytest.mark.parametrize("width", [3, 8])
def test_another_model_gives_another_diagram(width):
    model = serial(ODEBlock(serial(Dense(width), Tanh(), Dense(2))), Dense(1))
    _, params = model.init(np.random.default_rng(0), (2,))
    boxes = diagram.describe_boxes(model, (2,))
    assert [box["output"] for box in innermost(boxes)] == [[width], [width], [2], [1]]
    assert boxes["parameters"] == sum(leaf.size for leaf in leaves(params))


def test_both_nodes_are_an_ode_layer_and_a_linear_one(data):
    assert data["verdict"] == "holds"
    simple, thesis = data["models"]
    assert (simple["parameters"], simple["between"]) == (101, [])
    assert (thesis["parameters"], thesis["ode_parameters"]) == (208_266, 75_392)
    assert thesis["between"] == ["GroupNorm", "ReLU", "GlobalAvgPool", "Flatten"]


def test_the_verdict_depends_on_the_numbers(data):
    model = data["models"][0]
    assert set(diagram_claims.judge_model(model).values()) == {"holds"}
    assert "does not hold" in diagram_claims.judge_model(model | {"parameters": 100}).values()
    assert "does not hold" in diagram_claims.judge_model(model | {"output": [2]}).values()
    euler = diagram.describe_boxes(serial(EulerBlock(Dense(2), 3), Dense(1)), (2,))
    assert "does not hold" in diagram_claims.judge_model(model | {"boxes": euler, "parameters": 9}).values()


def test_the_seed_is_without_effect(data):
    assert diagram.compute(seed=7) == data


def test_record_table_and_picture(data):
    json.dumps(data, allow_nan=False)
    assert "Claim, a NODE is an ODE layer followed by a linear layer: holds" in diagram.table(data)
    with plots.styled():
        figure = diagram.draw(data)
    for axes, model in zip(figure.axes, data["models"]):
        texts = [text.get_text() for text in axes.texts]
        names = [f"{box['name']}  {box['detail']}".strip() for box in innermost(model["boxes"])]
        assert [text for text in texts if text in names] == names


def test_boxes_lie_inside_the_picture(data):
    model = diagram.describe_boxes(serial(GroupNorm(), parallel(Dense(4), Dense(4))), (3, 3, 32))
    with plots.styled():
        figure = diagram.draw(data | {"models": [data["models"][0], data["models"][1] | {"boxes": model}]})
    for axes in figure.axes:
        for patch in axes.patches:
            bounds = patch.get_path().get_extents()
            assert bounds.x0 >= 0
            assert bounds.x1 <= axes.get_xlim()[1]
            assert bounds.y1 <= axes.get_ylim()[0]
