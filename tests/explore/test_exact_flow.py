"""The reference is right on a field whose kinks and flow are plain."""

import numpy as np
import pytest

from tests.explore.exact_flow import exact_flow

# dz/dt = |z - t| + 1 by two units; z - t = u obeys du/dt = |u|: it decays in size below 0 and grows above.
W1, b1 = np.array([[-1.0, 1.0], [1.0, -1.0]]), np.zeros(2)
FIELD = [(W1, b1), (), (np.ones((2, 1)), np.ones(1))]


@pytest.mark.parametrize(("start", "rate"), [(0.5, 1.0), (-0.5, -1.0)])
def test_it_grows_and_decays_where_no_unit_switches(start, rate):
    times = np.array([0.0, 0.3, 1.0])
    assert np.allclose(exact_flow(FIELD, [start], times)[:, 0], times + start * np.exp(rate * times), atol=1e-13)


def test_it_passes_kinks():
    # dz/dt = 1 + 4 max(z, 0), from -1/4: z reaches 0 at 1/4, then z = (exp(4 s) - 1) / 4.
    field = [(np.array([[0.0], [1.0]]), np.zeros(1)), (), (np.full((1, 1), 4.0), np.ones(1))]
    times = np.array([0.0, 0.25, 0.255, 1.0])
    expected = np.array([-0.25, 0.0, *np.expm1(4 * (times[2:] - 0.25)) / 4])
    assert np.allclose(exact_flow(field, [-0.25], times)[:, 0], expected, rtol=0, atol=1e-12)
