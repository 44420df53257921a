"""Meters and plates: the real formats, read from folders as small as can be, and everything that can be wrong there."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from minode.data.photographs import annotations, crops, folders, synthetic, ufpr
from tests import made_up

AMR = ["camera: phone", "reading: 12345", *(f"digit {i}: {10 * i} 20 6 9" for i in range(1, 6))]
ALPR = [
    "camera: GoPro",
    "position_vehicle: 0 0 90 60",
    "\ttype: car",
    "plate: ABC-1234",
    "position_plate: 5 5 80 20",
    *(f"\tchar {i}: {10 * i} 20 6 9" for i in range(1, 8)),
]
LINES = {"amr": AMR, "alpr": ALPR}
SPLITS = ("training", "validation", "testing")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    made_up.no_photographs(monkeypatch, tmp_path)


def put(path, kind, lines=None, seed=0):
    """Write a photograph of noise and its annotation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (60, 90, 3), dtype=np.uint8)).save(path)
    path.with_suffix(".txt").write_text("\n".join(lines or LINES[kind]), encoding="utf-8")


def first(root, kind, split="training"):
    return next((root / split).rglob("*.png" if kind == "alpr" else "*.jpg"))


@pytest.fixture(params=["amr", "alpr"])
def kind(request):
    return request.param


@pytest.fixture
def root(tmp_path, kind):
    return make_root(tmp_path, kind)


def make_root(tmp_path, kind):
    root = tmp_path / "data" / folders.NAMES[kind]
    for n, split in enumerate(SPLITS):
        for i in range(2):
            name = f"track{n:02}{i:02}/track{n:02}{i:02}[01].png" if kind == "alpr" else f"m{n}{i}.jpg"
            put(root / split / name, kind, seed=10 * n + i)
    return root


def test_characters_are_cut_out(root, kind):
    data = ufpr.load(kind, root)
    length = annotations.LENGTH[kind]
    assert [split.x.shape for split in data[:3]] == [(2 * length, 28, 28, 3)] * 3
    text = {"amr": "12345", "alpr": "ABC1234"}[kind]
    assert [data.class_names[label] for label in data.train.y[:length]] == list(text)
    assert len(data.class_names) == {"amr": 10, "alpr": 36}[kind]


def test_each_crop_is_what_the_text_says(root, kind):
    """Section 4.2: 4 pixels more on each side, section 4.3: 1; resized whatever the aspect ratio."""
    reading = ufpr.read_folder(kind, root)
    found, margin = reading.splits["validation"], {"amr": 4, "alpr": 1}[kind]
    path, number = found.source[1].rsplit(" ", 1)
    assert number == "2"
    with Image.open(root / path) as image:
        box = (20 - margin, 20 - margin, 26 + margin, 29 + margin)
        expected = image.convert("RGB").crop(box).resize((28, 28), Image.Resampling.BILINEAR)
    assert np.array_equal(found.x[1], np.asarray(expected))


def test_boxes_are_clipped_at_the_border():
    image = Image.new("RGB", (30, 20))
    assert crops.grown(image, (1, 0, 28, 19), 4) == (0, 0, 30, 20)


def test_a_second_time_crops_come_from_the_cache(root, kind, monkeypatch):
    before = ufpr.load(kind, root)
    monkeypatch.setattr(crops, "read_photograph", None)
    after = ufpr.load(kind, root)
    assert all(np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y) for a, b in zip(before[:3], after[:3]))


@pytest.mark.parametrize("change", ["annotation", "image", "another", "damaged"])
def test_the_cache_is_for_what_is_in_the_folder(root, kind, change, tmp_path):
    before = ufpr.load(kind, root)
    path = first(root, kind)
    if change == "annotation":
        path.with_suffix(".txt").write_text(path.with_suffix(".txt").read_text().replace("20 6 9", "21 6 9"))
    elif change == "image":
        Image.new("RGB", (90, 60), "red").save(path)
    elif change == "another":
        put(path.with_name(f"x{path.suffix}"), kind)
    else:
        (cached,) = (tmp_path / "cache").glob("crops-*.npz")
        cached.write_bytes(cached.read_bytes()[:1000])
    after = ufpr.load(kind, root)
    same = before.train.x.shape == after.train.x.shape and np.array_equal(before.train.x, after.train.x)
    assert same == (change == "damaged")


