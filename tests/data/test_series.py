"""Series at irregular times: padding, masks, order, and what is refused."""

import warnings

import numpy as np
import pytest

from minode.data.time_series.series import make_series

TIMES = [[0.0, 0.5, 2.0], [1.0]]
VALUES = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0]]]


def test_series_of_unequal_length_are_padded():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        series = make_series(TIMES, VALUES)
    np.testing.assert_array_equal(series.times, [[0.0, 0.5, 2.0], [1.0, 1.0, 1.0]])
    np.testing.assert_array_equal(series.mask, [[True, True, True], [True, False, False]])
    np.testing.assert_array_equal(series.values[0], VALUES[0])
    np.testing.assert_array_equal(series.values[1], [[7.0, 8.0], [0.0, 0.0], [0.0, 0.0]])


def test_times_in_common_need_be_given_once():
    series = make_series(np.arange(3.0), np.ones((2, 3, 1)))
    np.testing.assert_array_equal(series.times, [[0.0, 1.0, 2.0]] * 2)
    assert series.mask.all()


def test_missing_observations_are_left_out_where_the_mask_says_so():
    values = np.array([[[1.0], [np.nan], [3.0]], [[4.0], [5.0], [6.0]]])
    series = make_series(np.arange(3.0), values, ~np.isnan(values[..., 0]))
    np.testing.assert_array_equal(series.times, [[0.0, 2.0, 2.0], [0.0, 1.0, 2.0]])
    np.testing.assert_array_equal(series.mask, [[True, True, False], [True, True, True]])
    assert np.isfinite(series.values).all()


def test_observations_out_of_order_are_sorted_with_a_message():
    with pytest.warns(UserWarning, match="observations of series 0 were sorted"):
        series = make_series([[2.0, 0.0, 0.5], [1.0]], [[[5.0, 6.0], [1.0, 2.0], [3.0, 4.0]], VALUES[1]])
    for found, expected in zip(series, make_series(TIMES, VALUES)):
        np.testing.assert_array_equal(found, expected)


def test_a_repeated_observation_is_left_out_with_a_message_and_a_contradiction_is_refused():
    with pytest.warns(UserWarning, match="series 0 were left out, since they were there twice"):
        series = make_series([[0.0, 1.0, 1.0]], [[[1.0], [2.0], [2.0]]])
    np.testing.assert_array_equal(series.times, [[0.0, 1.0]])
    with pytest.raises(ValueError, match=r"series 0 has two observations at the time 1.0, \[2.0\] and \[3.0\]"):
        make_series([[0.0, 1.0, 1.0]], [[[1.0], [2.0], [3.0]]])


def test_messages_do_not_list_thousands():
    with pytest.warns(UserWarning, match="series 0, 1, 2, 3, 4 and 15 more were sorted"):
        make_series([1.0, 0.0], np.ones((20, 2, 1)))


@pytest.mark.parametrize(
    ("times", "values", "mask", "error", "message"),
    [
        (TIMES, [VALUES[0], [[7.0, np.nan]]], None, ValueError, r"values\[1\] is nan at index \[0, 1\] among its"),
        ([[0.0, np.nan, 1.0], [1.0]], VALUES, None, ValueError, r"times\[0\], where it is not masked, is nan at index"),
        (TIMES, VALUES, [[True] * 3, [False]], ValueError, "series 1 has no observation"),
        ([[], [1.0]], [np.zeros((0, 2)), VALUES[1]], None, ValueError, "series 0 has no observation|is empty"),
        (TIMES, VALUES[:1], None, ValueError, "times has 2 series, values 1; expected as many"),
        ([[0.0, 1.0], [1.0]], VALUES, None, ValueError, r"times\[0\] has shape \(2,\), values\[0\] \(3, 2\)"),
        (TIMES, [VALUES[0], [[7.0]]], None, ValueError, r"values have \[1, 2\] features"),
        (TIMES, VALUES, [[1, 1, 0], [True]], ValueError, r"mask\[0\] has dtype int"),
        (TIMES, [np.ma.masked_greater(VALUES[0], 1.0), VALUES[1]], None, TypeError, r"values\[0\] is a masked array"),
        (TIMES, 3.0, None, TypeError, "values is 3.0 of type float; expected a sequence of arrays"),
        (TIMES, [[["a"]]] * 2, None, TypeError, r"values\[0\]"),
    ],
)
def test_bad_series_are_named(times, values, mask, error, message):
    with pytest.raises(error, match=message):
        make_series(times, values, mask)
