"""What a configuration means: recipes, the network, its first weights, the optimiser, the learning rate."""

import math
from typing import Any

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

COMMON: dict[str, Any] = dict(batch_size=128, seed=0, subset=None, tol=1e-3, method="dopri5-np", padding=4, init=None)
# The models whose ODE block is solved at a run's tolerance, by its method.
SOLVED = ("node",)
# Learning rates are for 128 images a batch; for other sizes they are scaled in proportion.
RECIPES: dict[str, dict[str, Any]] = {
    # The settings of torchdiffeq's MNIST example, for as many epochs as the thesis shows.
    "thesis": dict(
        epochs=150,
        learning_rate=0.1,
        schedule="step",
        milestones=(60, 100, 140),
        decay=0.1,
        warm_up=0.0,
        momentum=0.9,
        weight_decay=0.0,
        nesterov=False,
    ),
    # One cycle of the rate (Smith and Topin 2019): large steps early, then ever smaller ones. In few epochs the network
    # sees each image in few places, so images are moved less.
    "fast": dict(
        epochs=10,
        padding=2,
        learning_rate=0.1,
        schedule="one-cycle",
        milestones=(),
        decay=0.0,
        warm_up=0.25,
        momentum=0.9,
        weight_decay=5e-4,
        nesterov=True,
    ),
}


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
    if unused and model not in SOLVED:
        raise ValueError(
            f"{' and '.join(unused)}, but the model {model} has no ODE block that an adaptive method solves; leave "
            f"that out, or take a model that has one: {', '.join(SOLVED)}"
        )


def in_words(name: str) -> str:
    """Describe a recipe in a sentence.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.

    Returns
    -------
    str
        Such as "150 epochs; learning rate 0.1, ...".
    """
    recipe = {**COMMON, **RECIPES[name]}
    if recipe["schedule"] == "step":
        epochs = ", ".join(map(str, recipe["milestones"]))
        rate = f"learning rate {recipe['learning_rate']:g}, times {recipe['decay']:g} after epochs {epochs}"
    else:
        rise = f"{recipe['warm_up']:.0%} of the steps"
        rate = f"learning rate up to {recipe['learning_rate']:g} within the first {rise}, then down to 0"
    momentum = f"{'Nesterov ' * recipe['nesterov']}momentum {recipe['momentum']:g}"
    decay = f"weight decay {recipe['weight_decay']:g}"
    return f"{recipe['epochs']} epochs; {rate}; {momentum}, {decay}; random crops, padded by {recipe['padding']} pixels"


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
    return Config(
        channels=dataset.train.x.shape[-1],
        class_names=dataset.class_names,
        data_crc32=fingerprint(dataset.train),
        **fields,
    )


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
