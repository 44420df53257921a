"""Stand-ins for meters and plates: in the real folders and forms, seeded, whole or not there."""

import json

import numpy as np
import pytest
from PIL import Image

from minode.data.photographs import annotations, synthetic
from minode.data.photographs.synthetic import counters, meters, plates, scene


@pytest.mark.parametrize("seed", range(20))
def test_a_meter_shows_its_reading(seed):
    one = meters.meter(np.random.default_rng(seed))
    assert one.image.size == meters.SIZE
    assert len(one.reading) == len(one.digits) == 5
    assert one.reading.isdigit()
    lefts = [x for x, *_ in one.digits]
    assert lefts == sorted(lefts)
    assert all(inside(box, one.image.size) for box in [one.counter, *one.digits])


@pytest.mark.parametrize("seed", range(20))
def test_a_vehicle_bears_its_plate(seed):
    one = plates.vehicle(np.random.default_rng(seed), n_frames=2)
    assert (one.plate[:3].isalpha(), one.plate[3:].isdigit(), len(one.plate)) == (True, True, 7)
    for frame in one.frames:
        assert frame.image.size == plates.SIZE
        assert len(frame.characters) == 7
        assert all(inside(box, frame.image.size) for box in [frame.vehicle, frame.plate, *frame.characters])


def inside(box, size):
    x, y, width, height = box
    return 0 <= x < x + width <= size[0] and 0 <= y < y + height <= size[1]


def test_characters_are_where_the_boxes_say():
    """Of a plate on a vehicle painted anew with another text, just the characters' boxes differ."""
    boxes, backs = [], []
    for text in ("AAA0000", "BBB8888"):
        back, found = plates._back(np.random.default_rng(0), text, motorcycle=False)
        backs.append(np.asarray(back, dtype=int))
        boxes.append(found[2:])
    assert boxes[0] == boxes[1]
    changed = np.abs(backs[0] - backs[1]).sum(axis=-1) > 0
    for x, y, width, height in boxes[0]:
        around = slice(round(y), round(y) + round(height)), slice(round(x), round(x) + round(width))
        assert changed[around].mean() > 0.1
        changed[around] = False
    assert not changed.any()


def test_the_frames_of_a_vehicle_drift_smoothly():
    frames = plates.vehicle(np.random.default_rng(1), plates.FRAMES).frames
    centres = np.array([[x + width / 2, y + height / 2] for x, y, width, height in (frame.plate for frame in frames)])
    assert len(frames) == 30
    assert np.linalg.norm(np.diff(centres, axis=0), axis=1).max() < 20
    assert np.ptp(centres, axis=0).max() > 2


def test_drums_turn_together_only_past_nine():
    turned = [counters._rolling(np.random.default_rng(seed), "12349") for seed in range(200)]
    assert all((drums[:3] < 0.06).all() for drums in turned)
    assert any(drums[3] > 0.1 for drums in turned)


@pytest.mark.parametrize("digit", "0123456789")
def test_segments_are_those_of_displays(digit):
    """Numbers of lit segments, as on any calculator."""
    assert len(counters.LIT[digit]) == dict(zip("0123456789", (6, 2, 5, 5, 4, 5, 6, 3, 7, 6)))[digit]


def test_a_homography_takes_corners_to_corners():
    rng = np.random.default_rng(0)
    source, target = (np.array([[0, 0], [9, 0], [9, 5], [0, 5]]) + rng.normal(size=(4, 2)) for _ in range(2))
    assert scene.project(scene.homography(source, target), source) == pytest.approx(target)


@pytest.fixture
def few_frames(monkeypatch):
    monkeypatch.setattr(synthetic, "FRAMES", 2)


@pytest.mark.parametrize("kind", ["amr", "alpr"])
@pytest.mark.usefixtures("few_frames")
def test_folders_and_annotations_are_those_of_the_real_ones(tmp_path, kind):
    root = synthetic.write(kind, tmp_path / "new", n=5)
    images = sorted(path.relative_to(root) for path in root.rglob("*.jpg" if kind == "amr" else "*.png"))
    assert {path.parts[0] for path in images} == {"training", "validation", "testing"}
    if kind == "alpr":
        assert images[0].as_posix() == "testing/track0004/track0004[01].png"
    for path in images:
        with Image.open(root / path) as image:
            annotations.read_annotation((root / path).with_suffix(".txt"), kind, image.size)
    assert json.loads((root / synthetic.MARKER).read_text()) == {
        "kind": kind,
        "n": 5,
        "seed": 0,
        "version": synthetic.VERSION,
    }


@pytest.mark.parametrize("kind", ["amr", "alpr"])
@pytest.mark.usefixtures("few_frames")
def test_the_seed_decides(tmp_path, kind):
    def content(name, seed):
        root = synthetic.write(kind, tmp_path / name, n=5, seed=seed)
        return {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*") if path.name[0] in "mt"}

    assert content("one", 0) == content("again", 0)
    assert content("other", 1) != content("one again", 0)


@pytest.mark.parametrize(("n", "parts"), [(5, (2, 1, 2)), (150, (60, 30, 60)), (2000, (800, 400, 800)), (7, (3, 1, 3))])
def test_splits_are_two_fifths_one_fifth_two_fifths(n, parts):
    names = synthetic.split_names(n)
    assert tuple(names.count(name) for name in ("training", "validation", "testing")) == parts


def test_what_is_there_is_not_written_over(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="is not empty; expected a new or an empty folder"):
        synthetic.write("amr", tmp_path, n=5)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileExistsError, match=r"notes\.txt' is no folder; expected a new or an empty folder"):
        synthetic.write("amr", tmp_path / "notes.txt", 5, 0)


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OSError, match=r"cannot write to the output folder .*notes\.txt"):
        synthetic.write("amr", tmp_path / "notes.txt" / "meters", 5)


def test_an_interrupted_one_is_not_there(tmp_path, monkeypatch):
    def fail(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(synthetic, "write_json", fail)
    with pytest.raises(KeyboardInterrupt):
        synthetic.write("amr", tmp_path / "new", n=5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(kind="amr", n=4), "n is 4; expected at least 5"),
        (dict(kind="amr", seed=-1), "seed is -1; expected zero or more"),
        (dict(kind="mnist"), "unknown kind 'mnist'"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        synthetic.write(root=tmp_path / "new", **arguments)
