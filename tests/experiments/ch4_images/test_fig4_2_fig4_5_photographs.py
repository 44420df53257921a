"""Figures 4.2 and 4.5 of small stand-ins: what is measured, what is decided, and what is not."""

import json

import numpy as np
import pytest
from PIL import Image

from minode.data.photographs import crops, folders, synthetic
from minode.data.photographs.synthetic import counters, meters
from minode.experiments.ch4_images import measured as examples_measured
from minode.experiments.ch4_images import ufpr_runs
from minode.experiments.ch4_images.fig4_2_fig4_5_photographs import claims as examples_claims
from minode.experiments.ch4_images.fig4_2_fig4_5_photographs import compute as examples
from minode.experiments.common.plots import styled
from tests import made_up

SIZES = dict(meters=12, vehicles=6, measured=50)


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    """Stand-ins with two frames a vehicle, and a cache of their own."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as monkeypatch:
        made_up.no_photographs(monkeypatch, folder)
        yield folder


@pytest.fixture(scope="module")
def data(place):
    return {figure: examples.compute(figure=figure, runs_folder=place, **SIZES) for figure in ("4.2", "4.5")}


@pytest.fixture(scope="module")
def roots(place):
    return {kind: ufpr_runs.root(kind, place, n) for kind, n in (("amr", 12), ("alpr", 6))}


@pytest.fixture(params=["4.2", "4.5"])
def figure(request):
    return request.param


def test_a_stand_in_is_called_one_and_decides_nothing(data, figure):
    assert "synthetic stand-in" in data[figure]["origin"]
    assert data[figure]["verdict"] == "undecided"
    assert "stand-in" in data[figure]["why"]
    assert "synthetic stand-in" in examples.table(data[figure])
    with styled():
        assert "synthetic stand-in" in examples.draw(data[figure]).get_suptitle().replace("\n", " ")


def test_official_splits_are_those_that_the_thesis_names_otherwise(data, figure):
    rows = {row["split"]: row for row in data[figure]["splits"]}
    assert {split: row["in the thesis"] for split, row in rows.items()} == {
        "training": "training",
        "testing": "validation",
        "validation": "test",
    }
    full = {"4.2": ("amr", 5), "4.5": ("alpr", 30 * 7)}[figure]
    names = synthetic.split_names(synthetic.FULL[full[0]])
    assert {split: row["characters in the thesis"] for split, row in rows.items()} == {
        split: full[1] * names.count(split) for split in folders.SPLITS
    }
    assert {split: sum(classes.values()) for split, classes in data[figure]["classes"].items()} == {
        split: row["characters"] for split, row in rows.items()
    }


def test_beside_meters_of_a_stand_in_real_plates_decide_nothing(place, monkeypatch):
    monkeypatch.setattr(examples, "is_stand_in", lambda root: "AMR" in str(root))
    assert examples.compute(figure="4.5", runs_folder=place, **SIZES)["verdict"] == "undecided"


def test_the_record_can_be_written(data, figure):
    assert json.loads(json.dumps({key: value for key, value in data[figure].items() if key != "curves"}))


def test_photographs_crops_and_measures_are_drawn(data, figure):
    curves = data[figure]["curves"]
    assert all(crop.shape == (28, 28, 3) for _, crop in curves["crops"])
    with styled():
        drawn = examples.draw(data[figure])
    n_images = sum(len(axes.images) for axes in drawn.axes)
    assert n_images == len(curves["photographs"]) + len(curves["crops"])
    boxes = [patch for axes in drawn.axes if axes.images for patch in axes.patches]
    assert len(boxes) == sum(len(boxes) for _, boxes, _ in curves["photographs"]) > 0


def test_characters_of_plates_are_smaller_than_those_of_meters(data):
    measured = data["4.5"]["measured"]
    assert measured["alpr"]["photographs"] == 6
    assert measured["alpr"]["height"]["median"] < measured["amr"]["height"]["median"] / 2
    claims = {claim["claim"]: claim["verdict"] for claim in data["4.5"]["claims"]}
    assert claims["characters have far fewer pixels than those of meters"] == "holds"


def test_one_photograph_a_vehicle_is_measured(roots):
    paths = examples_measured.subjects("alpr", roots["alpr"], np.random.default_rng(0))
    assert sorted(path.name for path in paths) == [f"track{i:04}[01].png" for i in range(1, 7)]


def test_the_generator_tells_of_displays_and_reflections(roots, monkeypatch):
    paths = examples_measured.subjects("amr", roots["amr"], np.random.default_rng(0))
    displays, reflections = examples_measured.drawn_as(roots["amr"], paths)
    seen = []
    for module, name in ((counters, "display"), (meters, "blend")):
        original = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, f=original, name=name: seen.append(name) or f(*args))
    for path, display, n in zip(paths, displays, reflections):
        seen.clear()
        one = meters.meter(np.random.default_rng((0, int(path.stem[-4:]) - 1)))
        assert f"reading: {one.reading}" in path.with_suffix(".txt").read_text(encoding="utf-8")
        assert ("display" in seen, seen.count("blend")) == (display, n)


HUES = {
    -1: [(200, 200, 190), (0, 0, 0)],
    0: [(200, 20, 20), (200, 20, 40)],
    1: [(190, 200, 20)],
    2: [(20, 200, 30)],
    3: [(20, 200, 200)],
    4: [(20, 30, 200)],
    5: [(200, 20, 190)],
}


@pytest.mark.parametrize(("hue", "colour"), [(hue, colour) for hue, found in HUES.items() for colour in found])
def test_colours_are_told_from_greys(hue, colour):
    assert examples_measured.hues(np.array([colour], float)) == [hue]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"paint": np.full((9, 3), 90.0)}, "vehicles are of varied colours"),
        ({"text width": np.full(9, 40.0)}, "plates are of varied sizes"),
        ({"brightness": np.full(9, 80.0)}, "the light varies"),
        ({"height": np.full(9, 30.0)}, "characters have far fewer pixels than those of meters"),
        ({}, "letters are far rarer, a class, than digits"),
    ],
)
def test_each_claim_of_vehicles_can_fail(change, broken):
    spread = np.linspace(10.0, 90.0, 9)
    vehicles = {
        "height": spread / 5,
        "text width": spread,
        "brightness": spread,
        "paint": 200 * np.tile(np.eye(3), (3, 1)),
    }
    found = {"alpr": vehicles | change, "amr": {"height": np.full(9, 40.0)}}
    counts = np.r_[np.full(10, 100), np.full(26, 30 if change else 60)]
    claims = examples_claims.of_vehicles(found, counts)
    assert [claim.text for claim in claims if claim.verdict == "does not hold"] == [broken]


@pytest.mark.parametrize(
    ("classes", "verdict"),
    [([90, 110] * 5, "undecided"), ([395, 405] * 5, "does not hold"), ([300] + [100] * 9, "holds")],
)
def test_real_photographs_leave_open_what_annotations_do_not_tell(classes, verdict):
    claims = examples_claims.of_meters(None, [], np.array(classes))
    assert [claim.verdict for claim in claims] == ["undecided", "undecided", verdict]


def test_only_the_full_size_has_the_characters_of_the_thesis():
    named = examples.FIGURES["4.2"].named
    full = {split: np.full(10, n // 10) for split, (_, n) in named.items()}
    assert examples_claims.of_counts("UFPR-AMR", named, full).verdict == "holds"
    full["testing"] = full["testing"] - 1
    assert examples_claims.of_counts("UFPR-AMR", named, full).verdict == "does not hold"


def test_plates_of_real_vehicles_cannot_be_read(roots, monkeypatch):
    (roots["alpr"] / synthetic.MARKER).rename(roots["alpr"].parent / "marker")
    try:
        data = examples.compute(figure="4.5", runs_folder=roots["alpr"].parent, **SIZES)
    finally:
        (roots["alpr"].parent / "marker").rename(roots["alpr"] / synthetic.MARKER)
    assert "stand-in" not in data["origin"]
    assert [text for _, _, text in data["curves"]["photographs"] if text] == []
    path = examples_measured.subjects("alpr", roots["alpr"], np.random.default_rng(0))[0]
    ((_, image, annotation),) = examples_measured.photographs("alpr", [path])
    blurred = data["curves"]["photographs"][0][0]
    for box in annotation.boxes:
        before, after = (
            np.asarray(Image.fromarray(crops.cut(one, box, 0)).convert("L"), float) for one in (image, blurred)
        )
        assert after.std() < before.std()


def test_what_cannot_be_read_is_left_out(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    assert list(examples_measured.photographs("alpr", [broken])) == []