def test_letters_are_augmented_but_not_in_the_test_set(tmp_path):
    """Section 4.3 and Figure 4.6: a grey and a sharpened copy of each of the first three characters."""
    root = make_root(tmp_path, "alpr")
    plain, augmented = (ufpr.read_folder("alpr", root, flag).splits for flag in (False, True))
    assert {name: len(found.y) for name, found in plain.items()} == dict.fromkeys(SPLITS, 14)
    assert {name: len(found.y) for name, found in augmented.items()} == {
        "training": 26,
        "validation": 26,
        "testing": 14,
    }
    found = augmented["training"]
    grey, sharp = (
        np.flatnonzero([source.endswith(f" 2 {which}") for source in found.source]) for which in ("grey", "sharp")
    )
    assert (found.x[grey] == found.x[grey][..., :1]).all()
    assert not (found.x[sharp] == found.x[sharp][..., :1]).all()
    assert set(found.y[grey]) == set(found.y[sharp]) == {ufpr.CLASS_NAMES["alpr"].index("B")}


@pytest.mark.parametrize("box", [(40, 25, 9, 14), (0, 0, 5, 5), (80, 45, 10, 15)])
def test_sharpening_a_part_is_sharpening_the_whole(box):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8))
    whole = image.filter(ImageFilter.UnsharpMask(radius=2, percent=125))
    _, sharp = crops.copies(image, box, 1)
    assert np.array_equal(sharp, crops.cut(whole, box, 1))


def test_meters_are_not_augmented(tmp_path):
    with pytest.raises(ValueError, match="augmented data of 'amr' were asked for"):
        ufpr.load("amr", make_root(tmp_path, "amr"), augmented=True)


@pytest.mark.parametrize("plate", ["ABC-1234", "ABC1234", "abc-1234"])
def test_both_editions_are_read(tmp_path, plate):
    root = make_root(tmp_path, "alpr")
    lines = [line.replace("ABC-1234", plate) for line in ALPR if "position_plate" not in line]
    put(first(root, "alpr"), "alpr", [*lines, "corners: 5,5 85,5 85,25 5,25"])
    assert not ufpr.read_folder("alpr", root).left_out


def test_unknown_keys_byte_order_marks_and_other_line_ends_do_no_harm(root, kind):
    path = first(root, kind).with_suffix(".txt")
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*LINES[kind], "weather: rain", "no colon here"]).encode())
    assert not ufpr.read_folder(kind, root).left_out


def damaged(kind, old, new):
    return [line.replace(old, new) for line in LINES[kind]]


