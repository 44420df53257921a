import numpy as np
import pytest

from minode.data import drawn_digits, mnist


def test_digits_are_drawn_by_seed():
    one, again, other = (drawn_digits.draw(seed, 30, 5, 5) for seed in (0, 0, 1))
    assert one.train.x.shape == (30, 28, 28, 1)
    assert one.class_names == mnist.CLASS_NAMES
    assert np.array_equal(one.train.x, again.train.x)
    assert not np.array_equal(one.train.x, other.train.x)
    assert not np.array_equal(one.validation.x, one.test.x)


def test_digits_are_light_and_whole_on_a_dark_ground():
    x = drawn_digits.draw(0, 200, 1, 1).train.x
    border = np.concatenate([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]])
    assert border.mean() < 0.01
    assert (x.max(axis=(1, 2, 3)) > 0.5).all()
    assert 0.05 < x.mean() < 0.3


def test_a_digit_can_be_told_from_the_others():
    """By its nearest neighbour; class means, blurred by all the shifts, tell but half of them."""
    data = drawn_digits.draw(0, 2000, 1, 300)
    x, known = data.test.x.reshape(300, -1), data.train.x.reshape(2000, -1)
    distances = (known**2).sum(axis=1) - 2 * x @ known.T
    assert (data.train.y[distances.argmin(axis=1)] == data.test.y).mean() > 0.75


def test_mnist_is_preferred(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root: ("the data of", root))
    dataset, origin = drawn_digits.mnist_or_drawn(tmp_path)
    assert dataset == ("the data of", tmp_path)
    assert origin.startswith("MNIST")


def test_without_mnist_digits_are_drawn_and_this_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(drawn_digits, "draw", lambda: "drawn")
    dataset, origin = drawn_digits.mnist_or_drawn(tmp_path)
    assert dataset == "drawn"
    assert origin.startswith("Not MNIST")


def test_damaged_files_are_not_passed_over(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match="damaged"):
        drawn_digits.mnist_or_drawn(tmp_path)


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="n_test is 0"):
        drawn_digits.draw(0, 1, 1, 0)
