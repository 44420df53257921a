"""The batches of a run follow from its seed and the position, and from nothing else."""

import dataclasses

import numpy as np
import pytest

from minode.data import mnist
from minode.data.dataset import Split
from minode.training.setup import batches, recipes
from tests import tiny

DATASET = tiny.dataset()
CONFIG = recipes.configure(recipes.complete(tiny.GIVEN), DATASET)
UNCROPPED = dataclasses.replace(CONFIG, padding=0)
# Images that are their own number.
NUMBERED = Split(np.arange(200.0, dtype=np.float32).reshape(-1, 1, 1, 1), np.arange(200))


def test_an_epoch_shows_each_image_once_but_for_an_incomplete_batch():
    drawn = np.concatenate([batches.draw(UNCROPPED, NUMBERED, 1, step)[1] for step in range(tiny.STEPS)])
    assert len(set(drawn)) == 16 * tiny.STEPS
    assert set(drawn) <= set(range(200))


def test_images_and_labels_stay_together():
    x, y = batches.draw(UNCROPPED, NUMBERED, 2, 3)
    np.testing.assert_array_equal(x.ravel(), y)


def test_a_position_gives_the_same_batch_whatever_was_drawn_before():
    first = batches.draw(CONFIG, DATASET.train, 2, 5)
    batches.draw(CONFIG, DATASET.train, 1, 0)
    for array, again in zip(first, batches.draw(CONFIG, DATASET.train, 2, 5)):
        np.testing.assert_array_equal(array, again)


@pytest.mark.parametrize(("seed", "epoch", "step"), [(1, 2, 5), (0, 3, 5), (0, 2, 6)])
def test_other_positions_and_seeds_give_other_batches(seed, epoch, step):
    x, _ = batches.draw(CONFIG, DATASET.train, 2, 5)
    other, _ = batches.draw(dataclasses.replace(CONFIG, seed=seed), DATASET.train, epoch, step)
    assert not np.array_equal(x, other)


def test_crops_move_and_differ_from_epoch_to_epoch():
    same = Split(np.tile(DATASET.train.x[:1], (16, 1, 1, 1)), np.zeros(16, np.int64))
    drawn = [batches.draw(CONFIG, same, epoch, 0)[0] for epoch in (1, 2)]
    assert drawn[0].dtype == np.float32
    assert not np.array_equal(drawn[0][0], drawn[0][1])
    assert not np.array_equal(*drawn)


def test_generators_of_different_purposes_differ():
    first = {batches.generator(*numbers).integers(2**60) for numbers in [(1, 0), (2, 0), (2, 0, 1), (3, 0, 1), (3, 1)]}
    assert len(first) == 5


@pytest.mark.parametrize(("n_images", "steps"), [(16, 1), (31, 1), (32, 2)])
def test_incomplete_batches_are_left_out(n_images, steps):
    assert batches.steps_per_epoch(CONFIG, n_images) == steps


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match="batch_size is 16; expected at most 15"):
        batches.steps_per_epoch(CONFIG, 15)


def test_a_subset_is_of_each_split_and_smaller_splits_stay_whole(monkeypatch):
    monkeypatch.setattr(mnist, "load", lambda root=None: DATASET)
    dataset = batches.load_data({"data": "mnist", "subset": 55, "seed": 0})
    assert [len(getattr(dataset, name).y) for name in batches.SPLITS] == [55, 50, 55]


@pytest.mark.parametrize("changed", ["x", "y"])
def test_the_fingerprint_sees_every_image_and_label(changed):
    arrays = {"x": DATASET.train.x.copy(), "y": DATASET.train.y.copy()}
    arrays[changed][-1] += 1
    assert batches.fingerprint(DATASET.train) != batches.fingerprint(Split(**arrays))
