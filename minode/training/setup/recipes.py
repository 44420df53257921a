"""What a configuration means: the network, its first weights, the optimiser, the learning rate."""

import math

import numpy as np

from minode.base.checks import one_of
from minode.base.trees import tree_map
from minode.base.types import Params
from minode.data.dataset import Dataset
from minode.nn import models
from minode.nn.layers.layer import Layer
from minode.nn.optim import SGD, Optimizer
from minode.training.setup.batches import DATASETS, WEIGHTS, fingerprint, generator
from minode.training.setup.config import Config
from minode.training.setup.defaults import COMMON, RECIPES


def complete(given: dict) -> dict:
    """Complete the fields of a configuration with those of its recipe.

    Parameters
    ----------
    given : dict
        Fields of `Config`; "data", "model" and "recipe" at least.

    Returns
    -------
    dict
        All fields except for those that follow from the data.

    Raises
    ------
    ValueError
        If the data set, the model or the recipe is unknown; also as for `refuse_solver_options`.
    """
    one_of(given["data"], "data set", tuple(DATASETS))
    refuse_solver_options(given["model"], given)
    fields = {**COMMON, **RECIPES[one_of(given["recipe"], "recipe", tuple(RECIPES))], **given}
    if "learning_rate" not in given:
        fields["learning_rate"] *= fields["batch_size"] / COMMON["batch_size"]
    return fields


def refuse_solver_options(model: str, given: dict) -> None:
    """Check that no tolerance and no method is given for a network that would ignore it.

    Parameters
    ----------
    model : str
    given : dict
        Fields of `Config`.

    Raises
    ------
    ValueError
        If the model is unknown, or if "tol" or "method" is given and the model has no block that uses it.
    """
    one_of(model, "model", tuple(models.MODELS))
    unused = [f"{name} is {given[name]!r}" for name in ("tol", "method") if name in given]
    if unused and model not in models.SOLVED:
        raise ValueError(
            f"{' and '.join(unused)}, but the model {model} has no ODE block that an adaptive method solves; leave "
            f"that out, or take a model that has one: {', '.join(models.SOLVED)}"
        )


def configure(fields: dict, dataset: Dataset) -> Config:
    """Make the configuration of a run on a data set.

    Parameters
    ----------
    fields : dict
        All fields that `complete` returns.
    dataset : data.dataset.Dataset
        The data that `load_data` returns for these fields.

    Returns
    -------
    Config
    """
    return Config(**{**fields, **of_data(dataset)})


def of_data(dataset: Dataset) -> dict:
    """Return the fields of a configuration that follow from the data."""
    return {
        "channels": dataset.train.x.shape[-1],
        "class_names": dataset.class_names,
        "data_crc32": fingerprint(dataset.train),
    }


def network(config: Config) -> Layer:
    """Build the network of a run."""
    return models.build(config.model, config.channels, len(config.class_names), tol=config.tol, method=config.method)


def initial_params(config: Config) -> Params:
    """Draw the first weights of a run, in float32."""
    _, params = network(config).init(generator(WEIGHTS, config.seed), (models.SIZE, models.SIZE, config.channels))
    return tree_map(lambda W: np.asarray(W, dtype=np.float32, order="C"), params)


def optimizer(config: Config) -> Optimizer:
    """Build the optimiser of a run."""
    return SGD(config.momentum, config.weight_decay, config.nesterov)


def learning_rate(config: Config, step: int, steps: int) -> float:
    """Return the learning rate of an update.

    Parameters
    ----------
    config : Config
    step : int
        Number of updates made since the run began, before this one.
    steps : int
        Number of updates in an epoch.

    Returns
    -------
    float
    """
    if config.schedule == "step":
        return config.learning_rate * config.decay ** sum(step >= epoch * steps for epoch in config.milestones)
    total = config.epochs * steps
    rise = config.warm_up * total
    if step < rise:
        return config.learning_rate * min(1.0, (step + 1) / rise)
    return config.learning_rate * (1 + math.cos(math.pi * (step - rise) / (total - rise))) / 2
