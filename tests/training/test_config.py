"""The record that determines a run."""

import dataclasses
import json

import pytest

from minode.training.setup import config
from minode.training.setup.config import Config, from_dict, refuse_changes, strict_json, to_dict

FIELDS = dict(
    data="mnist",
    model="node",
    recipe="thesis",
    channels=1,
    class_names=("0", "1"),
    data_crc32=7,
    subset=None,
    epochs=150,
    batch_size=128,
    seed=0,
    tol=1e-3,
    method="dopri5-np",
    learning_rate=0.1,
    schedule="step",
    milestones=(60, 100),
    decay=0.1,
    warm_up=0.0,
    momentum=0.9,
    weight_decay=0.0,
    nesterov=False,
    padding=4,
    init=None,
)


def test_a_configuration_survives_json():
    original = Config(**FIELDS)
    assert from_dict(strict_json(json.dumps(to_dict(original)))) == original


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config(**FIELDS).seed = 1


@pytest.mark.parametrize("field", list(config.RANGES))
def test_numbers_outside_their_range_are_named(field):
    low, high = config.RANGES[field]
    Config(**FIELDS | {field: high})
    with pytest.raises(ValueError, match=f"{field} is .*expected {low} to {high}"):
        Config(**FIELDS | {field: type(low)(low - 1)})


@pytest.mark.parametrize("field", ["tol", "learning_rate", "momentum", "decay"])
def test_nan_is_no_number(field):
    with pytest.raises(ValueError, match=f"{field} is nan"):
        Config(**FIELDS | {field: float("nan")})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", -1),
        ("subset", 0),
        ("model", "lenet"),
        ("schedule", "cosine"),
        ("milestones", (0,)),
    ],
)
def test_values_without_sense_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field}.*expected"):
        Config(**FIELDS | {field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 1.5),
        ("epochs", True),
        ("seed", "0"),
        ("nesterov", 1),
        ("tol", None),
        ("class_names", (0, 1)),
        ("class_names", "01"),
    ],
)
def test_values_of_another_type_are_named(field, value):
    with pytest.raises(TypeError, match=f"{field} is .*expected"):
        Config(**FIELDS | {field: value})


def test_a_configuration_from_before_there_were_affine_changes_is_read():
    old = {name: value for name, value in to_dict(Config(**FIELDS)).items() if name in FIELDS}
    assert "average" not in old
    assert from_dict(old) == Config(**FIELDS)


@pytest.mark.parametrize(
    "content", [[], {}, {**to_dict(Config(**FIELDS)), "momentums": 0.9}], ids=["list", "empty", "unknown field"]
)
def test_a_configuration_has_its_fields_and_no_others(content):
    with pytest.raises(ValueError, match=r"expected the fields average, batch_size, "):
        from_dict(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "-Infinity"),
        ('{"a": 1e999}', "1e999"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"b": {"a": 1, "a": 2}}', "twice"),
        ("[1]", "object"),
        ("{", "Expecting"),
    ],
)
def test_lax_json_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        strict_json(text)


def test_every_changed_field_is_named_with_both_values():
    refuse_changes(Config(**FIELDS), {"seed": 0, "milestones": [60, 100], "init": None})
    with pytest.raises(ValueError, match=r"seed is 3, in the run 0; tol is 0\.01, in the run 0\.001$"):
        refuse_changes(Config(**FIELDS), {"seed": 3, "tol": 0.01, "epochs": 150})
