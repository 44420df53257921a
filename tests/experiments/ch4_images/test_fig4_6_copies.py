"""Figure 4.6 of a small stand-in: the copies are there, and what they do is counted."""

import json

import numpy as np
import pytest
from PIL import Image

from minode.data.photographs import crops, ufpr
from minode.data.photographs.crops import Crops
from minode.experiments.ch4_images import measured, ufpr_runs
from minode.experiments.ch4_images.fig4_6_copies import claims as fig4_6_claims
from minode.experiments.ch4_images.fig4_6_copies import compute as fig4_6
from minode.experiments.ch4_images.fig4_6_copies import copies as fig4_6_copies
from minode.experiments.common.plots import styled
from tests import made_up

N_VEHICLES = 6
HALF = "a copy is half as different as the letter on another vehicle"


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    """Stand-ins with two frames a vehicle, and a cache of their own."""
    folder = tmp_path_factory.mktemp("fig4_6")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_up.no_photographs(monkeypatch, folder)
        yield folder


@pytest.fixture(scope="module")
def data(place):
    return fig4_6.compute(runs_folder=place, n_vehicles=N_VEHICLES)


@pytest.fixture(scope="module")
def splits(place):
    root = ufpr_runs.root("alpr", place, N_VEHICLES)
    return [ufpr.read_folder("alpr", root, augmented).splits for augmented in (False, True)]


def test_the_stand_in_is_called_one(data):
    assert "synthetic stand-in" in fig4_6.table(data)
    with styled():
        assert "synthetic stand-in" in fig4_6.draw(data).get_suptitle().replace("\n", " ")


def test_letters_are_tripled_where_the_text_says(data):
    for row in data["splits"]:
        letters = 3 * row["before"] // 7
        assert row["everywhere"] == row["before"] + 2 * letters
        assert row["after"] == (row["before"] if row["split"] == "testing" else row["everywhere"])
        assert (row["letters before"], row["letters everywhere"]) == pytest.approx((3 / 7, 9 / 13))


def test_classes_add_up_to_the_images(data):
    (training,) = (row for row in data["splits"] if row["split"] == "training")
    before, after = data["classes"]["before"], data["classes"]["after"]
    assert (sum(before.values()), sum(after.values())) == (training["before"], training["after"])
    assert {name: n * (1 if name.isdigit() else 3) for name, n in before.items()} == after


def test_a_letter_on_more_frames_is_not_on_more_vehicles(data, splits):
    before, after = (fig4_6_copies.vehicles(part["training"]) for part in splits)
    assert before == after == data["vehicles"]
    assert all(data["classes"]["before"][name] >= made_up.FRAMES * n for name, n in before.items())


def test_differences_are_between_a_letter_and_its_copies():
    """Grey levels 10 times the place in the list: the medians can be told beforehand."""
    source = [f"training/track{track}/track{track}[{frame:02}].png 1" for track in (1, 2) for frame in (1, 2)]
    names = [f"{name}{suffix}" for name in source for suffix in ("", " grey", " sharp")]
    levels = np.array([0, 2, 4, 20, 22, 24, 100, 102, 104, 120, 122, 124], np.uint8)
    x = np.broadcast_to(levels[:, None, None, None], (12, 28, 28, 3))
    found = fig4_6_copies.differences(Crops(x, np.full(12, 10), np.array(names)), np.random.default_rng(0))
    assert (found["grey copy"], found["sharp copy"], found["next frame"]) == (2, 4, 20)
    assert 80 <= found["another vehicle"] <= 120


def test_without_another_vehicle_there_is_no_difference_from_it():
    names = [f"training/track1/track1[01].png 1{suffix}" for suffix in ("", " grey", " sharp")]
    found = Crops(np.zeros((3, 28, 28, 3), np.uint8), np.full(3, 10), np.array(names))
    differences = fig4_6_copies.differences(found, np.random.default_rng(0))
    assert differences == {"grey copy": 0.0, "sharp copy": 0.0, "next frame": None, "another vehicle": None}


def test_letters_come_three_times_and_digits_once_but_for_the_test_images(splits):
    for name, part in splits[1].items():
        for (_, _, number), copies in fig4_6_copies.places(part).items():
            copied = number - 1 in ufpr.AUGMENTED and name != "testing"
            assert set(copies) == (set(fig4_6_copies.COPIES) if copied else {""})


def judged(letters, copies=3, grey=20.0):
    """Judge plates with a digit of each class on ten images, and so many of each letter."""

    def part(n):
        y = np.repeat(np.arange(36), [10] * 10 + [n] * 26)
        return Crops(np.zeros((len(y), 1, 1, 3), np.uint8), y, np.full(len(y), ""))

    before, after = (dict.fromkeys(("training", "validation", "testing"), part(n)) for n in (letters, copies * letters))
    found = {"grey copy": grey, "sharp copy": 30.0, "next frame": 15.0, "another vehicle": 50.0}
    return {claim.text: claim.verdict for claim in fig4_6_claims.judge_copies(before, after, found)}


@pytest.mark.parametrize(
    ("letters", "grey", "fails"),
    [
        (4, 26.0, []),
        (5, 26.0, ["before, some classes of letters are too small"]),
        (1, 26.0, ["with copies, none is", "classes of letters then are as large as those of digits"]),
        (4, 20.0, [HALF]),
        (4, 10.0, ["both copies differ more than the next frame does", HALF]),
    ],
)
def test_each_claim_can_fail(letters, grey, fails):
    assert [text for text, verdict in judged(letters, grey=grey).items() if verdict == "does not hold"] == fails


def test_three_clear_letters_are_drawn_with_their_copies(data):
    letters = data["curves"]["letters"]
    assert len(letters) == fig4_6.SHOWN
    for character, _, regions, cut in letters:
        assert character.isalpha()
        assert len(regions) == len(cut) == 3
        assert (cut[1] == cut[1][..., :1]).all()
    with styled():
        figure = fig4_6.draw(data)
    assert sum(len(axes.images) for axes in figure.axes) == 6 * len(letters)


def test_the_box_that_is_drawn_is_what_is_cut(data):
    for _, (x, y, width, height), regions, cut in data["curves"]["letters"]:
        assert np.array_equal(crops.cut(regions[0], (x, y, width, height), 0), cut[0])


def test_the_rest_of_a_real_plate_is_blurred():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    seen = np.asarray(measured.only(image, (10, 12, 8, 14)), float)
    assert np.array_equal(seen[12:26, 10:18], np.asarray(image, float)[12:26, 10:18])
    assert seen[:10].std() < np.asarray(image, float)[:10].std() / 4


def test_the_record_can_be_written(data):
    assert json.loads(json.dumps({key: value for key, value in data.items() if key != "curves"}))