NUMBERED = {"amr": "digit 3", "alpr": "char 3"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda k: [line for line in LINES[k] if NUMBERED[k] not in line], "there is no line '{key}:'"),
        (lambda k: [*LINES[k], f"{NUMBERED[k]}: 1 1 2 2"], "{key} is given again, after line"),
        (lambda k: damaged(k, "30 20 6 9", "30 20 0 9"), "{key} is 0 x 9 pixels; expected a box of at least 1 x 1"),
        (
            lambda k: damaged(k, "30 20 6 9", "86 20 6 9"),
            "{key} reaches from (86, 20) to (92, 29); expected a box inside",
        ),
        (
            lambda k: damaged(k, "30 20 6 9", "-1 20 6 9"),
            "{key} reaches from (-1, 20) to (5, 29); expected a box inside",
        ),
        (lambda k: damaged(k, "30 20 6 9", "30 20 6"), "{key} is '30 20 6'; expected x y w h, four whole numbers"),
        (lambda k: damaged(k, "30 20 6 9", "30 20 6 1e9"), "{key} is '30 20 6 1e9'; expected x y w h"),
        (lambda k: damaged(k, "123", "12"), "; expected {text}"),
        (lambda k: damaged(k, "1234", "12E4"), "; expected {text}"),
        (lambda k: damaged(k, "1234", "\N{ARABIC-INDIC DIGIT ONE}234"), "; expected {text}"),
    ],
)
def test_bad_annotations_are_named_with_their_line(root, kind, change, message):
    path = first(root, kind)
    put(path, kind, change(kind))
    (problem,) = ufpr.read_folder(kind, root).left_out
    expected = {"amr": "five digits", "alpr": "three letters and four digits"}[kind]
    assert message.format(key=NUMBERED[kind], text=expected) in problem
    assert problem.startswith(str(path.with_suffix(".txt")))
    if "there is no line" not in message:
        assert problem.removeprefix(str(path.with_suffix(".txt"))).split(":")[1].isdigit()


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.with_suffix(".txt").unlink(), "there is no annotation to this image"),
        (lambda path: path.unlink(), "there is no image to this annotation"),
        (lambda path: path.write_bytes(b"no image"), "it cannot be read as an image"),
        (truncated, "it cannot be read as an image"),
        (lambda path: path.with_suffix(".txt").write_bytes(b"reading: \xff\xfe"), "it is not text in UTF-8"),
        (lambda path: path.with_suffix(".jpeg").write_bytes(path.read_bytes()), "there is another image of this name"),
    ],
)
def test_bad_files_stop_the_load_or_are_left_out_and_listed(root, kind, harm, message):
    path = first(root, kind)
    harm(path)
    with pytest.raises(ValueError, match=r"1 files of .* cannot be used; the first: .*--skip-bad") as caught:
        ufpr.load(kind, root)
    assert message in str(caught.value)
    assert path.stem in str(caught.value)
    data = ufpr.load(kind, root, skip_bad=True)
    assert len(data.train.y) == annotations.LENGTH[kind]
    assert message in data.notes[1]


def test_links_that_lead_outside_are_not_followed(root, kind, tmp_path):
    path = first(root, kind)
    secret = tmp_path / f"secret{path.suffix}"
    put(secret, kind)
    path.unlink()
    path.symlink_to(secret)
    assert any("it leads outside of" in problem for problem in ufpr.read_folder(kind, root).left_out)


def test_an_empty_split_is_an_error(root, kind):
    for path in sorted((root / "validation").rglob("*.*")):
        path.unlink()
    with pytest.raises(ValueError, match=r"the split 'validation' of .* has no photograph that can be used"):
        ufpr.load(kind, root)


def test_a_missing_folder_is_an_error(root, kind):
    (root / "validation").rename(root / "valid")
    with pytest.raises(FileNotFoundError, match=r"has no folder validation; expected that of UFPR-\w+ with training"):
        ufpr.load(kind, root)


def test_the_folder_that_is_meant_is_named(root, kind):
    with pytest.raises(FileNotFoundError, match=r"has no folder training.*is that one meant") as above:
        ufpr.load(kind, root.parent)
    with pytest.raises(FileNotFoundError, match=r"has no folder training.*is that one meant") as below:
        ufpr.load(kind, root / "training")
    assert repr(str(root)) in str(above.value)
    assert repr(str(root)) in str(below.value)


def test_no_folder_at_all_is_an_error(tmp_path, kind):
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        ufpr.load(kind, tmp_path / "nothing")


def test_the_other_data_set_is_not_mistaken_for_it(tmp_path):
    with pytest.raises(ValueError, match="there is no line 'plate:'"):
        ufpr.load("alpr", make_root(tmp_path, "amr"))


def test_it_is_looked_for_where_the_environment_says(root, kind, monkeypatch):
    monkeypatch.setenv("MINODE_DATA", str(root.parent))
    assert folders.locate(kind) == (root, folders.locate(kind, root)[1])
    assert "stand-in" not in folders.locate(kind)[1]


def test_without_it_a_stand_in_is_made_and_called_one(tmp_path, kind, monkeypatch):
    monkeypatch.setitem(synthetic.SMALL, kind, 5)
    data = ufpr.load(kind)
    assert data.notes[0].startswith(f"a synthetic stand-in for {folders.NAMES[kind]} (5 ")
    assert ufpr.load(kind).notes == data.notes
    assert "stand-in" in ufpr.describe_data(kind)
