"""The commands on meters and plates, as a user types them, from a stand-in to a reading."""

import json

import numpy as np
import pytest
from PIL import Image

from tests import made_up, tiny

TRAIN = "--model mlp --recipe fast --epochs 1 --batch-size 16 --root data --run run".split()


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tmp_path):
    tiny.install(monkeypatch.setattr)
    made_up.no_photographs(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["amr", "alpr"])
def kind(request, command):
    assert command("data", request.param, "--synthetic", "--root", "data", "--n", 10)[0] == 0
    return request.param


def test_a_stand_in_is_made_and_described(command, kind):
    code, out, _ = command("data", kind, "--root", "data")
    name, things = {"amr": ("UFPR-AMR", "10 meters"), "alpr": ("UFPR-ALPR", "10 vehicles")}[kind]
    assert code == 0
    assert f"{name} from data" in out
    assert f"a synthetic stand-in for {name} ({things}, seed 0" in out
    n = {"amr": 5, "alpr": 14}[kind]
    assert [line.split()[:2] for line in out.splitlines()[-3:]] == [
        ["train", str(4 * n)],
        ["validation", str(2 * n)],
        ["test", str(4 * n)],
    ]


def test_from_training_to_a_reading(command, kind, tmp_path):
    code, out, err = command("train", kind, *TRAIN)
    assert (code, err) == (0, "")
    assert out.startswith("a synthetic stand-in for")
    assert "the reference script would have printed" in out
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["data"] == kind
    assert "stand-in" in result["data_notes"][0]

    code, out, _ = command("evaluate", "run", "--root", "data")
    assert code == 0
    assert out.startswith("a synthetic stand-in for")
    assert ("commonest mistakes" in out) == (kind == "alpr")

    photograph = next((tmp_path / "data" / "testing").rglob("*.jpg" if kind == "amr" else "*.png"))
    code, out, _ = command("predict", "run", photograph, "--out", "read")
    assert code == 0
    read = out.split("  ")[1]
    annotated = dict(
        line.split(": ") for line in photograph.with_suffix(".txt").read_text().splitlines() if ": " in line
    )
    truth = annotated.get("reading", annotated.get("plate", "")).replace("-", "")
    wrong = sum(a != b for a, b in zip(read, truth))
    assert (f"{wrong} wrong, it is annotated {truth}" if wrong else "right") in out
    with Image.open(tmp_path / "read" / f"{photograph.stem}-read.png") as picture:
        assert picture.width >= 700
        colours = {colour for _, colour in picture.convert("RGB").getcolors(picture.width * picture.height)}
    assert {(213, 94, 0)} <= colours if wrong else {(0, 158, 115)} <= colours


def test_a_folder_of_photographs_is_read_and_pictures_are_never_written_over_each_other(command, tmp_path):
    command("data", "amr", "--synthetic", "--root", "data", "--n", 10)
    command("train", "amr", *TRAIN)
    photographs = sorted((tmp_path / "data" / "testing").glob("*.jpg"))
    code, out, err = command("predict", "run", "data/testing")
    assert (code, err) == (0, "")
    assert [line.split("  ")[0] for line in out.splitlines()] == [f"data/testing/{path.name}" for path in photographs]
    pictures = sorted(path.name for path in (tmp_path / "predictions").iterdir())
    assert pictures == [f"{path.stem}-read.png" for path in photographs]

    (tmp_path / "data" / "copy").mkdir()
    for suffix in (".jpg", ".txt"):
        name = photographs[0].with_suffix(suffix).name
        (tmp_path / "data" / "copy" / name).write_bytes((photographs[0].parent / name).read_bytes())
    code, out, err = command("predict", "run", "data/testing", "data/copy")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"2 photographs would be drawn as 'predictions/{photographs[0].stem}-read.png'" in err


def test_photographs_and_single_characters_are_told_apart(command, tmp_path):
    command("data", "amr", "--synthetic", "--root", "data", "--n", 10)
    command("train", "amr", *TRAIN)
    photograph = next((tmp_path / "data" / "testing").glob("*.jpg"))
    Image.new("RGB", (28, 28)).save("digit.png")
    code, out, _ = command("predict", "run", photograph, "digit.png")
    assert code == 0
    assert sorted(line.split("  ")[0] for line in out.splitlines()) == sorted([str(photograph), "digit.png"])
    assert "least sure" in out
    assert "%)  then" in out


def test_augmented_plates_are_a_data_set_of_their_own(command):
    command("data", "alpr", "--synthetic", "--root", "data", "--n", 10)
    assert command("train", "alpr-augmented", *TRAIN)[0] == 0
    assert command("train", "alpr", *TRAIN, "--resume")[0] == 2


def test_a_bad_photograph_stops_training_or_is_left_out(command, tmp_path):
    command("data", "amr", "--synthetic", "--root", "data", "--n", 20)
    bad = next((tmp_path / "data" / "training").glob("*.txt"))
    bad.write_text(bad.read_text().replace("digit 3", "digit"))
    code, _, err = command("train", "amr", *TRAIN)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert f"{bad.name}: there is no line 'digit 3:'" in err
    code, out, _ = command("train", "amr", *TRAIN, "--skip-bad")
    assert code == 0
    assert f"left out: data/training/{bad.name}" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data", "amr", "--synthetic"], "--synthetic makes amr or alpr in the folder --root; expected both"),
        (["data", "mnist", "--synthetic", "--root", "x"], "--synthetic makes amr or alpr"),
        (["data", "amr", "--n", "9"], "--n and --seed are for what is made with --synthetic"),
        (["data", "mnist", "--skip-bad"], "it is for photographs"),
        (["train", "mnist", "--skip-bad"], "it is for photographs"),
        (["data", "amr", "--root", "nowhere"], "root 'nowhere' is not a folder"),
        (["data", "amr", "--synthetic", "--root", "x", "--n", "3"], "n is 3; expected at least 5"),
    ],
)
def test_wrong_arguments_are_one_line(command, arguments, message):
    code, _, err = command(*arguments)
    assert (code, len(err.splitlines())) == (2, 1)
    assert message in err


def test_a_photograph_needs_a_run_on_photographs(command, tmp_path):
    command("data", "amr", "--synthetic", "--root", "data", "--n", 10)
    command("train", "mnist", *"--model mlp --recipe fast --epochs 1 --batch-size 16 --run run".split())
    photograph = next((tmp_path / "data" / "testing").glob("*.jpg"))
    code, out, _ = command("predict", "run", photograph)
    # A run on digits takes it for one digit.
    assert code == 0
    assert "then" in out
    assert np.char.isdigit(out.split("  ")[1].split()[0])
