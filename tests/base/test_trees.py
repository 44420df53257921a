"""Trees: what is taken apart comes together again, inside autograd's boxes as outside."""

from typing import NamedTuple

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minode.base.trees import leaves, nesting, parameters, ravel, rebuild, split, tree_map, unravel

# The same examples every time, however busy the machine.
seeded = settings(derandomize=True, deadline=None)


class Pair(NamedTuple):
    left: object
    right: object


ARRAYS = hnp.arrays(
    st.sampled_from([np.float64, np.float32]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    elements=st.floats(-8, 8, width=16),
)
TREES = st.recursive(
    ARRAYS,
    lambda children: (
        st.lists(children, max_size=3)
        | st.lists(children, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3), children, max_size=3)
        | st.builds(Pair, children, children)
    ),
    max_leaves=8,
)


def assert_same(tree, other):
    assert type(tree) is type(other)
    if isinstance(tree, dict):
        assert list(tree) == list(other)
        tree, other = list(tree.values()), list(other.values())
    if isinstance(tree, np.ndarray):
        assert tree.dtype == other.dtype
        np.testing.assert_array_equal(tree, other, strict=True)
    else:
        assert len(tree) == len(other)
        for child, twin in zip(tree, other):
            assert_same(child, twin)


@seeded
@given(TREES)
def test_unravel_undoes_ravel(tree):
    W = ravel(tree)
    assert W.shape == (sum(leaf.size for leaf in leaves(tree)),)
    assert_same(unravel(tree, W), tree)


@seeded
@given(TREES)
def test_nesting_puts_the_leaves_back(tree):
    assert_same(nesting(tree)(leaves(tree)), tree)


@seeded
@given(TREES)
def test_tree_map_goes_leaf_by_leaf(tree):
    doubled = tree_map(np.add, tree, tree)
    np.testing.assert_array_equal(ravel(doubled), 2 * ravel(tree))
    assert_same(tree_map(lambda leaf, twin: leaf, tree, doubled), tree)


@pytest.mark.parametrize("size", [0, 4, 6])
def test_unravel_refuses_a_vector_of_another_length(size):
    with pytest.raises(ValueError, match=rf"W has shape \({size},\); expected \(5,\)"):
        unravel({"W": np.zeros((2, 2)), "b": 0.0}, np.zeros(size))


def test_trees_are_read_through_autograd_boxes():
    tree = {"layers": [(np.array([1.0, 2.0]), 3.0)], "rest": ({}, 4.0)}

    def loss(tree):
        assert rebuild(tree, range(3)) == {"layers": [(0, 1)], "rest": ({}, 2)}
        assert type(rebuild(tree, range(3))) is dict
        return sum(anp.sum(leaf**2) for leaf in leaves(parameters(tree, "params")))

    np.testing.assert_array_equal(ravel(grad(loss)(tree)), [2.0, 4.0, 6.0, 8.0])


def test_boxes_may_stand_in_plain_containers():
    def loss(x):
        tree = parameters(Pair([x], {"y": 2 * x}), "params")
        assert type(tree) is Pair
        return tree.left[0] + tree.right["y"]

    assert grad(loss)(1.0) == 3


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        ("a", r"params"),
        ([1.0, None], r"params\[1\]"),
        ({"W": [np.ones(2), {"b": np.array(["x"])}]}, r"params\['W'\]\[1\]\['b'\]"),
        ((1.0, (2.0, 1j)), r"params\[1\]\[1\]"),
        ([np.array([1j])], r"params\[0\]"),
        (Pair(1.0, {3: abs}), r"params\[1\]\[3\]"),
    ],
)
def test_a_bad_leaf_is_named_by_its_path(tree, path):
    with pytest.raises(TypeError, match=f"^{path} is .*; expected an array of real numbers$"):
        parameters(tree, "params")


CONSTANTS = [3, True, np.int64(2), np.bool_(False), np.arange(3), np.array([[True, False]]), np.uint8([1, 2])]


def test_constants_stay_as_they_came_and_floats_keep_their_dtypes():
    tree = {"constants": CONSTANTS, "W": [1.0, np.ones(2, np.float32), np.float32(2)]}
    checked = parameters(tree, "params")
    assert all(leaf is constant for leaf, constant in zip(checked["constants"], CONSTANTS))
    assert [leaf.dtype for leaf in checked["W"]] == [np.float64, np.float32, np.float32]


@pytest.mark.parametrize("constant", CONSTANTS, ids=repr)
def test_constants_have_no_share_in_the_flat_vector(constant):
    tree = (np.ones(2), {"constant": constant, "b": 3.0})
    np.testing.assert_array_equal(ravel(tree), [1, 1, 3])
    doubled = unravel(tree, 2 * ravel(tree))
    assert doubled[1]["constant"] is constant
    np.testing.assert_array_equal(ravel(doubled), [2, 2, 6])
    W, nested = split(tree)
    assert len(W) == 2
    assert nested(["left", "right"]) == ("left", {"constant": constant, "b": "right"})


@pytest.mark.parametrize("constant", [3, True, np.int64(2), np.arange(3), np.array([True])], ids=repr)
@pytest.mark.parametrize(
    "nest", [lambda tree: [{"n": tree}], lambda tree: {"n": [tree]}], ids=["in a dict", "in a list"]
)
def test_a_constant_in_a_tree_that_is_differentiated_is_refused_by_its_path(nest, constant):
    def loss(tree):
        return sum(anp.sum(leaf) for leaf in leaves(parameters(tree, "params")))

    with pytest.raises(
        TypeError, match=r"^params\[.*\] is .*: integers and booleans are constants.*where odeint is called"
    ):
        grad(loss)(nest(constant))


def test_an_integer_that_is_itself_differentiated_is_a_float():
    np.testing.assert_array_equal(
        grad(lambda n: anp.sum(parameters([n], "params")[0] ** 2))(np.array([1, 2])), [2.0, 4.0]
    )


def test_a_named_tuple_in_a_tree_that_is_differentiated_is_refused():
    with pytest.raises(TypeError, match=r"params\['pair'\] is of type Pair, with respect to which autograd cannot"):
        grad(lambda tree: anp.sum(leaves(parameters(tree, "params"))[0]))({"pair": Pair(1.0, 2.0)})


@pytest.mark.parametrize("other", [{"b": 1.0, "W": 2.0}, {"W": 1.0}, [1.0, 2.0], {"W": 1.0, "b": [2.0]}])
def test_trees_of_other_nestings_are_not_paired(other):
    with pytest.raises(ValueError, match="expected the same nesting"):
        tree_map(lambda a, b: a + b, {"W": 1.0, "b": 2.0}, other)
