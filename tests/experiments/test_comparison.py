"""Networks compared by their runs: the numbers by other means, and what is said when runs do not match."""

import json

import numpy as np
import pytest
from scipy import stats

from minode.experiments.common import plots
from minode.experiments.common.comparison.networks import compare
from minode.experiments.common.comparison.picture import draw
from minode.experiments.common.comparison.table import as_text
from minode.training.saved import run_folder
from minode.training.setup import recipes
from minode.training.setup.config import Config, to_dict

ERRORS = {"node": [0.010, 0.012, 0.009, 0.011], "resnet": [0.014, 0.015, 0.014, 0.0135]}


def write_run(folder, model, seed, error, crc=5, **fields):
    """Write what a finished run leaves, without a network; without an error, an unfinished one."""
    given = {"data": "mnist", "model": model, "recipe": "fast", "seed": seed, **fields}
    of_data = {"channels": 1, "class_names": tuple("0123456789"), "data_crc32": crc}
    path = folder / f"{model}-{seed}-{len(list(folder.glob('*')))}"
    path.mkdir(parents=True)
    (path / run_folder.CONFIG).write_text(json.dumps(to_dict(Config(**recipes.complete(given), **of_data))))
    if error is not None:
        (path / run_folder.RESULT).write_text(json.dumps({"test_error": error}))
    return path


@pytest.fixture
def folder(tmp_path):
    """Two networks of four seeds each."""
    for model, errors in ERRORS.items():
        for seed, error in enumerate(errors):
            write_run(tmp_path / "runs", model, seed, error)
    return tmp_path / "runs"


def test_means_and_differences_are_those_of_scipy(folder):
    node, resnet = compare([folder]).networks
    (difference,) = compare([folder]).differences
    for network, errors in ((node, ERRORS["node"]), (resnet, ERRORS["resnet"])):
        assert list(network.errors.values()) == errors
        expected = stats.ttest_1samp(errors, 0).confidence_interval()
        np.testing.assert_allclose(network.mean().interval(), expected)
        np.testing.assert_allclose(network.mean()[:2], (np.mean(errors), stats.sem(errors)))
    np.testing.assert_allclose(
        difference.estimate.interval(), stats.ttest_rel(ERRORS["node"], ERRORS["resnet"]).confidence_interval()
    )
    assert difference.names == ("node", "resnet")
    assert difference.seeds == (0, 1, 2, 3)


def test_the_table_says_all_of_it(folder, command):
    code, out, err = command("compare", folder, "--out", folder / "picture.png")
    assert (code, err) == (0, "")
    node, resnet, difference = (line for line in out.splitlines() if line.startswith(("node", "resnet")))
    assert node.split()[:4] == ["node", "4", "1.050", "0.065"]
    assert resnet.split()[:2] == ["resnet", "4"]
    assert "errs less" in difference
    assert (folder / "picture.png").read_bytes()[1:4] == b"PNG"


def test_folders_may_be_those_of_runs_or_hold_them_and_count_once(folder):
    runs = sorted(folder.iterdir())
    assert compare(runs).networks == compare([folder]).networks == compare([folder, *runs]).networks


def test_missing_seeds_and_unfinished_runs_are_said(folder):
    write_run(folder, "node", 4, None)
    write_run(folder, "resnet", 5, 0.02)
    found = compare([folder])
    assert found.differences[0].seeds == (0, 1, 2, 3)
    said = as_text(found)
    assert "node-4-8 is not finished (after 0 steps) and left out" in said
    assert "node has no finished run of seed 5: compared by the others alone" in said


def test_one_seed_has_no_interval_and_decides_nothing(tmp_path):
    for model in ERRORS:
        write_run(tmp_path, model, 3, 0.01)
    found = compare([tmp_path])
    assert "node has one seed, which does not show the spread" in found.notes
    assert [line.split() for line in as_text(found).splitlines() if line.startswith("node - ")] == [
        ["node", "-", "resnet", "1", "0.000", "undecided"]
    ]
    with plots.styled():
        draw(found)


def test_networks_without_a_seed_in_common_are_not_compared(tmp_path):
    write_run(tmp_path, "node", 0, 0.01)
    write_run(tmp_path, "resnet", 1, 0.01)
    found = compare([tmp_path])
    assert found.differences == []
    assert "node and resnet have no seed in common on the same images: no difference by pairs" in found.notes
    with plots.styled():
        draw(found)


def test_pairs_on_other_images_are_left_out(folder):
    write_run(folder, "node", 9, 0.01, crc=6)
    write_run(folder, "resnet", 9, 0.01, crc=7)
    found = compare([folder])
    assert found.differences[0].seeds == (0, 1, 2, 3)
    said = as_text(found)
    assert "node and resnet saw other training images with seed 9 (data_crc32 6 and 7 of seed 9): not compared" in said
    assert "node was not trained on the same images for all seeds (data_crc32 by seed: 0: 5, 1: 5," in said


def test_each_seed_of_a_subset_has_images_of_its_own(tmp_path):
    for model in ERRORS:
        for seed in range(3):
            write_run(tmp_path, model, seed, 0.01 + 0.001 * seed, crc=seed, subset=100)
    found = compare([tmp_path])
    assert found.differences[0].seeds == (0, 1, 2)
    assert not [note for note in found.notes if "images" in note]


def test_other_data_are_compared_and_said(tmp_path):
    for data, crc in (("alpr", 1), ("alpr-augmented", 2)):
        for seed in range(2):
            write_run(tmp_path, "node", seed, 0.01 * crc, crc=crc, data=data)
    found = compare([tmp_path])
    assert found.differences[0].names == ("node, data alpr", "node, data alpr-augmented")
    assert "were trained and tested on other data: alpr and alpr-augmented" in as_text(found)


def test_equal_errors_are_said_to_show_no_spread(tmp_path):
    for seed in range(3):
        write_run(tmp_path, "node", seed, 0.01)
    assert "all runs of node have the same error, so that its interval has no width" in compare([tmp_path]).notes


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (({}, {"tol": 0.1}), ["node", "node, tol 0.1"]),
        (({}, {"subset": 50}), ["node", "node, subset 50"]),
        (({}, {"recipe": "long"}), ["node, recipe fast", "node, recipe long"]),
        (({"epochs": 2}, {"epochs": 3, "batch_size": 64}), ["node, epochs 2", "node, epochs 3, batch size 64"]),
    ],
)
def test_names_tell_networks_apart_and_say_no_more(tmp_path, fields, names):
    for each in fields:
        write_run(tmp_path, "node", 0, 0.01, **each)
    # Fields stand in the order of the configuration.
    assert [set(network.name.split(", ")) for network in compare([tmp_path]).networks] == [
        set(name.split(", ")) for name in names
    ]


def test_two_runs_of_one_seed_are_refused(folder):
    write_run(folder, "node", 0, 0.5)
    with pytest.raises(ValueError, match=r"node-0-8' are runs of one configuration and one seed, 0"):
        compare([folder])


@pytest.mark.parametrize(
    ("names", "message"), [(["none"], "there is no run in"), (["runs"], "none of the runs is fin")]
)
def test_nothing_to_compare_is_one_line(tmp_path, command, names, message):
    write_run(tmp_path / "runs", "node", 0, None)
    code, _, err = command("compare", *(tmp_path / name for name in names))
    assert (code, err.count("\n")) == (2, 1)
    assert message in err


def test_a_picture_that_is_no_png_is_refused_before_the_work(folder, command):
    assert command("compare", folder, "--out", "picture.pdf")[2].startswith("minode: --out is 'picture.pdf'; expected")
