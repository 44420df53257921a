"""The networks: parameters as published, shapes as in the tables, and what the summary says of them."""

import numpy as np
import pytest
from autograd import value_and_grad

from minode import count_nfe
from minode.base.trees import leaves, tree_map
from minode.nn import models, summary
from minode.nn.losses import cross_entropy

COUNTS = [
    ("node", 1, 10, 208_266),
    ("node", 3, 10, 209_418),
    ("node", 3, 36, 211_108),
    ("anode", 1, 10, 220_426),
    ("node-one-conv", 1, 10, 208_266 - 75_392 + 37_760),
    ("node-depthwise", 1, 10, 208_266 - 75_392 + 10_112),
    ("node-tanh", 1, 10, 208_266),
    ("rknet", 1, 10, 208_266),
    ("resnet", 1, 10, 601_482),
    ("resnet", 3, 10, 602_634),
    ("resnet", 3, 36, 604_324),
    ("no-block", 1, 10, 132_874),
    ("one-block", 1, 10, 206_858),
    ("mlp", 1, 10, 784 * 300 + 300 + 300 * 10 + 10),
]


def float32_model(name, **options):
    model = models.build(name, **options)
    shape, params = model.init(np.random.default_rng(0), (28, 28, options.get("channels", 1)))
    return model, shape, tree_map(lambda W: W.astype(np.float32), params)


@pytest.mark.parametrize(("name", "channels", "classes", "count"), COUNTS)
def test_parameters_are_as_many_as_published(name, channels, classes, count):
    _, shape, params = float32_model(name, channels=channels, classes=classes)
    assert shape == (classes,)
    assert sum(W.size for W in leaves(params)) == count
    assert f"\n{count:,} parameters" in models.describe_network(name, channels, classes)


def test_the_resnet_with_convolutional_downsampling_differs_from_the_node_by_its_blocks():
    _, _, node = float32_model("node")
    _, _, resnet = float32_model("resnet-conv")
    shapes = [[W.shape for W in leaves(part)] for part in (node[:7], resnet[:7], node[8:], resnet[13:])]
    assert shapes[0] == shapes[1]
    assert shapes[2] == shapes[3]
    assert len(resnet) - len(node) == 5


@pytest.mark.parametrize("name", models.MODELS)
def test_every_network_learns_in_float32(name):
    model, _, params = float32_model(name, tol=1e-1)
    rng = np.random.default_rng(1)
    x, y = rng.random((4, 28, 28, 1), dtype=np.float32), np.arange(4)
    loss = value_and_grad(lambda params: cross_entropy(model.apply(params, x), y))
    with count_nfe() as nfe:
        before, gradients = loss(params)
    after, _ = loss(tree_map(lambda W, g: W - np.float32(1e-2) * g, params, gradients))
    assert {W.dtype for W in leaves(gradients)} == {np.dtype(np.float32)}
    assert after < before
    assert (nfe.forward > 0) == (name in (*models.SOLVED, "rknet"))
    assert (nfe.backward > 0) == (name in models.SOLVED)


def test_zeros_are_all_that_an_augmented_node_adds():
    """Without them, and with the groups of the node, it is the node."""
    (_, _, node), (_, _, augmented) = float32_model("node"), float32_model("anode")
    shapes = [[W.shape for W in leaves(part)] for part in (node[:7], augmented[:7])]
    assert shapes[0] == shapes[1]
    wider = [tuple(n + models.ZEROS * (n in (64, 65)) for n in W.shape) for W in leaves(node[7:])]
    assert [W.shape for W in leaves(augmented[7:])] == wider


def test_the_flow_of_an_augmented_node_is_not_stiff_where_its_zeros_are():
    model, _, params = float32_model("anode", tol=1e-3)
    with count_nfe() as nfe:
        model.apply(params, np.random.default_rng(1).random((4, 28, 28, 1), dtype=np.float32))
    assert nfe.forward <= 40


def test_tolerance_and_method_reach_the_block():
    evaluations = []
    for options in (dict(tol=1e-1), dict(tol=1e-3), dict(tol=1e-3, method="vode")):
        model, _, params = float32_model("node", **options)
        with count_nfe() as nfe:
            model.apply(params, np.random.default_rng(1).random((2, 28, 28, 1), dtype=np.float32))
        evaluations.append(nfe.forward)
    assert evaluations[0] < evaluations[1] != evaluations[2]


def test_the_summary_prints_table_4_1():
    rows = [line.split() for line in models.describe_network("node", 3, 10).splitlines()]
    assert ["0", "Conv2D", "3x3/1", "28x28x3", "26x26x64", "1,792"] in rows
    assert ["3", "Conv2D", "4x4/2", "26x26x64", "13x13x64", "65,600"] in rows
    assert ["6", "Conv2D", "4x4/2", "13x13x64", "6x6x64", "65,600"] in rows
    assert ["7", "ODEBlock", "6x6x64", "6x6x64", "75,392"] in rows
    assert ["2", "ConcatConv2D", "3x3/1", "6x6x64", "6x6x64", "37,504"] in rows
    assert ["12", "Dense", "64", "10", "650"] in rows


def test_the_summary_of_the_resnet_works_on_7x7_and_says_so():
    text = models.describe_network("resnet", 3, 10)
    rows = [line.split() for line in text.splitlines()]
    assert sum(row[1:4] == ["ResBlock", "7x7x64", "7x7x64"] for row in rows) == 6
    assert ["3", "Conv2D,", "branch", "1", "1x1/2", "26x26x64", "13x13x64", "4,096"] in rows
    assert "where the table prints 2x2x64" in text


def test_networks_without_errata_print_none():
    assert models.describe_network("mlp") == summary.as_text(models.build("mlp"), (28, 28, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("vgg",), "unknown model 'vgg'; expected one of 'node'"), (("node", 0), "channels"), (("node", 1, 0), "classes")],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        models.build(*arguments)
