"""Toy data: what the definitions say, seeded."""

import numpy as np
import pytest

from minode.data import toy


def test_identity_and_g_1d():
    x, y = toy.identity_1d()
    np.testing.assert_array_equal(x, y)
    x, y = toy.g_1d()
    np.testing.assert_array_equal(np.hstack([x, y]), [[-1, 1], [1, -1]])


@pytest.mark.parametrize("d", [1, 2, 5])
def test_g_d_is_the_ball_inside_the_shell(d):
    x, y = toy.g_d(np.random.default_rng(0), d, n_inner=300, n_outer=400)
    radius = np.linalg.norm(x, axis=1)
    inner = y[:, 0] == -1
    assert x.shape == (700, d)
    assert inner.sum() == 300
    assert set(y[~inner, 0]) == {1.0}
    assert radius[inner].max() <= 0.5
    assert 1.0 <= radius[~inner].min()
    assert radius[~inner].max() <= 1.5


def test_g_d_is_uniform_in_volume():
    x, y = toy.g_d(np.random.default_rng(0), 2, n_inner=20_000, n_outer=20_000)
    radius = np.linalg.norm(x, axis=1)
    # Half of a disc's area lies within 1 / sqrt(2) of its radius; of the shell's, within the root mean square radius.
    assert np.mean(radius[y[:, 0] == -1] < 0.5 / np.sqrt(2)) == pytest.approx(0.5, abs=0.02)
    assert np.mean(radius[y[:, 0] == 1] < np.sqrt((1 + 1.5**2) / 2)) == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_gives_the_same_points_in_mixed_order():
    first, second = (toy.g_d(np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    assert len(set(first[1][:50, 0])) == 2


def test_spiral_solves_its_equation():
    t, z = toy.spiral(np.random.default_rng(0), n_times=8001)
    A = np.array([[-0.1, 2.0], [-2.0, -0.1]])
    slope = (z[2:] - z[:-2]) / (t[2:] - t[:-2])[:, None]
    np.testing.assert_allclose(slope, z[1:-1] ** 3 @ A, atol=0.005)
    np.testing.assert_array_equal(z[0], [2.0, 0.0])


def test_spiral_noise_has_the_asked_deviation():
    _, clean = toy.spiral(np.random.default_rng(0), 1000)
    _, noisy = toy.spiral(np.random.default_rng(0), 1000, noise=0.1)
    assert np.std(noisy - clean) == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [(dict(radii=(1.0, 0.5, 2.0)), "radii"), (dict(d=0), "d is 0"), (dict(n_inner=0), "n_inner is 0")],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        toy.g_d(np.random.default_rng(0), **options)


def test_g_d_does_not_underflow_in_high_dimension():
    x, y = toy.g_d(np.random.default_rng(0), 2000, n_inner=5, n_outer=5)
    radius = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(radius[y[:, 0] == -1], 0.5, rtol=0.01)
    np.testing.assert_allclose(radius[y[:, 0] == 1], 1.5, rtol=0.01)
