"""The configuration that determines a run: one frozen record, stored as JSON in a run's folder and checkpoints."""

import dataclasses
import json
import math
from typing import Any, cast

from minode.base.checks import LARGEST_INT, one_of, positive_int
from minode.nn import models

SCHEDULES = ("step", "one-cycle")
RANGES = {
    "channels": (1, 16),
    "data_crc32": (0, 2**32 - 1),
    "seed": (0, LARGEST_INT),
    "tol": (1e-14, 1.0),
    "learning_rate": (1e-12, 1e6),
    "decay": (0.0, 1.0),
    "warm_up": (0.0, 1.0),
    "momentum": (0.0, 1.0),
    "weight_decay": (0.0, 1.0),
    "padding": (0, 28),
    "rotation": (0.0, 180.0),
    "scaling": (0.0, 0.9),
    "shear": (0.0, 10.0),
    "calm_epochs": (0, LARGEST_INT),
    "average": (0.0, 1.0),
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that determines the numbers of a run, except for the machine.

    Attributes
    ----------
    data, model, recipe : str
    channels : int
    class_names : tuple of str
    data_crc32 : int
        Checksum of the training images and labels.
    subset : int or None
        Number of images that are drawn from each split; None for all.
    epochs, batch_size, seed : int
    tol : float
        rtol and atol of the ODE block.
    method : str
        Solver of the ODE block.
    learning_rate : float
        The first rate of "step", the highest of "one-cycle".
    schedule : {"step", "one-cycle"}
    milestones : tuple of int
        For "step": the epochs after which the rate is multiplied by `decay`.
    decay : float
    warm_up : float
        For "one-cycle": the fraction of all steps during which the rate rises.
    momentum, weight_decay : float
    nesterov : bool
    padding : int
        Padding of the random crop in pixels; 0 for no crop. With affine changes, their largest shift.
    init : str or None
        Name and checksum of the file with the first weights; None for random weights.
    rotation, scaling, shear : float
        Bounds of random affine changes, see `data.augment.random_affine`. If all are zero, images are cropped.
    calm_epochs : int
        Last epochs, in which images are not changed.
    average : float
        Decay of the moving average of the weights; 0 for none.

    Raises
    ------
    TypeError, ValueError
        If a field has another type or is out of its range; the message names it.
    """

    data: str
    model: str
    recipe: str
    channels: int
    class_names: tuple
    data_crc32: int
    subset: int | None
    epochs: int
    batch_size: int
    seed: int
    tol: float
    method: str
    learning_rate: float
    schedule: str
    milestones: tuple
    decay: float
    warm_up: float
    momentum: float
    weight_decay: float
    nesterov: bool
    padding: int
    init: str | None
    # Runs from before there were these fields do without them.
    rotation: float = 0.0
    scaling: float = 0.0
    shear: float = 0.0
    calm_epochs: int = 0
    average: float = 0.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, kind = getattr(self, field.name), cast(type, field.type)
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                raise TypeError(f"{field.name} is {value!r} of type {type(value).__name__}; expected {kind}")
        one_of(self.model, "model", tuple(models.MODELS))
        one_of(self.schedule, "schedule", SCHEDULES)
        for name in ("epochs", "batch_size"):
            positive_int(getattr(self, name), name)
        if self.subset is not None:
            positive_int(self.subset, "subset")
        if not all(isinstance(name, str) for name in self.class_names):
            raise TypeError(f"class_names is {self.class_names!r}; expected strings")
        for value in self.milestones:
            positive_int(value, "milestones")
        for name, (low, high) in RANGES.items():
            # Written so that NaN, for which every comparison is false, is refused.
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; expected {low} to {high}")


def to_dict(config: Config) -> dict:
    """Return a configuration in the types that JSON has."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_dict(content: dict) -> Config:
    """Return the configuration that `to_dict` made into `content`.

    Raises
    ------
    TypeError, ValueError
        If fields are missing or unknown, and as for `Config`.
    """
    names = {field.name for field in dataclasses.fields(Config)}
    needed = {field.name for field in dataclasses.fields(Config) if field.default is dataclasses.MISSING}
    if not isinstance(content, dict) or not needed <= set(content) <= names:
        raise ValueError(f"the configuration is {content!r}; expected the fields {', '.join(sorted(names))}")
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in content.items()
    }
    return Config(**fields)


def refuse_changes(config: Config, given: dict) -> None:
    """Check that given fields equal those of the run that is to be resumed.

    Parameters
    ----------
    config : Config
        Configuration of the run.
    given : dict
        Some fields of a configuration, in the types that JSON has.

    Raises
    ------
    ValueError
        If any field differs; the message gives both values of every such field.
    """
    fields = to_dict(config)
    changed = [
        f"{name} is {value!r}, in the run {fields.get(name)!r}"
        for name, value in given.items()
        if value != fields.get(name)
    ]
    if changed:
        raise ValueError(f"a run is resumed with the configuration that it began with, but {'; '.join(changed)}")


def strict_json(text: str) -> dict:
    """Read a JSON object strictly.

    Raises
    ------
    ValueError
        If it is no JSON object, or contains what Python's reader accepts: NaN, infinity, or a key given twice.
    """
    content = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_finite, parse_float=_finite)
    if not isinstance(content, dict):
        raise ValueError(f"{content!r} stands where an object of named values was expected")
    return content


def _unique_keys(pairs):
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError(f"a key is given twice among {[key for key, _ in pairs]}")
    return content


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value
