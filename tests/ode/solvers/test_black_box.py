"""Solvers of one's own as `method`: what they receive, and what is checked of what they return."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from minode import SolverError, solve


def euler_black_box(rhs, y0, t, rtol, atol):
    """A solver of one's own."""
    ys = [y0]
    for start, end in pairwise(t):
        y = ys[-1]
        for s in np.linspace(start, end, 500, endpoint=False):
            y = y + (end - start) / 500 * rhs(s, y)
        ys.append(y)
    return ys


def radau_black_box(rhs, y0, t, rtol, atol):
    """Somebody else's."""
    return solve_ivp(rhs, (t[0], t[-1]), y0, "Radau", t_eval=t, rtol=rtol, atol=atol).y.T


@pytest.mark.parametrize("method", [euler_black_box, radau_black_box])
@pytest.mark.parametrize("end", [2, -2], ids=["ascending", "descending"])
def test_a_black_box_solves(method, end):
    t = np.linspace(0, end, 5)
    y = solve(lambda t, y: -y, [[1.0], [0.5]], t, method=method)
    np.testing.assert_allclose(y, np.exp(-t)[:, None, None] * [[1.0], [0.5]], rtol=1e-2)


def test_a_black_box_receives_flat_copies():
    received = []

    def black_box(rhs, y0, t, rtol, atol):
        received.extend([y0.copy(), t.copy(), rtol, atol])
        y0[:], t[:] = np.nan, np.nan
        assert rhs(0.0, np.ones(4)).shape == (4,)
        return np.ones((2, 4), dtype=np.float32)

    y0, t, atol = np.arange(4.0).reshape(2, 2), np.array([0.0, 1.0]), np.full((2, 2), 1e-4)
    y = solve(lambda t, y: -y, y0, t, method=black_box, atol=atol)
    np.testing.assert_array_equal(received[0], [0, 1, 2, 3])
    np.testing.assert_array_equal(received[1], [0, 1])
    assert received[2] == 1e-6
    np.testing.assert_array_equal(received[3], np.full(4, 1e-4))
    assert y.shape == (2, 2, 2)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y0, [[0, 1], [2, 3]])
    np.testing.assert_array_equal(t, [0, 1])


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (np.ones((2, 3)), ValueError, r"shape \(2, 3\); expected \(2, 2\)"),
        (np.ones((1, 2)), ValueError, r"shape \(1, 2\); expected \(2, 2\)"),
        (np.ones(4), ValueError, r"shape \(4,\); expected \(2, 2\)"),
        (None, TypeError, "what the solver given as method returned is None"),
        (np.ones((2, 2), dtype=complex), TypeError, "dtype complex128"),
        (np.array([[1, 2], [3, np.nan]]), SolverError, r"the solution is nan at index \[1\], at t = 1"),
        (np.array([[1, 2], [np.inf, 4]]), SolverError, r"the solution is inf at index \[0\], at t = 1"),
    ],
)
def test_what_a_black_box_returns_is_checked(returned, error, message):
    with pytest.raises(error, match=message):
        solve(lambda t, y: -y, [1.0, 0.5], [0, 1], method=lambda *arguments: returned)


def test_a_black_box_that_never_ends_is_stopped():
    def endless(rhs, y0, t, rtol, atol):
        while True:
            rhs(t[0], y0)

    calls = []
    with pytest.raises(SolverError, match="gave up after 2000 evaluations, at t = 0"):
        solve(lambda t, y: calls.append(t) or -y, [1.0], [0, 1], method=endless, max_steps=10)
    assert len(calls) == 2000
