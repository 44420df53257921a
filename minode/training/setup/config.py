"""What determines a run: one frozen record, as JSON in a run's folder and in its checkpoints."""

import dataclasses
import json
import math

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
}


@dataclasses.dataclass(frozen=True)
class Config:
    """All that the numbers of a run follow from, the machine apart.

    Attributes
    ----------
    data, model, recipe : str
    channels : int
    class_names : tuple of str
    data_crc32 : int
        Checksum of the training images and labels.
    subset : int or None
        The first so many images of each split; None for all.
    epochs, batch_size, seed : int
    tol : float
        rtol and atol of the ODE block.
    method : str
        Its solver.
    learning_rate : float
        The first one of "step", the highest of "one-cycle".
    schedule : {"step", "one-cycle"}
    milestones : tuple of int
        "step": epochs after which the rate is multiplied by `decay`.
    decay : float
    warm_up : float
        "one-cycle": the part of all steps on which the rate rises.
    momentum, weight_decay : float
    nesterov : bool
    padding : int
        Of the random crop, in pixels; 0 for none.
    init : str or None
        Name and checksum of the file of the first weights; None for random ones.

    Raises
    ------
    TypeError, ValueError
        If a field is of another type or out of its range; it is named.
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

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, field.type) or (isinstance(value, bool) and field.type is not bool):
                raise TypeError(f"{field.name} is {value!r} of type {type(value).__name__}; expected {field.type}")
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
            # NaN fails any comparison.
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; expected {low} to {high}")


def to_dict(config):
    """Return a configuration as JSON holds it."""
    return json.loads(json.dumps(dataclasses.asdict(config)))


def from_dict(content):
    """Return the configuration that `to_dict` made into `content`.

    Raises
    ------
    TypeError, ValueError
        For missing or unknown fields, and as `Config`.
    """
    names = {field.name for field in dataclasses.fields(Config)}
    if not isinstance(content, dict) or set(content) != names:
        raise ValueError(f"the configuration is {content!r}; expected the fields {', '.join(sorted(names))}")
    return Config(**{name: tuple(value) if isinstance(value, list) else value for name, value in content.items()})


def refuse_changes(config, given):
    """Check that fields are those of the run that is to be resumed.

    Parameters
    ----------
    config : Config
        Of the run.
    given : dict
        Fields asked for now, any number of them, as JSON holds them.

    Raises
    ------
    ValueError
        Naming every field that differs, with both values.
    """
    fields = to_dict(config)
    changed = [
        f"{name} is {value!r}, in the run {fields.get(name)!r}"
        for name, value in given.items()
        if value != fields.get(name)
    ]
    if changed:
        raise ValueError(f"a run is resumed with the configuration that it began with, but {'; '.join(changed)}")


def strict_json(text):
    """Read a JSON object without what Python's reader lets pass: NaN, infinity, a key given twice.

    Raises
    ------
    ValueError
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
