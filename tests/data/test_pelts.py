"""The pelts of hare and lynx, by what is printed of them."""

import numpy as np

from minode.data.time_series.pelts import hare_and_lynx


def test_years_and_pelts_are_those_that_are_printed():
    year, pelts = hare_and_lynx()
    assert (year[0], year[-1], pelts.shape) == (1900, 1920, (21, 2))
    # A digit that was typed wrong would show in the sums.
    np.testing.assert_allclose(pelts.sum(axis=0), [715.7, 423.5])
    assert year[pelts.argmax(axis=0)].tolist() == [1903, 1904]
    assert pelts.max(axis=0).tolist() == [77.4, 59.4]
    assert pelts[-1].tolist() == [24.7, 8.6]


def test_each_call_gives_arrays_of_its_own():
    hare_and_lynx()[1][:] = 0
    assert hare_and_lynx()[1].min() == 4
