"""The cases that stand for a full product leave no two values apart."""

import math
from itertools import combinations, product

import pytest

from tests.pairs import pairs


@pytest.mark.parametrize("lengths", [(2, 3), (1, 4, 2), (6, 5, 2, 2), (20, 5, 2), (3, 3, 3, 3)], ids=str)
def test_every_two_values_meet(lengths):
    axes = [[(i, a) for a in range(n)] for i, n in enumerate(lengths)]
    cases = pairs(*axes)
    assert cases == pairs(*axes)
    assert len(set(cases)) == len(cases) <= math.prod(lengths)
    for i, j in combinations(range(len(axes)), 2):
        assert {(case[i], case[j]) for case in cases} == set(product(axes[i], axes[j]))


def test_they_are_fewer_than_a_full_product():
    # The two longest axes alone have 30; a full product 120.
    assert len(pairs(range(6), range(5), range(2), range(2))) <= 36


def test_values_need_not_be_hashable():
    assert pairs([{"a": 1}], [[2], [3]]) == [({"a": 1}, [2]), ({"a": 1}, [3])]
