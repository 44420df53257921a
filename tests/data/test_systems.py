"""Trajectories: what the definitions say, by closed forms and conserved quantities."""

import numpy as np
import pytest

from minode.data.time_series import systems


def test_spirals_turn_both_ways_and_shrink():
    t = np.linspace(0.0, 4.0, 50)
    z, sense = systems.spirals(np.random.default_rng(0), 200, t)
    w = z[..., 0] + 1j * z[..., 1]
    rates = -systems.SHRINKING + 1j * systems.TURNING * sense
    np.testing.assert_allclose(w, w[:, :1] * np.exp(rates[:, None] * t), rtol=1e-12)
    assert set(sense) == {-1.0, 1.0}
    assert abs(sense.mean()) < 0.3
    assert 1.0 <= np.abs(w[:, 0]).min() <= np.abs(w[:, 0]).max() <= 3.0


def test_the_spiral_is_that_of_its_closed_form():
    system, t = systems.SYSTEMS["spiral"], np.linspace(0.0, 13.0, 20)
    w = 2.0 * np.exp((-0.1 + 1j) * t)
    np.testing.assert_allclose(system.states(t), np.stack([w.real, w.imag], axis=1), atol=1e-6)


def test_lotka_volterra_keeps_its_constant():
    x, y = systems.SYSTEMS["Lotka-Volterra"].states(np.linspace(0.0, 26.0, 50)).T
    constant = x - np.log(x) + y - np.log(y)
    np.testing.assert_allclose(constant, constant[0], atol=1e-6)


def test_the_pendulum_loses_the_energy_that_drag_takes():
    system = systems.SYSTEMS["damped pendulum"]
    angle, velocity = system.states(np.linspace(0.0, 15.0, 3001)).T
    energy = velocity**2 / 2 - np.cos(angle)
    loss = 0.1 * np.sum((velocity[1:] ** 2 + velocity[:-1] ** 2) / 2) * 15.0 / 3000
    assert energy[0] - energy[-1] == pytest.approx(loss, rel=1e-4)


def test_times_avoid_the_gap():
    t = systems.irregular_times(np.random.default_rng(0), 500, 10.0, (0.3, 0.5))
    assert t[0] == 0
    assert len(t) == 501
    assert (np.diff(t) > 0).all()
    assert t[-1] < 10
    assert not ((t > 3) & (t < 5)).any()
    # Uniform outside of it.
    assert np.mean(t < 3) == pytest.approx(3 / 8, abs=0.07)


@pytest.mark.parametrize("gap", [(0.6, 0.5), (-0.1, 0.2), (0.5, 1.1)])
def test_a_gap_that_is_none_is_refused(gap):
    with pytest.raises(ValueError, match="expected 0 <= begin <= end <= 1"):
        systems.irregular_times(np.random.default_rng(0), 5, 1.0, gap)


def test_times_that_would_be_taken_for_others_are_refused():
    with pytest.raises(ValueError, match=r"t begins with 1\.0; expected 0, where the start is known"):
        systems.SYSTEMS["spiral"].states(np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"span is -1\.0; expected the time of the observations"):
        systems.irregular_times(np.random.default_rng(0), 5, -1.0)
    with pytest.raises(ValueError, match="t is nan at index"):
        systems.spirals(np.random.default_rng(0), 2, np.array([0.0, np.nan]))
